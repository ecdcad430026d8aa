"""The name of a generation: its artifact, and its form where that is not the reference."""

import pytest

from diversity_contracts.generations import name_of, parts_of, told
from diversity_contracts.manifest import VERSION

VERSIONS = ["drml-20261123T194816Z", "drml-20261123T194816Z-2", "a.b_c-1"]


@pytest.mark.parametrize("artifact", VERSIONS)
def test_a_name_is_its_parts(artifact: str) -> None:
    names = set[str]()
    for form in ("float32", "bfloat16", "int8", "int8-bfloat16"):
        name = name_of(artifact, form)
        assert parts_of(name) == (artifact, form)
        assert told(name) == (None if form == "float32" else name)
        names.add(name)
    assert len(names) == 4
    assert name_of(artifact) == artifact


def test_no_artifact_is_named_as_a_form_of_another_one() -> None:
    assert all(VERSION.fullmatch(artifact) for artifact in VERSIONS)
    assert VERSION.fullmatch(name_of(VERSIONS[0], "int8")) is None
