"""Waiting for what another task or process brings about by itself."""

import asyncio
from collections.abc import Awaitable, Callable

PATIENCE_S = 60.0  # far past what any machine needs: only a test that fails waits so long


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    """Return once `holds` answers true; TimeoutError after PATIENCE_S."""
    async with asyncio.timeout(PATIENCE_S):
        # What is waited for lies behind HTTP, which has no event to wait on.
        while not await holds():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
