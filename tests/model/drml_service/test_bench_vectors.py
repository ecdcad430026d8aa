"""The benches' vectors of pictures: made once, and anew for other pictures; by the encoder as it serves."""

from pathlib import Path

import numpy as np
import pytest

from diversity_contracts.problems import ProblemError
from tests.bench import search_vectors
from tests.bench.encoders_alone import encoder_of
from tests.bench.search_vectors import of_pictures
from tests.fakes.drawn import drawn


def test_vectors_are_kept_for_the_same_pictures(tmp_path: Path) -> None:
    data, kept = tmp_path / "data", tmp_path / "build" / "vectors.npy"
    data.mkdir()
    for number in range(3):
        (data / f"{number}.png").write_bytes(drawn(number))
    first = of_pictures(data, 10, 1, kept)
    assert first.x.shape == (3, first.lift.shape[0])
    assert len(np.unique(first.x, axis=0)) == 3
    # By their names: what they hold is not looked at again.
    (data / "1.png").write_bytes(b"no picture any more")
    again = of_pictures(data, 10, 1, kept)
    assert again.x.tolist() == first.x.tolist()
    assert again.name == first.name
    (data / "1.png").unlink()
    fewer = of_pictures(data, 10, 1, kept)
    assert np.allclose(fewer.x, first.x[[0, 2]], atol=1e-4)
    assert len(list(kept.parent.iterdir())) == 2


def test_a_run_that_is_cut_short_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_vectors, "PART", 1)
    data, kept = tmp_path / "data", tmp_path / "build" / "vectors.npy"
    data.mkdir()
    for number in range(2):
        (data / f"{number}.png").write_bytes(drawn(number))
    (data / "2.png").write_bytes(b"no picture yet")
    with pytest.raises(ProblemError):
        of_pictures(data, 10, 1, kept)
    (data / "2.png").write_bytes(drawn(2))
    (data / "0.png").write_bytes(b"no picture any more")
    x = of_pictures(data, 10, 1, kept).x
    assert len(np.unique(x, axis=0)) == 3
    assert len(list(kept.parent.iterdir())) == 1


# A state folder is held as long as its process lives; here it goes with the test.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_encoder_alone_is_the_view_s(tmp_path: Path) -> None:
    data, state = tmp_path / "data", tmp_path / "state"
    data.mkdir()
    state.mkdir()
    for number in range(2):
        (data / f"{number}.png").write_bytes(drawn(number))
    found = np.stack(encoder_of("drml", state)([drawn(number) for number in range(2)]))
    assert np.allclose(found, of_pictures(data, 2, 1, tmp_path / "kept.npy").x, atol=1e-4)
