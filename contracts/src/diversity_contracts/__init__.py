"""What the processes of the image-diversity service must agree on.

Eight rooms: `wire` (models that cross a process), `pairs` (those of many distances), `vectors` (as text),
`problems` (error codes), `bodies` (the request bodies everybody accepts), `pictures` (bytes to an upright
RGB picture), `decoders` (that in processes of their own), `manifest` (artifacts on the shared volume).
"""
