"""What sets two pictures' sentences apart, in words. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_WORD = re.compile(r"[^\W_]+")
# English function words: they stand in almost every sentence and name nothing that a picture shows. Single
# letters are what is left of "dog's" and "isn't".
_FUNCTION_WORDS = """
    a about above across after against all along also although am among an and another any are around as at
    away be because been before behind being below beneath beside between beyond both but by can could did do
    does doing down during each either else every few for from further had has have having he her here hers
    herself him himself his how i if in inside into is it its itself just many may me might more most much
    must my near neither no nor not of off on one only onto or other others our out outside over own past per
    s same she should since so some such t than that the their them themselves then there these they this
    those through to together too toward towards under until up upon very was we were what when where which
    while who whom whose why will with within without would you your
"""
STOP_WORDS = frozenset(_FUNCTION_WORDS.split())


@dataclass(frozen=True, slots=True)
class Explanation:
    """Content words, each once, in order of appearance (`shared`: in the query's sentence)."""

    only_in_query: tuple[str, ...]
    only_in_result: tuple[str, ...]
    shared: tuple[str, ...]


def content_words(sentences: Iterable[str]) -> list[str]:
    """The words of `sentences` in lower case, without function words, each once, in order of appearance.

    A word is a run of letters and digits.

    >>> content_words(["A dog's ball, and 2 dogs."])
    ['dog', 'ball', '2', 'dogs']
    """
    words = (word for sentence in sentences for word in _WORD.findall(sentence.lower()))
    return list(dict.fromkeys(word for word in words if word not in STOP_WORDS))


def explain(query: str, result: Iterable[str]) -> Explanation:
    """Compare the query's sentence with the captions of one result."""
    asked, found = content_words([query]), content_words(result)
    return Explanation(
        only_in_query=tuple(word for word in asked if word not in found),
        only_in_result=tuple(word for word in found if word not in asked),
        shared=tuple(word for word in asked if word in found),
    )
