"""The browser that the page is looked at with: Debian's Chromium, and how it is started.

Its headless shell where that is installed: the same engine without a window around it, in two thirds of the
time.
"""

import shutil

# Root has no sandbox; the only pages opened are our own. The camera is one that the browser plays.
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--use-fake-device-for-media-stream"]


def chromium(*, whole: bool = False) -> str | None:
    """Where it is, or None; the shell first unless the `whole` browser is wanted: the shell has no camera."""
    shells = [] if whole else ["chromium-headless-shell"]
    names = [*shells, "chromium", "chromium-browser"]
    return next((found for name in names if (found := shutil.which(name))), None)
