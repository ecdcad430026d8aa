"""The program `diversity`: its commands, put together."""

from typing import Annotated

import typer

from diversity_client import __version__
from diversity_client.client import Client
from diversity_client.command.doctor import doctor
from diversity_client.command.history import history_app
from diversity_client.command.ingest import ingest_command
from diversity_client.command.search import search_command
from diversity_client.command.session import Connect, Session
from diversity_client.command.standing import artifacts, stats
from diversity_client.command.usage import Commands

EXIT_CODES = (
    "Exit codes: 0 done · 1 refused or failed by the gateway, or doctor found something · 2 the command line "
    "is wrong · 3 ingest: some pictures were refused · 4 the gateway is not reachable, or too busy · 5 the "
    "API key is missing or does not allow this · 130 stopped by Ctrl-C."
)


def create_app(connect: Connect = Client) -> typer.Typer:
    """The commands, over clients that `connect` makes."""
    app = typer.Typer(
        name="diversity",
        cls=Commands,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        help="The most divergent and the most similar pictures of a catalogue.",
        epilog=EXIT_CODES,
    )

    def start(
        context: typer.Context,
        *,
        is_version: Annotated[
            bool, typer.Option("--version", is_eager=True, callback=_version, help="Say which, and end.")
        ] = False,
    ) -> None:
        context.obj = Session(connect)

    app.callback()(start)
    app.command("divergent")(search_command("divergent"))
    app.command("similar")(search_command("similar"))
    app.command("ingest")(ingest_command)
    app.command("stats")(stats)
    app.add_typer(history_app(), name="history")
    app.command("artifacts")(artifacts)
    app.command("doctor")(doctor)
    return app


def main() -> None:
    """Run the program."""
    create_app()()


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"diversity {__version__}")
        raise typer.Exit


if __name__ == "__main__":
    main()
