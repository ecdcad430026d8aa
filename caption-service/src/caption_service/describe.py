"""Prints the OpenAPI document: `python -m caption_service.describe`."""

import sys

from caption_service.app import create_app
from caption_service.engine import Engine
from diversity_view.lanes import Lane
from diversity_view.metrics import Metrics
from diversity_view.openapi import printed
from diversity_view.parts import Parts
from diversity_view.serving import Generation, Serving


def openapi() -> bytes:
    """The document of an application that has nothing to serve, as indented JSON."""

    def load() -> Generation[Engine]:
        raise NotImplementedError("a description loads no model")

    metrics = Metrics("caption")
    lane = Lane("none", concurrency=1, max_queue=0, waited=metrics.waited)
    return printed(create_app(Parts(Serving("caption", load), metrics, queries=lane, changes=lane)))


if __name__ == "__main__":
    sys.stdout.buffer.write(openapi())
