"""The caption view: a picture's sentence, and the captions that say the same or the least like it."""
