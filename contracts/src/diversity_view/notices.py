"""Word of a new artifact over Redis: it makes a service look sooner, and nothing depends on it."""

import asyncio
import json
import logging
from collections.abc import Callable

import redis
import redis.asyncio

from diversity_contracts.manifest import Kind

log = logging.getLogger(__name__)
CHANNEL = "diversity:artifacts"
CONNECT_S = 2.0
RETRY_FIRST_S = 1.0
RETRY_LAST_S = 30.0
# A connection that is silent is asked whether it lives: a hung server is left like one that is gone.
HEALTH_CHECK_S = 10


def announce(url: str, kind: Kind, version: str) -> bool:
    """Tell the services that `version` is current; False when Redis did not take it, which costs seconds.

    An empty `url` stands for no Redis.
    """
    if not url:
        return False
    message = json.dumps({"kind": kind, "version": version})
    try:
        with redis.Redis.from_url(
            url, protocol=2, socket_connect_timeout=CONNECT_S, socket_timeout=CONNECT_S
        ) as client:
            client.publish(CHANNEL, message)
    except (redis.RedisError, OSError, ValueError) as error:
        log.warning("no notice was sent", extra={"reason": str(error)})
        return False
    return True


async def listen(
    url: str, kind: Kind, wake: Callable[[], None], *, retry_first_s: float = RETRY_FIRST_S
) -> None:
    """Call `wake` at each notice of `kind`, until cancelled; a Redis that is away is tried again for ever."""
    pause = retry_first_s
    while True:
        try:
            client = redis.asyncio.Redis.from_url(
                url,
                protocol=2,  # without the greeting that the third version begins with
                socket_keepalive=True,
                socket_connect_timeout=CONNECT_S,
                socket_timeout=None,
                health_check_interval=HEALTH_CHECK_S,
            )
            async with client, client.pubsub(ignore_subscribe_messages=True) as channel:
                await channel.subscribe(CHANNEL)
                pause = retry_first_s
                wake()  # what was said while nobody listened
                while True:
                    message = await channel.get_message(timeout=HEALTH_CHECK_S)
                    if message is not None and _is_about(message["data"], kind):
                        wake()
        except (redis.RedisError, OSError, ValueError) as error:
            log.warning("notices are not heard; the volume is polled", extra={"reason": str(error)})
        await asyncio.sleep(pause)
        pause = min(2 * pause, RETRY_LAST_S)


def _is_about(data: bytes | str, kind: Kind) -> bool:
    try:
        notice = json.loads(data)
    except ValueError:
        return False
    return isinstance(notice, dict) and notice.get("kind") == kind
