"""The browser that the page is looked at with: Debian's Chromium, and how it is started."""

import shutil

# Root has no sandbox; the only pages opened are our own. The camera is one that the browser plays.
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--use-fake-device-for-media-stream"]


def chromium() -> str | None:
    """Where it is; None where it is not installed."""
    return shutil.which("chromium") or shutil.which("chromium-browser")
