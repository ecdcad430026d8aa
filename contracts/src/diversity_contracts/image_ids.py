"""What an image id is."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from diversity_contracts.problems import InvalidParameter

MAX_ID_BYTES = 256


def check_image_id(image_id: str) -> str:
    """`image_id` itself if it is one: 1 to 256 bytes of UTF-8 without control characters.

    Raises InvalidParameter otherwise.
    """
    try:
        size = len(image_id.encode())
    except UnicodeEncodeError as error:
        raise InvalidParameter("An image id must be valid Unicode text.") from error
    if not 1 <= size <= MAX_ID_BYTES:
        raise InvalidParameter(f"An image id has 1 to {MAX_ID_BYTES} bytes; this one has {size}.")
    if any(ord(character) < 0x20 or 0x7F <= ord(character) <= 0x9F for character in image_id):
        raise InvalidParameter("An image id may not hold control characters.")
    return image_id


def _image_id(value: object) -> object:
    if isinstance(value, str):
        try:
            return check_image_id(value)
        except InvalidParameter as error:
            raise ValueError(error.detail) from error
    return value


ImageId = Annotated[
    str,
    BeforeValidator(_image_id),
    Field(min_length=1, max_length=MAX_ID_BYTES, description="A picture's id: 1 to 256 bytes of text."),
]
