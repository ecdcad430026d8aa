"""Bytes by key in Redis, shared by gateways; what this process kept itself is asked first.

Losing Redis costs speed, never an answer, and little speed: a call waits for it TIMEOUT_S at most, and after
a failure nobody waits at all until a probe in the background has found it well again.
"""

import asyncio
import logging

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from diversity_gateway.byte_store import ByteStore
from diversity_gateway.circuit import Circuit

_log = logging.getLogger(__name__)
TIMEOUT_S = 0.02  # a neighbor answers in well under a millisecond
PROBE_TIMEOUT_S = 1.0
PROBE_FIRST_S = 0.25
PROBE_LAST_S = 8.0
PREFIX = "diversity:answer:"


class RedisStore:
    """Implements `byte_store.ByteStore`.

    Args:
        url: `redis://[user:password@]host[:port][/database]`, or `rediss://`.
        near: what is kept in this process too; it is asked first, and alone while Redis is away.
        lifetime_s: how long Redis keeps a value; generations come and go, so none is of use for ever.
        probe_s: the longest a probe waits; a call never waits that long.
    """

    def __init__(
        self, url: str, near: ByteStore, *, lifetime_s: int, probe_s: float = PROBE_TIMEOUT_S
    ) -> None:
        self._near, self._lifetime_s = near, lifetime_s
        self._redis = Redis.from_url(
            url,
            socket_timeout=probe_s,
            socket_connect_timeout=probe_s,
            retry=Retry(NoBackoff(), 0),  # a retry would wait behind a caller's back
            protocol=2,  # without the greeting that the third version begins with
        )
        self._circuit = Circuit(
            "redis", self._probe, kind="store", every_s=PROBE_FIRST_S, longest_s=PROBE_LAST_S
        )

    @property
    def is_suspect(self) -> bool:
        """Whether the last call failed and no probe has succeeded since."""
        return self._circuit.is_open

    def connect(self) -> None:
        """Begin in the background: the first caller does not wait for the connection either."""
        self._circuit.open()

    async def get(self, key: str) -> bytes | None:
        """From this process, else from Redis."""
        value = await self._near.get(key)
        if value is not None or self._circuit.is_open:
            return value
        try:
            async with asyncio.timeout(TIMEOUT_S):
                found = await self._redis.get(PREFIX + key)
        except (RedisError, OSError) as error:  # TimeoutError is an OSError
            self._fail(error)
            return None
        if not isinstance(found, bytes):
            return None
        await self._near.put(key, found)
        return found

    async def put(self, key: str, value: bytes) -> None:
        """Into both."""
        await self._near.put(key, value)
        if self._circuit.is_open:
            return
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await self._redis.set(PREFIX + key, value, ex=self._lifetime_s)
        except (RedisError, OSError) as error:
            self._fail(error)

    async def aclose(self) -> None:
        """Stop probing and close the connections."""
        await self._circuit.aclose()
        await self._redis.aclose()

    def _fail(self, error: Exception) -> None:
        _log.info("redis failed", extra={"reason": repr(error)})
        self._circuit.record_failure()

    async def _probe(self) -> None:
        # Connections from before a restart would fail their next caller one by one.
        await self._redis.connection_pool.disconnect(inuse_connections=False)
        await self._redis.ping()
