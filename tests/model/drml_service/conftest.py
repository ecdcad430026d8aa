"""The compiled loops of the search, kept between two runs of the tests."""

import pytest

# Loops are kept that are known by then.
from drml_service import compiled, two_ended  # noqa: F401


@pytest.fixture(scope="session", autouse=True)
def _kept_loops(tmp_path_factory: pytest.TempPathFactory) -> None:
    compiled.keep_in(tmp_path_factory.mktemp("compiled"))
