"""`diversity stats` and `diversity artifacts`: how the catalogue and the views stand."""

import typer

from diversity_client.command.options import TIMEOUT_S, Json, Key, Timeout, Url
from diversity_client.command.session import Session, reporting

_NUMBERS = frozenset({"indexed", "pending", "refused"})


@reporting
def stats(
    context: typer.Context,
    *,
    url: Url = None,
    key: Key = None,
    timeout: Timeout = TIMEOUT_S,
    is_json: Json = False,
) -> None:
    """How many pictures there are, and how far each view has followed."""
    session: Session = context.obj
    session.is_json = is_json
    with session.client(url, key, timeout) as gateway:
        told = gateway.stats()
    if is_json:
        session.json(told.model_dump(mode="json", exclude_unset=True))
        return
    session.say(f"{told.catalogue_size} pictures, change {told.version}")
    rows: list[list[object]] = [
        [name, view.reachable, view.indexed, view.pending, view.refused] for name, view in told.views.items()
    ]
    session.table(["view", "answers", "indexed", "pending", "refused"], rows, right=_NUMBERS)


@reporting
def artifacts(
    context: typer.Context,
    *,
    url: Url = None,
    key: Key = None,
    timeout: Timeout = TIMEOUT_S,
    is_json: Json = False,
) -> None:
    """Which artifact each view serves."""
    session: Session = context.obj
    session.is_json = is_json
    with session.client(url, key, timeout) as gateway:
        views = gateway.stats().views
    if is_json:
        session.json(
            {name: {"artifact": view.artifact, "reachable": view.reachable} for name, view in views.items()}
        )
        return
    rows: list[list[object]] = [[name, view.artifact, view.reachable] for name, view in views.items()]
    session.table(["view", "artifact", "answers"], rows)
