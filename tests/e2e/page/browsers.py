"""The browser that the page is looked at with: Debian's Chromium, and how it is started.

Its headless shell where that is installed: the same engine without a window around it, in two thirds of the
time.
"""

import shutil

# Root has no sandbox; the only pages opened are our own. The camera is one that the browser plays.
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--use-fake-device-for-media-stream"]


def chromium() -> str | None:
    """Where it is; None where it is not installed."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser")
    return next((found for name in names if (found := shutil.which(name))), None)
