"""What is kept of an answer: bound to the question under which it lies."""

from diversity_gateway.kept_answers import _read, _written


def test_it_is_read_under_its_own_key_alone() -> None:
    kept = _written("question", "drml-1", b'{"took_ms":1}')
    assert _read("question", kept) == (b"drml-1", b'{"took_ms":1}')
    assert _read("another", kept) is None
    assert _read("question", kept[:-1]) is None
    assert _read("question", _written("question", "", b"{}")) == (b"", b"{}")
    assert _read("question", b"") is None
