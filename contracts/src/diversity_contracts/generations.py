"""The name of a generation: its artifact's version, and its form where that is not the reference, float32.

`drml-20261123T194816Z` is what the artifact states, computed as it was published;
`drml-20261123T194816Z+int8` is the same network in eight bits, whose numbers are near but others. Whatever is
kept, compared or continued goes by this name: an index, an answer, a cursor, a representation.
"""

REFERENCE_FORM = "float32"
_MARK = "+"  # no version of an artifact holds it


def name_of(artifact: str, form: str = REFERENCE_FORM) -> str:
    """The name of the artifact `artifact` served in `form`."""
    return artifact if form == REFERENCE_FORM else f"{artifact}{_MARK}{form}"


def parts_of(name: str) -> tuple[str, str]:
    """The inverse: the artifact's version and the form."""
    artifact, _, form = name.partition(_MARK)
    return artifact, form or REFERENCE_FORM


def told(name: str) -> str | None:
    """What a reply that names its artifact says beside it: nothing of the reference form."""
    return name if _MARK in name else None
