"""`diversity divergent` and `diversity similar`."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from diversity_client.answers import Answer, Mode, Result
from diversity_client.asking import Question
from diversity_client.command.options import (
    TIMEOUT_S,
    Json,
    Key,
    Timeout,
    Url,
    read_band,
    read_filter,
    read_seen,
    read_views,
    read_weights,
)
from diversity_client.command.session import Session, reporting
from diversity_client.errors import Misused

_NUMBERS = frozenset({"rank", "divergence", "adjusted", "looks", "words"})


def search_command(mode: Mode) -> Callable[..., None]:
    """The command that searches for `mode`."""

    @reporting
    def search(
        context: typer.Context,
        *,
        pictures: Annotated[
            list[Path] | None, typer.Argument(help="Files; several are a history.", show_default=False)
        ] = None,
        image_id: Annotated[str | None, typer.Option("--id", help="A picture of the catalogue.")] = None,
        user: Annotated[str | None, typer.Option(help="A user, whose kept history is meant.")] = None,
        seen: Annotated[
            list[str] | None, typer.Option(help="A picture that was seen, ID or ID:WEIGHT; the newest last.")
        ] = None,
        n: Annotated[int, typer.Option("-n", "--n", min=1, max=100, help="How many.")] = 5,
        views: Annotated[str | None, typer.Option(help="Which views rank: drml,caption.")] = None,
        weights: Annotated[
            str | None, typer.Option(help="How much each counts: drml:0.7,caption:0.3.")
        ] = None,
        band: Annotated[str | None, typer.Option(help="Bounds on divergence: 0.80-0.95.")] = None,
        raw: Annotated[
            bool, typer.Option("--raw", help="The plain farthest, without the correction.")
        ] = False,
        diversity: Annotated[
            float | None, typer.Option(min=0, max=1, help="How much the picks differ from each other too.")
        ] = None,
        candidates_limit: Annotated[
            int | None, typer.Option(min=10, max=1_000, help="The pool that --diversity picks from.")
        ] = None,
        near_duplicates: Annotated[
            Literal["collapse", "keep"] | None,
            typer.Option(help="One of practically equal pictures, or all."),
        ] = None,
        include_blank: Annotated[
            bool, typer.Option("--include-blank", help="Pictures of one colour too.")
        ] = False,
        strict: Annotated[bool, typer.Option("--strict", help="Fail when a view is missing.")] = False,
        exclude: Annotated[list[str] | None, typer.Option(help="An id never to return.")] = None,
        only: Annotated[
            list[str] | None, typer.Option("--filter", help="Metadata: class=fish, or year:=1984 as JSON.")
        ] = None,
        cursor: Annotated[
            str | None, typer.Option(help="The next page, as the last answer named it.")
        ] = None,
        url: Url = None,
        key: Key = None,
        timeout: Timeout = TIMEOUT_S,
        is_json: Json = False,
    ) -> None:
        session: Session = context.obj
        session.is_json = is_json
        question: Question = {"n": n}
        _subject(question, pictures or [], image_id, user, seen or [])
        chosen: dict[str, Any] = {
            "views": views and read_views(views),
            "weights": weights and read_weights(weights),
            "band": band and read_band(band),
            "raw": raw or None,
            "diversity": diversity,
            "candidates_limit": candidates_limit,
            "near_duplicates": near_duplicates,
            "include_blank": include_blank or None,
            "strict": strict or None,
            "exclude": exclude or None,
            "filter": read_filter(only) if only else None,
            "cursor": cursor,
        }
        given: Any = {name: value for name, value in chosen.items() if value is not None}
        question = {**question, **given}
        with session.client(url, key, timeout) as gateway:
            ask = gateway.divergent if mode == "divergent" else gateway.similar
            show(session, ask(**question))

    search.__doc__ = (
        "The pictures that differ most from a picture, or from what was seen."
        if mode == "divergent"
        else "The pictures nearest to a picture, or to what was seen."
    )
    return search


def show(session: Session, answer: Answer) -> None:
    """An answer, for people or for programs."""
    if session.is_json:
        session.json(answer.model_dump(mode="json", exclude_unset=True))
        return
    if answer.query.caption:
        session.say(f"The query says: {answer.query.caption}")
    columns = ["rank", "image_id", "divergence", "adjusted", "looks", "words", "caption"]
    session.table(columns, [_row(result) for result in answer.results], right=_NUMBERS)
    told = [f"{answer.catalogue_size} pictures", "exact" if answer.exact else "not proven exact"]
    if answer.degraded:
        told.append(f"without {', '.join(answer.degraded)}")
    session.say(f"{', '.join(told)}; {answer.took_ms:.0f} ms")
    if answer.next_cursor:
        session.say(f"next: --cursor {answer.next_cursor}")


def _row(result: Result) -> list[object]:
    drml, caption = result.views.drml, result.views.caption
    return [
        result.rank,
        result.image_id,
        result.divergence,
        result.adjusted,
        None if drml is None else drml.percentile,
        None if caption is None else caption.percentile,
        result.caption,
    ]


def _subject(
    question: Question, pictures: list[Path], image_id: str | None, user: str | None, seen: list[str]
) -> None:
    """Put the one thing that is asked about into `question`. Raises Misused."""
    given = [name for name, value in (("--id", image_id), ("--user", user), ("--seen", seen)) if value]
    if len(given) + bool(pictures) != 1:
        raise Misused("Say what is asked about: files, or one of --id, --user and --seen.")
    if len(pictures) == 1:
        question["image"] = pictures[0]
    elif pictures:
        question["images"] = pictures
    elif image_id:
        question["image_id"] = image_id
    elif user:
        question["user_id"] = user
    else:
        question["history"] = read_seen(seen)
