"""The `traceparent` header."""

import pytest

from diversity_contracts.trace_context import Trace, begin_trace, parse_traceparent

TRACE_ID, SPAN_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def test_a_header_is_read_as_it_was_written() -> None:
    for sampled in (False, True):
        trace = Trace(TRACE_ID, SPAN_ID, sampled)
        assert parse_traceparent(trace.header()) == trace
    assert Trace(TRACE_ID, SPAN_ID, True).header() == f"00-{TRACE_ID}-{SPAN_ID}-01"


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "abc",
        f"00-{TRACE_ID}-{SPAN_ID}",
        f"00-{TRACE_ID}-{SPAN_ID}-1",
        f"00-{TRACE_ID.upper()}-{SPAN_ID}-01",
        f"00-{'0' * 32}-{SPAN_ID}-01",
        f"00-{TRACE_ID}-{'0' * 16}-01",
        f"00-{TRACE_ID}-{SPAN_ID}-01-more",
        f"ff-{TRACE_ID}-{SPAN_ID}-01",
        f"00-{TRACE_ID}-{SPAN_ID}-01\n",
        f" 00-{TRACE_ID}-{SPAN_ID}-01",
    ],
)
def test_what_the_standard_has_ignored_is_ignored(header: str | None) -> None:
    assert parse_traceparent(header) is None


@pytest.mark.parametrize(
    ("header", "sampled"),
    [
        (f"01-{TRACE_ID}-{SPAN_ID}-01-more", True),
        (f"cc-{TRACE_ID}-{SPAN_ID}-01", True),
        (f"00-{TRACE_ID}-{SPAN_ID}-fe", False),
        (f"00-{TRACE_ID}-{SPAN_ID}-ff", True),
    ],
)
def test_later_versions_and_unknown_flags(header: str, sampled: bool) -> None:
    assert parse_traceparent(header) == Trace(TRACE_ID, SPAN_ID, sampled)


def test_a_child_is_another_span_of_the_same_trace() -> None:
    parent = begin_trace()
    child = parent.child()
    assert child.trace_id == parent.trace_id
    assert child.span_id != parent.span_id
    assert parse_traceparent(child.header()) == child
    assert begin_trace().trace_id != parent.trace_id
