"""`diversity ingest`: a folder, an archive or a table into the catalogue."""

from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from diversity_client.client import Client
from diversity_client.command.options import TIMEOUT_S, Json, Key, Timeout, Url
from diversity_client.command.progress import Meter
from diversity_client.command.session import Exit, Session, exit_code, reporting, told
from diversity_client.errors import ClientError
from diversity_client.ingesting.indexing import STALL_S, wait_indexed
from diversity_client.ingesting.journal import Journal
from diversity_client.ingesting.report import Report
from diversity_client.ingesting.run import AT_ONCE, IngestInterrupted, IngestStopped, ingest
from diversity_client.retrying import Retries
from diversity_client.sources.opening import open_source
from diversity_client.sources.tree import CAPTIONS_FILE

# A gateway that is restarted under an ingest is waited for.
PATIENT = Retries(attempts=40, patience_s=120.0)
SHOWN = 10  # refused pictures in the summary; --json has all
_TABLE = "Of a CSV or Parquet file"


@reporting
def ingest_command(
    context: typer.Context,
    *,
    source: Annotated[Path, typer.Argument(help="A folder, a zip or tar archive, a CSV or Parquet file.")],
    at_once: Annotated[int, typer.Option(min=1, max=64, help="Uploads in flight.")] = AT_ONCE,
    refused: Annotated[
        Path | None,
        typer.Option(help="A file that keeps what was refused for good; those are not sent again."),
    ] = None,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Until every view has taken all in.")] = True,
    stall: Annotated[
        float, typer.Option(min=0, help="Seconds without progress of the views that end the waiting.")
    ] = STALL_S,
    captions_file: Annotated[
        str, typer.Option(help="The name of files with captions, lines NAME#0<TAB>CAPTION.")
    ] = CAPTIONS_FILE,
    root: Annotated[
        Path | None,
        typer.Option(help="Where relative paths begin; else beside the file.", rich_help_panel=_TABLE),
    ] = None,
    path_column: Annotated[str | None, typer.Option(help="Holds paths.", rich_help_panel=_TABLE)] = None,
    id_column: Annotated[str | None, typer.Option(help="Holds ids.", rich_help_panel=_TABLE)] = None,
    caption_column: Annotated[
        list[str] | None, typer.Option(help="Holds captions; may be repeated.", rich_help_panel=_TABLE)
    ] = None,
    url: Url = None,
    key: Key = None,
    timeout: Timeout = TIMEOUT_S,
    is_json: Json = False,
) -> None:
    """Bring pictures into the catalogue; only what it lacks is sent, so a broken-off ingest goes on.

    An id is a picture's path without its suffix, its folder the metadata's `class`. Captions come from
    captions files or from the .txt beside a picture; a table's own columns say them instead.
    """
    session: Session = context.obj
    session.is_json = is_json
    pictures = open_source(
        source,
        captions_file=captions_file,
        root=root,
        path_column=path_column,
        id_column=id_column,
        caption_columns=tuple(caption_column or ()),
    )
    with session.client(url, key, timeout) as gateway:
        gateway.health()  # a wrong address is told at once
    with session.client(url, key, timeout, PATIENT) as gateway:
        journal = Journal(refused, gateway.url)
        try:
            with Meter(session.err, "sending", len(pictures)) as meter:
                report = ingest(
                    gateway, pictures, at_once=at_once, journal=journal, watch=lambda now: _watch(meter, now)
                )
        except IngestStopped as stopped:
            _end_early(session, stopped)
        except IngestInterrupted as interrupted:
            _end_interrupted(session, interrupted.report)
        finally:
            journal.close()
        more: dict[str, Any] = {}
        try:
            if wait:
                more["views"] = _wait(session, gateway, stall)
        except ClientError as error:
            _tell(session, report, {"error": told(error)})
            session.complain(f"diversity: {error}")
            session.complain("All that was taken is durable; the views take it in when they can.")
            raise typer.Exit(exit_code(error)) from error
        except KeyboardInterrupt:
            _end_interrupted(session, report)
    _tell(session, report, more)
    if report.refused:
        raise typer.Exit(Exit.SOME_REFUSED)


def _end_early(session: Session, stopped: IngestStopped) -> NoReturn:
    cause = stopped.__cause__ if isinstance(stopped.__cause__, ClientError) else stopped
    _tell(session, stopped.report, {"error": told(cause)})
    session.complain(f"diversity: {cause}")
    session.complain("What was taken stays; the same command goes on from here.")
    raise typer.Exit(exit_code(cause))


def _end_interrupted(session: Session, report: Report) -> NoReturn:
    said = "Stopped by Ctrl-C."
    _tell(session, report, {"error": {"type": "about:blank", "title": "Interrupted", "detail": said}})
    session.complain(f"diversity: {said} What was taken stays; the same command goes on from here.")
    raise typer.Exit(Exit.INTERRUPTED)


def _wait(session: Session, gateway: Client, stall_s: float) -> dict[str, int]:
    """Until every view has everything; pictures in each view's index."""
    most = 0
    with Meter(session.err, "indexing", None) as meter:

        def watch(pending: int) -> None:
            nonlocal most
            most = max(most, pending)
            meter.show(most - pending, f"{pending} pending")

        stats = wait_indexed(gateway, watch=watch, stall_s=stall_s)
    return {name: view.indexed for name, view in stats.views.items()}


def _watch(meter: Meter, report: Report) -> None:
    meter.show(report.done, f"{len(report.refused)} refused" if report.refused else "")


def _tell(session: Session, report: Report, more: dict[str, Any]) -> None:
    """What came of it."""
    if session.is_json:
        session.json({**report.as_json(), **more})
        return
    counts: list[list[object]] = [
        ["added", report.added],
        ["replaced", report.replaced],
        ["there already", report.already_there],
        ["refused", len(report.refused)],
    ]
    if left := report.total - report.done:
        counts.append(["not reached", left])
    session.table(["pictures", "count"], counts, right=frozenset({"count"}))
    if report.refused:
        session.table(["why", "count"], [list(pair) for pair in report.reasons()], right=frozenset({"count"}))
        rows: list[list[object]] = [[one.place, one.detail] for one in report.refused[:SHOWN]]
        session.table(["refused", "because"], rows)
        if len(report.refused) > SHOWN:
            session.say(f"and {len(report.refused) - SHOWN} more; --json tells all")
    session.say(f"{report.sent_bytes / 1e6:.1f} MB in {report.took_s:.1f} s")
