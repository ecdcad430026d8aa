"""Distances in a small WordNet of its own format."""

from pathlib import Path

import numpy as np
import pytest

from tests.bench import wordnet

# entity > animal > (dog, cat > lion); entity > thing; the lion is also a thing.
NOUNS = """\
  1 This is the licence, which may say | and @ too.
00000001 03 n 01 entity 0 001 ~ 00000002 n 0000 | that which is
00000002 05 n 02 animal 0 beast 1 002 @ 00000001 n 0000 ~ 00000003 n 0000 | moves
00000003 05 n 01 dog 0 002 @ 00000002 n 0000 + 00009999 v 0101 | barks
00000004 05 n 01 cat 0 001 @ 00000002 n 0000 | "says @ 00000001 n 0000"
00000005 05 n 01 lion 0 002 @ 00000004 n 0000 @i 00000006 n 0000 | roars
00000006 06 n 01 thing 0 001 @ 00000001 n 0000 | is
"""


def test_wu_and_palmer_by_hand(tmp_path: Path) -> None:
    data = tmp_path / "data.noun"
    data.write_text(NOUNS)
    names = ["n00000003", "n00000004", "n00000005", "n00000006"]
    found = wordnet.distances(names, data)
    # Depths: dog 3, cat 3, thing 2, lion 3 (through thing). The common one of dog and cat is animal, 2.
    expected = [
        [0, 1 - 4 / 6, 1 - 4 / 6, 1 - 2 / 5],
        [1 - 4 / 6, 0, 1 - 6 / 6, 1 - 2 / 5],
        [1 - 4 / 6, 1 - 6 / 6, 0, 1 - 4 / 5],
        [1 - 2 / 5, 1 - 2 / 5, 1 - 4 / 5, 0],
    ]
    assert found == pytest.approx(np.array(expected))
    with pytest.raises(KeyError):
        wordnet.distances(["n00000003", "n00000009"], data)


def test_names() -> None:
    assert wordnet.is_class("n01443537")
    assert not wordnet.is_class("fish/trout")
