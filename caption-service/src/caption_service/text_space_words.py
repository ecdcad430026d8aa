"""A sentence's words as terms of a text space, and the coordinates of words that the space has never seen."""

import hashlib
from collections import Counter

from caption_service.cleaning import Cleaning, clean


def counted_terms(sentence: str, cleaning: Cleaning) -> Counter[str]:
    """How often each term stands in the sentence, which is cleaned first."""
    return Counter(clean(sentence, cleaning).split())


def hashed_coordinate(term: str, count: int) -> int:
    """The coordinate of an unknown term among `count`; the same in every process and on every machine."""
    digest = hashlib.blake2b(term.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % count
