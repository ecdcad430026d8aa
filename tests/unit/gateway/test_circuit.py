"""A view that failed is probed, not waited for."""

import asyncio

from diversity_gateway.circuit import Circuit


async def test_it_opens_at_once_and_closes_when_a_probe_succeeds() -> None:
    probes, well = 0, asyncio.Event()

    async def probe() -> None:
        nonlocal probes
        probes += 1
        if probes < 3:
            raise ConnectionError
        well.set()

    circuit = Circuit("drml", probe, every_s=0.001)
    circuit.record_failure()
    circuit.record_failure()
    opened = circuit.is_open
    async with asyncio.timeout(10):
        await well.wait()
        await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}), return_exceptions=True)
    assert not circuit.is_open
    assert opened
    assert probes == 3


async def test_closing_stops_the_probes() -> None:
    async def probe() -> None:
        raise ConnectionError

    circuit = Circuit("drml", probe, every_s=0.001)
    circuit.record_failure()
    await circuit.aclose()
    assert not circuit.is_open
    assert len(asyncio.all_tasks()) == 1
