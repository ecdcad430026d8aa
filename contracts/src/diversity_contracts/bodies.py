"""The request bodies every process accepts, read piece by piece within limits.

A body is a picture, a multipart form, or JSON. Nothing is spooled to disk, and a body over its limit is
refused as soon as the limit is passed, whether or not it announced a length.
"""

import base64
import binascii
import json
from collections.abc import AsyncIterable
from dataclasses import dataclass, field

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from diversity_contracts.problems import InvalidParameter, MalformedRequest, TooLarge, UnsupportedType

MAX_HEADER_BYTES = 8 * 1024  # of one part; a file name of 256 bytes and its media type need under 1 KiB
JSON_TYPE = "application/json"
MULTIPART_TYPE = "multipart/form-data"
# Clients that do not know a picture's type send the second; the content decides in every case.
PICTURE_TYPES = ("image/", "application/octet-stream")
NOT_PICTURES = ("image/svg",)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of one request is read. Sizes in bytes."""

    body_bytes: int = 32 * 1024 * 1024
    part_bytes: int = 32 * 1024 * 1024
    parts: int = 1_000
    json_bytes: int = 48 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class PictureBody:
    """A body that is the picture itself."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart form."""

    name: str
    filename: str | None
    data: bytes

    def text(self) -> str:
        """The part as UTF-8 text; raises MalformedRequest if it is none."""
        try:
            return self.data.decode()
        except UnicodeDecodeError as error:
            raise MalformedRequest(f"The part `{self.name}` is not UTF-8 text.") from error


@dataclass(frozen=True, slots=True)
class FormBody:
    """A multipart body, its parts in the order sent."""

    parts: tuple[Part, ...]

    def named(self, name: str) -> tuple[Part, ...]:
        """The parts called `name`."""
        return tuple(part for part in self.parts if part.name == name)


@dataclass(frozen=True, slots=True)
class JsonBody:
    """A JSON object."""

    value: dict[str, object]


Body = PictureBody | FormBody | JsonBody


async def read_body(
    content_type: str | None, content_length: str | None, chunks: AsyncIterable[bytes], limits: Limits
) -> Body:
    """Read one request body.

    Raises:
        UnsupportedType: `content_type` is neither a picture's, multipart/form-data nor JSON.
        TooLarge: a limit is passed; the rest is left unread.
        MalformedRequest: the framing or the JSON is broken, or there is no body.
    """
    kind = _media_type(content_type)
    limit = limits.json_bytes if kind == JSON_TYPE else limits.body_bytes
    if content_length is not None and content_length.isdecimal() and int(content_length) > limit:
        raise _body_too_large(limit)
    bounded = _bounded(chunks, limit)
    if kind == MULTIPART_TYPE:
        return FormBody(await _read_form(content_type or "", bounded, limits))
    data = b"".join([chunk async for chunk in bounded])
    if not data:
        raise MalformedRequest("The request has no body.")
    return JsonBody(parse_json_object(data)) if kind == JSON_TYPE else PictureBody(data)


