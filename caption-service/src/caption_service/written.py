"""What the view keeps of one picture's content: the sentence written for it."""

import json
import math
from dataclasses import dataclass

import orjson


@dataclass(frozen=True, slots=True)
class Written:
    """A generated sentence, and the natural logarithm of its probability."""

    sentence: str
    log_probability: float


class WrittenCodec:
    """A sentence as the bytes that the store keeps: JSON in UTF-8."""

    def pack(self, content: Written) -> bytes:
        """`content` as bytes."""
        return json.dumps([content.sentence, content.log_probability], ensure_ascii=False).encode()

    def unpack(self, payload: bytes) -> Written:
        """The inverse; raises ValueError for what `pack` cannot have made."""
        value = orjson.loads(payload)  # a start reads as many as there are pictures, twice
        match value:
            case [str(sentence), float(log_probability)] if math.isfinite(log_probability):
                return Written(sentence, log_probability)
        raise ValueError("this is no sentence with its log-probability")
