"""What a caller may say of a picture: captions and metadata, checked. Pure."""

from collections.abc import Mapping, Sequence

import orjson

from diversity_contracts.problems import InvalidParameter
from diversity_gateway.entries import Filter, MetadataValue

MAX_CAPTIONS = 32
MAX_CAPTION_CHARACTERS = 1_000
MAX_METADATA_BYTES = 8 * 1024
MAX_FILTER_VALUES = 1_000
MAX_INTEGER = 2**63 - 1  # SQLite's and JSON readers' common range


def check_captions(captions: Sequence[str]) -> list[str]:
    """The captions, trimmed, without empty ones and repetitions; raises InvalidParameter."""
    trimmed = list(dict.fromkeys(caption.strip() for caption in captions))
    kept = [caption for caption in trimmed if caption]
    if len(kept) > MAX_CAPTIONS:
        raise InvalidParameter(f"A picture has at most {MAX_CAPTIONS} captions; these are {len(kept)}.")
    for caption in kept:
        if len(caption) > MAX_CAPTION_CHARACTERS:
            raise InvalidParameter(f"A caption has at most {MAX_CAPTION_CHARACTERS:,} characters.")
        _check_text(caption, "A caption")
    return kept


def check_metadata(value: Mapping[str, object]) -> dict[str, MetadataValue]:
    """A flat object of texts, numbers and booleans, at most MAX_METADATA_BYTES; raises InvalidParameter."""
    checked: dict[str, MetadataValue] = {}
    for key, entry in value.items():
        _check_text(key, "A metadata key")
        checked[key] = _check_value(entry, f"`metadata.{key}`")
    if len(orjson.dumps(checked)) > MAX_METADATA_BYTES:
        raise InvalidParameter(f"`metadata` has more than {MAX_METADATA_BYTES:,} bytes.")
    return checked


def check_filter(value: Mapping[str, object]) -> Filter:
    """Metadata keys, each with a value or a list of accepted values; raises InvalidParameter."""
    wanted: dict[str, tuple[MetadataValue, ...]] = {}
    for key, accepted in value.items():
        _check_text(key, "A filter key")
        values = accepted if isinstance(accepted, list) else [accepted]
        if not 1 <= len(values) <= MAX_FILTER_VALUES:
            raise InvalidParameter(f"`filter.{key}` takes 1 to {MAX_FILTER_VALUES:,} values.")
        wanted[key] = tuple(_check_value(entry, f"`filter.{key}`") for entry in values)
    return wanted


def _check_value(value: object, where: str) -> MetadataValue:
    if isinstance(value, str):
        return _check_text(value, where)
    if isinstance(value, bool | float):
        return value
    if isinstance(value, int) and abs(value) <= MAX_INTEGER:
        return value
    raise InvalidParameter(f"{where} must be a text, a number within 64 bits, or true or false.")


def _check_text(text: str, what: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidParameter(f"{what} must be valid Unicode text.") from error
    if "\x00" in text:
        raise InvalidParameter(f"{what} may not hold the character NUL.")
    return text
