"""Milvus' own client, imported without its hold on the logs of this process.

pymilvus 3.0 calls `logging.config.dictConfig` as it is imported, which closes every handler there is: the
service's JSON lines, and with TensorFlow's handler standard error itself.
"""

import logging.config
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _logs_left_alone() -> Iterator[None]:
    configure = logging.config.dictConfig
    logging.config.dictConfig = lambda config: None
    try:
        yield
    finally:
        logging.config.dictConfig = configure


with _logs_left_alone():
    from pymilvus import (  # type: ignore[import-untyped]  # ships no types
        DataType,
        MilvusClient,
        MilvusException,
    )

__all__ = ["DataType", "MilvusClient", "MilvusException"]
