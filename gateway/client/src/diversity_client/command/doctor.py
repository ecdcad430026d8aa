"""`diversity doctor`: what is wrong, and what to do."""

import time

import typer

from diversity_client.command.options import TIMEOUT_S, Json, Key, Timeout, Url
from diversity_client.command.session import Exit, Session, exit_code, reporting
from diversity_client.doctor import Finding, examine

_MARKS = {"ok": "ok", "warning": "!", "failed": "FAILED"}


@reporting
def doctor(
    context: typer.Context,
    *,
    url: Url = None,
    key: Key = None,
    timeout: Timeout = TIMEOUT_S,
    is_json: Json = False,
) -> None:
    """Look at address, clock, version, key, both views and a real answer; say what to do."""
    session: Session = context.obj
    session.is_json = is_json
    with session.client(url, key, timeout) as gateway:
        findings = list(examine(gateway, time.monotonic))
    if is_json:
        session.json(
            [
                {"name": one.name, "state": one.state, "said": one.said, "advice": one.advice}
                for one in findings
            ]
        )
    else:
        rows: list[list[object]] = [[_MARKS[one.state], one.name, one.said] for one in findings]
        session.table(["", "looked at", "found"], rows)
        for one in findings:
            if one.advice:
                session.say(f"{one.name}: {one.advice}")
    raise typer.Exit(_exit(findings))


def _exit(findings: list[Finding]) -> Exit:
    failed = [one for one in findings if one.state == "failed"]
    if not failed:
        return Exit.OK
    return Exit.FAILED if failed[0].error is None else exit_code(failed[0].error)
