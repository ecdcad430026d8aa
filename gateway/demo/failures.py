"""What can stop the demo, in words for the person at the terminal."""


class DemoFailed(Exception):
    """The demo cannot go on; the message says why, then what to do."""
