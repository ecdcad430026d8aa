"""The three OpenAPI documents against their services over fakes: no 5xx, no undocumented status or body.

SCHEMATHESIS_EXAMPLES is how many requests the heavy test makes of each operation, as many of them allowed as
not.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.contract.documented_calls import Documented, operations_of
from tests.contract.services import SERVED

HERE = Path(__file__).parent
FEW = 4
MANY = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "300"))
OPERATIONS = [
    (service, operation)
    for service in SERVED
    for operation in sorted(operations_of(HERE / service / "openapi.json"))
]


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Documented]]:
    """Each service runs from the first test of it to the last test here."""
    running_ones: dict[str, Documented] = {}

    def service(name: str) -> Documented:
        if name not in running_ones:
            folder = tmp_path_factory.mktemp(name)
            built = Documented(SERVED[name](folder), HERE / name / "openapi.json")
            running_ones[name] = built.__enter__()
        return running_ones[name]

    yield service
    for built in running_ones.values():
        built.__exit__(None, None, None)


@pytest.mark.parametrize(("service", "operation"), OPERATIONS)
def test_a_few_of_each_call(services: Callable[[str], Documented], service: str, operation: str) -> None:
    services(service).ask(operation, examples=FEW)


@pytest.mark.heavy
@pytest.mark.parametrize(("service", "operation"), OPERATIONS)
def test_many_of_each_call(
    services: Callable[[str], Documented],
    service: str,
    operation: str,
    record_property: Callable[[str, object], None],
) -> None:
    documented = services(service)
    before = documented.sent
    documented.ask(operation, examples=MANY)
    record_property("tried requests", documented.sent - before)
