"""Prints the OpenAPI document: `python -m caption_service.describe`."""

import sys

from caption_service.app import create_app
from diversity_view.describing import described


def openapi() -> bytes:
    """The document of an application that has nothing to serve, as indented JSON."""
    return described("caption", create_app)


if __name__ == "__main__":
    sys.stdout.buffer.write(openapi())
