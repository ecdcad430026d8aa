"""What is wrong between here and a gateway, step by step, with what to do about it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from diversity_client.answers import Stats, ViewStats
from diversity_client.calls import Call
from diversity_client.client import Client
from diversity_client.errors import (
    ClientError,
    Forbidden,
    NotAGateway,
    NotReady,
    Problem,
    Unauthorised,
    Unreachable,
)
from diversity_client.settings import KEY

State = Literal["ok", "warning", "failed"]
VIEWS = ("drml", "caption")
CLOCKS_S = 5.0  # apart: more and a log here and a log there cannot be read side by side
# What the client's methods call; a gateway without one of them is older than this client.
PATHS = (
    "/divergent",
    "/divergent:batch",
    "/images",
    "/images/{image_id}",
    "/images/{image_id}/content",
    "/similar",
    "/similar:batch",
    "/stats",
    "/users/{user_id}/history",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `advice` is empty where all is well."""

    name: str
    state: State
    said: str
    advice: str = ""
    error: ClientError | None = None


def examine(
    client: Client, now: Callable[[], float], today: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Iterator[Finding]:
    """Look at everything; ends early where the rest could only fail for the same reason."""
    began = now()
    try:
        date = client.send(Call("GET", "/healthz", lambda reply: str(reply.headers.get("date", "")), ()))
    except Unreachable as error:
        advice = f"Is the gateway running at {client.url}? Is that the address: --url, or DIVERSITY_URL?"
        yield Finding("address", "failed", str(error), advice, error)
        return
    except ClientError as error:
        advice = f"Something else answers at {client.url}: another service, a proxy. Check the address."
        yield Finding("address", "failed", str(error), advice, error)
        return
    yield Finding("address", "ok", f"{client.url} answers in {(now() - began) * 1000:.0f} ms")
    yield _clock(date, today())
    yield _version(client)
    try:
        stats = client.stats()
    except (Unauthorised, Forbidden) as error:
        advice = f"Give a key that the gateway knows: {KEY}, or --key. Its operator sets API_KEYS."
        yield Finding("key", "failed", error.detail, advice, error)
        return
    except ClientError as error:
        yield Finding("key", "failed", str(error), "The gateway's log says more.", error)
        return
    yield _key(client)
    yield _ready(client)
    for name in dict.fromkeys((*VIEWS, *stats.views)):
        yield _view(name, stats.views.get(name), stats)
    yield _answer(client, stats, now)


def _clock(date: str, today: datetime) -> Finding:
    try:
        there = parsedate_to_datetime(date)
    except ValueError:
        return Finding("clock", "ok", "the gateway does not tell its time")
    apart = (there.replace(tzinfo=there.tzinfo or UTC) - today).total_seconds()
    if abs(apart) > CLOCKS_S:
        return Finding(
            "clock",
            "warning",
            f"the gateway's clock is {abs(apart):.0f} s {'ahead of' if apart > 0 else 'behind'} this one",
            "Set both by NTP: histories fade by the gateway's time, and logs are compared by it.",
        )
    # The header has whole seconds.
    return Finding("clock", "ok", "within a second or two of this machine's")


def _version(client: Client) -> Finding:
    try:
        document: dict[str, Any] = client.openapi()
        title, number = document["info"]["title"], document["info"]["version"]
        missing = [path for path in PATHS if path not in document["paths"]]
    except (ClientError, LookupError, TypeError) as error:
        advice = "Something between here and the gateway changes replies."
        found = error if isinstance(error, ClientError) else None
        return Finding("version", "failed", f"the API document cannot be read: {error}", advice, found)
    if missing:
        advice = "Update the gateway, or install the client that came with it."
        return Finding("version", "failed", f"{title} {number} has no {', '.join(missing)}", advice)
    return Finding("version", "ok", f"{title} {number}, everything this client calls")


def _key(client: Client) -> Finding:
    """A write that cannot be one, as it has no body, tells what the key allows."""
    try:
        client.send(Call("POST", "/images", lambda reply: None, (), repeatable=False))
    except Forbidden:
        advice = "Searching works. For ingest and histories ask for a key with the scope `write`."
        return Finding("key", "warning", "may read, not write", advice)
    except Problem as error:
        if error.status < 500:
            return Finding("key", "ok", "may read and write")
        return Finding("key", "warning", f"may read; writing: {error.detail}", "The gateway's log says more.")
    except ClientError as error:
        return Finding("key", "warning", f"may read; writing: {error}", "Try again.", error)
    return Finding("key", "ok", "may read and write")


def _ready(client: Client) -> Finding:
    try:
        client.ready()
    except NotReady as error:
        advice = "Start the views, or wait: after a start they load their networks first."
        return Finding("ready", "failed", error.detail, advice, error)
    except ClientError as error:
        return Finding("ready", "failed", str(error), "The gateway's log says more.", error)
    return Finding("ready", "ok", "serves searches")


def _view(name: str, view: ViewStats | None, stats: Stats) -> Finding:
    title = f"view {name}"
    if view is None:
        advice = f"Searches go by the other view alone. {name.upper()}_URL of the gateway says where it is."
        return Finding(title, "warning", "the gateway is set up without it", advice)
    if not view.reachable:
        advice = f"Searches go on without it. Start {name}-service, or look at its log and at /model."
        return Finding(title, "failed", "does not answer the gateway", advice)
    said = f"{view.artifact}, {view.indexed} of {stats.catalogue_size} pictures"
    if view.pending:
        advice = "It is being fed. Does `diversity stats` show the number fall?"
        return Finding(title, "warning", f"{said}, {view.pending} pending", advice)
    if view.refused:
        advice = "It ranks without them. PUT of such a picture tells why in `refused`."
        return Finding(title, "warning", f"{said}, {view.refused} not taken", advice)
    return Finding(title, "ok", said)


def _answer(client: Client, stats: Stats, now: Callable[[], float]) -> Finding:
    """A real search, by the first picture of the catalogue."""
    if stats.catalogue_size < 2:
        advice = "Bring pictures in: diversity ingest FOLDER"
        return Finding("answer", "warning", "fewer than two pictures, nothing to search", advice)
    try:
        image_id = client.images(limit=1).images[0].image_id
        began = now()
        answer = client.divergent(image_id=image_id, n=1)
    except (ClientError, LookupError) as error:
        found = error if isinstance(error, ClientError) else NotAGateway(f"an empty list: {error}")
        return Finding("answer", "failed", str(error), "The request id finds it in the gateway's log.", found)
    took_ms = (now() - began) * 1000
    said = f"{answer.took_ms:.0f} ms in the gateway, {took_ms:.0f} ms from here"
    if answer.degraded:
        return Finding("answer", "warning", f"{said}, without {', '.join(answer.degraded)}", "See the views.")
    if not answer.exact:
        advice = "While the catalogue changes that is so; else a view does not have every picture."
        return Finding("answer", "warning", f"{said}, not proven exact", advice)
    return Finding("answer", "ok", f"{said}, exact")
