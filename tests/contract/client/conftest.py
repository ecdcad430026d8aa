"""A filled gateway over two views in memory, and the command line over it."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from diversity_client.client import Client
from diversity_client.command.main import create_app
from tests.contract.client.bridge import connector
from tests.contract.gateway.conftest import Gateway, gateway_over
from tests.fakes.drawn import drawn
from tests.fakes.view import FakeCaptionView, FakeView

PICTURES = 12


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its one document."""
        return json.loads(self.out)


@dataclass
class CommandLine:
    """`diversity`, in this process, over a gateway."""

    gateway: Gateway
    key: str | None = None

    async def __call__(self, *arguments: str) -> Ended:
        app = create_app(connector(self.gateway, self.key))
        result = await asyncio.to_thread(CliRunner().invoke, app, list(arguments))
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ended(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
async def filled(tmp_path: Path) -> AsyncIterator[Gateway]:
    """`set/0` to `set/11`, drawn, with captions and classes."""
    async with gateway_over(FakeView(), tmp_path / "state", FakeCaptionView()) as gateway:
        await asyncio.to_thread(fill, connector(gateway)())
        yield gateway


def fill(client: Client) -> None:
    for number in range(PICTURES):
        client.put_image(
            f"set/{number}",
            drawn(number),
            captions=[f"picture {number} of a set"],
            metadata={"class": "even" if number % 2 == 0 else "odd"},
            wait=number == PICTURES - 1,  # the changes are taken in their order
        )


@pytest.fixture
def diversity(filled: Gateway) -> CommandLine:
    return CommandLine(filled)
