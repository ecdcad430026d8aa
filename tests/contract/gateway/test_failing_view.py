"""What a caller sees of the only view failing."""

import asyncio
from pathlib import Path

import pytest

from tests.contract.gateway.conftest import ask_json, gateway_over, problem
from tests.fakes.view import FakeView
from tests.fakes.waiting import eventually


@pytest.mark.parametrize("fault", ["500", "nonsense", "slow", "503"])
async def test_a_view_that_fails_is_503_then_recovers(tmp_path: Path, fault: str) -> None:
    async with gateway_over(FakeView(), tmp_path, view_deadline_s=0.5) as gateway:
        await gateway.fill(a=10, b=100)
        view = gateway.view
        view.fail_with = int(fault) if fault.isdecimal() else None
        view.nonsense, view.delay_s = fault == "nonsense", 5.0 if fault == "slow" else 0.0
        started = asyncio.get_running_loop().time()
        reply = await ask_json(gateway, "similar", {"image_id": "a"})
        problem(reply, 503, "not-ready")
        assert int(reply.headers["retry-after"]) >= 1
        assert asyncio.get_running_loop().time() - started < 4
        assert (await ask_json(gateway, "similar", {"image_id": "a"}, strict="true")).status_code == 503
        view.fail_with, view.nonsense, view.delay_s = None, False, 0.0

        async def answers() -> bool:
            return (await ask_json(gateway, "similar", {"image_id": "a"})).status_code == 200

        await eventually(answers)


async def test_a_failed_view_is_not_waited_for_again(tmp_path: Path) -> None:
    async with gateway_over(FakeView(), tmp_path, view_deadline_s=1.0) as gateway:
        await gateway.fill(a=10)
        gateway.view.delay_s = 30.0
        await ask_json(gateway, "similar", {"image_id": "a"})
        asked = gateway.view.calls.count("/nearest")
        for _ in range(3):
            assert (await ask_json(gateway, "similar", {"image_id": "a"})).status_code == 503
        assert gateway.view.calls.count("/nearest") == asked
