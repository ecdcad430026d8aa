"""Prints the OpenAPI document: `python -m drml_service.describe`."""

import sys

from diversity_view.describing import described
from drml_service.app import create_app


def openapi() -> bytes:
    """The document of an application that has nothing to serve, as indented JSON."""
    return described("drml", create_app)


if __name__ == "__main__":
    sys.stdout.buffer.write(openapi())
