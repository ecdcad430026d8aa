"""`diversity history`: what a user saw."""

from typing import Annotated

import typer

from diversity_client.command.options import TIMEOUT_S, Json, Key, Timeout, Url, read_seen
from diversity_client.command.session import Session, reporting

User = Annotated[str, typer.Argument(help="Any text that names the user.")]


def history_app() -> typer.Typer:
    """The three commands."""
    app = typer.Typer(no_args_is_help=True, help="What a user saw: show, add, clear.")
    app.command("show")(show)
    app.command("add")(add)
    app.command("clear")(clear)
    return app


@reporting
def show(
    context: typer.Context,
    *,
    user: User,
    url: Url = None,
    key: Key = None,
    timeout: Timeout = TIMEOUT_S,
    is_json: Json = False,
) -> None:
    """The pictures kept of a user, the newest last."""
    session: Session = context.obj
    session.is_json = is_json
    with session.client(url, key, timeout) as gateway:
        kept = gateway.history(user)
    if is_json:
        session.json(kept.model_dump(mode="json"))
        return
    rows: list[list[object]] = [[entry.seen, entry.image_id, entry.weight] for entry in kept.history]
    session.table(["seen", "image_id", "weight"], rows, right=frozenset({"weight"}))
    session.say(f"{kept.count} pictures")


@reporting
def add(
    context: typer.Context,
    *,
    user: User,
    seen: Annotated[list[str], typer.Argument(help="ID or ID:WEIGHT, the newest last.")],
    url: Url = None,
    key: Key = None,
    timeout: Timeout = TIMEOUT_S,
    is_json: Json = False,
) -> None:
    """Append pictures to what a user saw."""
    session: Session = context.obj
    session.is_json = is_json
    with session.client(url, key, timeout) as gateway:
        stored = gateway.add_history(user, read_seen(seen))
    if is_json:
        session.json(stored.model_dump(mode="json"))
        return
    session.say(f"{stored.added} added, {stored.count} kept")
    if stored.missing:
        session.say(f"not in the catalogue: {', '.join(stored.missing)}")


@reporting
def clear(
    context: typer.Context,
    *,
    user: User,
    url: Url = None,
    key: Key = None,
    timeout: Timeout = TIMEOUT_S,
    is_json: Json = False,
) -> None:
    """Forget what a user saw."""
    session: Session = context.obj
    session.is_json = is_json
    with session.client(url, key, timeout) as gateway:
        gateway.delete_history(user)
    if is_json:
        session.json({"user_id": user, "count": 0})
    else:
        session.say("forgotten")
