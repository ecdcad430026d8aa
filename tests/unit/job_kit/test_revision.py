"""The code's revision in the manifest."""

import re
from pathlib import Path

from job_kit.revision import STATED, UNKNOWN, code_revision


def test_a_checkout_names_its_commit() -> None:
    assert re.fullmatch(r"[0-9a-f]{40}(-changed)?", code_revision(Path(__file__).parent))


def test_outside_a_checkout_it_is_unknown(tmp_path: Path) -> None:
    assert code_revision(tmp_path) == UNKNOWN


def test_packed_code_has_the_stated_one(tmp_path: Path) -> None:
    (tmp_path / STATED).write_text("0123abc-changed\n")
    assert code_revision(tmp_path) == "0123abc-changed"
    (tmp_path / STATED).write_text("\n")
    assert code_revision(tmp_path) == UNKNOWN
