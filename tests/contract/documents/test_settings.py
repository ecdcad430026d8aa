"""Every setting of a view is documented: what all have on the front page, the rest in the view's README."""

import re

import pytest

from caption_service.settings import Settings as CaptionSettings
from diversity_view.settings import ViewSettings
from drml_service.settings import Settings as DrmlSettings
from tests.contract.documents.markdown import ROOT, Document, read

NAME = re.compile(r"`([A-Z][A-Z_]+)`")
COMMON = {name.upper() for name in ViewSettings.model_fields}


def named(document: Document) -> set[str]:
    """The variables that the tables of settings have in their first column."""
    return {
        name
        for table in document.tables
        if table.rows[0][0] == "variable"
        for row in table.rows[1:]
        for name in NAME.findall(row[0])
    }


def test_what_every_view_has_stands_on_the_front_page() -> None:
    assert named(read(ROOT / "README.md")) == COMMON


@pytest.mark.parametrize(
    ("folder", "settings"), [("drml-service", DrmlSettings), ("caption-service", CaptionSettings)]
)
def test_what_a_view_has_of_its_own_stands_in_its_readme(folder: str, settings: type[ViewSettings]) -> None:
    own = {name.upper() for name in settings.model_fields} - COMMON
    said = named(read(ROOT / folder / "README.md"))
    assert own, "no setting of its own"
    assert own <= said
    # Beside its own it repeats those whose default is another here.
    assert said - own <= COMMON
