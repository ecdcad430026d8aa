"""The last few results: the same again is not made again, of another state it is."""

from diversity_view.recent import Recent


def test_what_is_asked_again_is_made_once() -> None:
    made, state = list[str](), object()

    def make(name: str) -> str:
        made.append(name)
        return f"{name} {len(made)}"

    recent = Recent[str](size=2)
    assert recent.of(state, ("a", 1), lambda: make("a")) == "a 1"
    assert recent.of(state, ("a", 1), lambda: make("a")) == "a 1"
    assert recent.of(object(), ("a", 1), lambda: make("a")) == "a 2"
    assert recent.of(state, ("b", 1), lambda: make("b")) == "b 3"
    assert recent.of(state, ("a", 1), lambda: make("a")) == "a 4"  # two newer ones have taken its place
    assert made == ["a", "a", "b", "a"]
