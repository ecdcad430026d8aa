"""Prints the OpenAPI document: `python -m drml_service.describe`."""

import sys

import orjson

from drml_service.app import create_app
from drml_service.lanes import Lane
from drml_service.metrics import Metrics
from drml_service.parts import Parts
from drml_service.serving import Generation, Serving


def openapi() -> bytes:
    """The document of an application that has nothing to serve, as indented JSON."""

    def load() -> Generation:
        raise NotImplementedError("a description loads no model")

    metrics = Metrics()
    lane = Lane("none", concurrency=1, max_queue=0, waited=metrics.waited)
    app = create_app(Parts(Serving(load), metrics, queries=lane, changes=lane))
    return orjson.dumps(app.openapi(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"


if __name__ == "__main__":
    sys.stdout.buffer.write(openapi())
