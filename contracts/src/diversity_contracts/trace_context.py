"""The `traceparent` header (W3C Trace Context): which trace a request belongs to, through every process."""

import re
import secrets
from dataclasses import dataclass, replace

TRACEPARENT_HEADER = "traceparent"
# Versions after 00 may append fields; what 00 says of the first four stays.
_FORM = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_NOT_A_VERSION = "ff"
_SAMPLED = 0x01  # the only flag of version 00; others are not passed on


@dataclass(frozen=True, slots=True)
class Trace:
    """A trace and one span of it, in hexadecimal: 32 and 16 digits, neither all zeros."""

    trace_id: str
    span_id: str
    sampled: bool = False

    def child(self) -> "Trace":
        """A new span of the same trace."""
        return replace(self, span_id=secrets.token_hex(8))

    def header(self) -> str:
        """The value to send on, which makes this span the parent."""
        return f"00-{self.trace_id}-{self.span_id}-{'01' if self.sampled else '00'}"


def begin_trace() -> Trace:
    """The first span of a trace that starts here."""
    return Trace(secrets.token_hex(16), secrets.token_hex(8))


def parse_traceparent(value: str | None) -> Trace | None:
    """The sender's span; None for what is not a valid header, which is then ignored as the standard asks."""
    found = _FORM.fullmatch(value or "")
    if found is None:
        return None
    version, trace_id, span_id, flags, more = found.groups()
    if (
        version == _NOT_A_VERSION
        or (version == "00" and more)
        or not int(trace_id, 16)
        or not int(span_id, 16)
    ):
        return None
    return Trace(trace_id, span_id, bool(int(flags, 16) & _SAMPLED))
