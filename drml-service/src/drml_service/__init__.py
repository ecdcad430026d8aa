"""The DRML view: a picture's embedding, its nearest and its farthest neighbors, exact at both ends."""