def parse_json_object(data: bytes | str) -> dict[str, object]:
    """The JSON object in `data`; NaN and infinities are refused as JSON forbids them."""
    try:
        value = json.loads(data, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise MalformedRequest("The body is not valid JSON.") from error
    if not isinstance(value, dict):
        raise MalformedRequest("The body must be a JSON object.")
    return value


def decode_base64(text: str, *, what: str, limit: int) -> bytes:
    """The bytes in `text` (standard or URL alphabet, a data URL's head tolerated).

    Raises InvalidParameter if it is not base64, TooLarge past `limit` bytes.
    """
    if text.startswith("data:"):
        text = text.partition(",")[2]
    if len(text) // 4 * 3 > limit + 3:
        raise TooLarge(f"`{what}` holds more than {limit:,} bytes.")
    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidParameter(f"`{what}` is not valid base64.") from error


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _media_type(content_type: str | None) -> str:
    kind = (content_type or "").partition(";")[0].strip().lower()
    is_picture = kind.startswith(PICTURE_TYPES) and not kind.startswith(NOT_PICTURES)
    if kind in {JSON_TYPE, MULTIPART_TYPE} or is_picture:
        return kind
    raise UnsupportedType(
        f"The body's type is {kind or 'missing'!r}; send a picture (image/jpeg, image/png, image/webp, "
        "image/gif, image/bmp, image/tiff), multipart/form-data or application/json."
    )


def _body_too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body is larger than {limit:,} bytes.")


async def _bounded(chunks: AsyncIterable[bytes], limit: int) -> AsyncIterable[bytes]:
    """`chunks`, until they add up to more than `limit` bytes."""
    total = 0
    async for chunk in chunks:
        total += len(chunk)
        if total > limit:
            raise _body_too_large(limit)
        yield chunk


@dataclass(slots=True)
class _FormReader:
    """Collects the parser's events into parts."""

    limits: Limits
    parts: list[Part] = field(default_factory=list)
    ended: bool = False
    _headers: dict[bytes, bytes] = field(default_factory=dict)
    _header_name: bytearray = field(default_factory=bytearray)
    _header_value: bytearray = field(default_factory=bytearray)
    _header_bytes: int = 0
    _data: bytearray = field(default_factory=bytearray)

    def part_begin(self) -> None:
        if len(self.parts) >= self.limits.parts:
            raise TooLarge(f"The form has more than {self.limits.parts:,} parts.")
        self._headers, self._header_bytes, self._data = {}, 0, bytearray()

    def header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += self._counted(data[start:end])

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += self._counted(data[start:end])

    def header_end(self) -> None:
        self._headers[bytes(self._header_name).lower()] = bytes(self._header_value)
        self._header_name, self._header_value = bytearray(), bytearray()

    def part_data(self, data: bytes, start: int, end: int) -> None:
        self._data += data[start:end]
        if len(self._data) > self.limits.part_bytes:
            raise TooLarge(f"A part is larger than {self.limits.part_bytes:,} bytes.")

    def part_end(self) -> None:
        disposition, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        name = options.get(b"name")
        if disposition != b"form-data" or name is None:
            raise MalformedRequest("A part of the form has no `Content-Disposition: form-data; name=...`.")
        filename = options.get(b"filename")
        self.parts.append(Part(_text(name), None if filename is None else _text(filename), bytes(self._data)))
        self._data = bytearray()

    def end(self) -> None:
        self.ended = True

    def _counted(self, piece: bytes) -> bytes:
        self._header_bytes += len(piece)
        if self._header_bytes > MAX_HEADER_BYTES:
            raise MalformedRequest(f"A part's headers are longer than {MAX_HEADER_BYTES:,} bytes.")
        return piece


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise MalformedRequest("A part's name or file name is not UTF-8.") from error


async def _read_form(content_type: str, chunks: AsyncIterable[bytes], limits: Limits) -> tuple[Part, ...]:
    boundary = parse_options_header(content_type)[1].get(b"boundary")
    if not boundary:
        raise MalformedRequest("The multipart body's type names no boundary.")
    reader = _FormReader(limits)
    parser = MultipartParser(
        boundary,
        callbacks={
            "on_part_begin": reader.part_begin,
            "on_part_data": reader.part_data,
            "on_part_end": reader.part_end,
            "on_header_field": reader.header_field,
            "on_header_value": reader.header_value,
            "on_header_end": reader.header_end,
            "on_end": reader.end,
        },
    )
    try:
        async for chunk in chunks:
            parser.write(chunk)
        parser.finalize()
    except MultipartParseError as error:
        raise MalformedRequest("The multipart body is not well formed.") from error
    if not reader.ended:
        raise MalformedRequest("The multipart body ends before its last boundary.")
    return tuple(reader.parts)
