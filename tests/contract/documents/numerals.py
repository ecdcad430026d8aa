"""Numbers as documents print them."""

import re
from collections.abc import Sequence

from tests.contract.documents.figures import figure

NUMBER = re.compile(r"(\d[\d,]*(?:\.\d+)?)( ?%)?")


def numbers(text: str) -> list[tuple[str, bool]]:
    """The numbers of a text as they are printed, each with whether it is a percentage."""
    return [(number, bool(percent)) for number, percent in NUMBER.findall(text)]


def printed_as(value: float, number: str, *, percent: bool) -> bool:
    """Whether `number` is `value` rounded to as many digits as it has."""
    digits = len(number.partition(".")[2])
    # Half a unit of the last digit, and what a binary fraction may be off by.
    allowed = 0.5 * 10.0**-digits * (1 + 1e-9)
    return abs(value * (100 if percent else 1) - float(number.replace(",", ""))) <= allowed


def wrong(text: str, pointers: Sequence[str]) -> list[str]:
    """What is wrong with the numbers of `text`, which are what `pointers` lead to, in this order."""
    found = numbers(text)
    if found and len(found) != len(pointers):
        return [f"{text!r} has {len(found)} numbers, {len(pointers)} are known"]
    said = []
    for (number, percent), pointer in zip(found, pointers, strict=False):
        try:
            value = figure(pointer)
        except (KeyError, TypeError):
            said.append(f"{pointer} was not measured")
            continue
        if not printed_as(value, number, percent=percent):
            said.append(f"{number} is printed, {pointer} is {value}")
    return said
