"""The caption view: a picture's sentence, and the captions of a catalogue that say the same or the least like it."""
