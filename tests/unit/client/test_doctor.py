"""What the doctor finds, over replies that are made up."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from diversity_client.client import Client
from diversity_client.command.session import Exit, exit_code
from diversity_client.doctor import PATHS, Finding, examine
from diversity_client.retrying import Retries
from tests.unit.client.fake_gateway import problem

NOW = datetime(2026, 1, 1, tzinfo=UTC)
VIEW = {"artifact": "a-1", "indexed": 2, "pending": 0, "refused": 0, "reachable": True}
STATS = {"catalogue_size": 2, "version": 2, "views": {"drml": VIEW, "caption": VIEW}}
IMAGE = {
    "image_id": "x", "content_hash": "0", "media_type": "", "width": 1, "height": 1,
    "bytes": 1, "captions": [], "metadata": {}, "created": "", "updated": "", "image_url": "", "blank": False,
}  # fmt: skip
ANSWER = {
    "mode": "divergent", "n": 1, "query": {"image_ids": []}, "results": [], "views": {}, "degraded": [],
    "exact": True, "catalogue_size": 2, "next_cursor": None, "took_ms": 3,
}  # fmt: skip
WELL: dict[str, Any] = {
    "GET /healthz": {"status": "ok"},
    "GET /openapi.json": {
        "info": {"title": "Diversity", "version": "1"},
        "paths": {path: {} for path in PATHS},
    },
    "GET /stats": STATS,
    "POST /images": problem(415),
    "GET /readyz": {"status": "ok"},
    "GET /images": {"images": [IMAGE], "next_cursor": None, "catalogue_size": 2, "version": 2},
    "POST /divergent": ANSWER,
}


def views(**changes: Any) -> dict[str, Any]:
    """Statistics in which the drml view differs."""
    return {**STATS, "views": {"drml": {**VIEW, **changes}, "caption": VIEW}}


def diagnosed(ahead_s: float = 0.0, **changes: Any) -> dict[str, Finding]:
    """By name, where replies are as in WELL but for `changes`; a transport error is raised."""
    replies = WELL | changes

    def answer(request: httpx.Request) -> httpx.Response:
        told = replies[f"{request.method} {request.url.path}"]
        if isinstance(told, Exception):
            raise told
        if isinstance(told, httpx.Response):
            return told
        date = format_datetime(NOW + timedelta(seconds=ahead_s), usegmt=True)
        return httpx.Response(200, content=json.dumps(told), headers={"Date": date})

    transport = httpx.MockTransport(answer)
    with Client("http://gateway", transport=transport, retries=Retries(attempts=1)) as client:
        return {one.name: one for one in examine(client, lambda: 0.0, lambda: NOW)}


def test_where_all_is_well_there_is_no_advice() -> None:
    found = diagnosed()
    assert [one.state for one in found.values()] == ["ok"] * 8
    assert not any(one.advice for one in found.values())
    assert list(found) == [
        "address", "clock", "version", "key", "ready", "view drml", "view caption", "answer",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "name", "state", "said"),
    [
        (
            {"GET /openapi.json": {"info": {"title": "D", "version": "0"}, "paths": {}}},
            "version",
            "failed",
            "/similar",
        ),
        ({"GET /openapi.json": ["?"]}, "version", "failed", "cannot be read"),
        ({"POST /images": problem(403, slug="forbidden")}, "key", "warning", "not write"),
        ({"POST /images": problem(500)}, "key", "warning", "T."),
        (
            {"GET /readyz": problem(503, "No view answers", slug="not-ready")},
            "ready",
            "failed",
            "No view answers",
        ),
        ({"GET /stats": views(reachable=False)}, "view drml", "failed", "does not answer"),
        ({"GET /stats": views(pending=7)}, "view drml", "warning", "7 pending"),
        ({"GET /stats": views(refused=3)}, "view drml", "warning", "3 not taken"),
        ({"GET /stats": {**STATS, "views": {"drml": VIEW}}}, "view caption", "warning", "without it"),
        ({"GET /stats": {**STATS, "catalogue_size": 0}}, "answer", "warning", "nothing to search"),
        ({"POST /divergent": {**ANSWER, "degraded": ["drml"]}}, "answer", "warning", "without drml"),
        ({"POST /divergent": {**ANSWER, "exact": False}}, "answer", "warning", "not proven"),
        ({"POST /divergent": problem(503)}, "answer", "failed", "503"),
    ],
)
def test_each_thing_that_is_wrong_is_told_with_advice(
    changes: dict[str, Any], name: str, state: str, said: str
) -> None:
    found = diagnosed(**changes)
    assert (found[name].state, bool(found[name].advice)) == (state, True)
    assert said in found[name].said
    others = [one.state for one in found.values() if one.name != name]
    assert others == ["ok"] * 7


@pytest.mark.parametrize(
    ("changes", "last", "code"),
    [
        ({"GET /healthz": httpx.ConnectError("refused")}, "address", Exit.UNREACHABLE),
        ({"GET /healthz": httpx.Response(404, text="nginx")}, "address", Exit.FAILED),
        ({"GET /stats": problem(401, slug="unauthorised")}, "key", Exit.KEY),
        ({"GET /stats": problem(500)}, "key", Exit.FAILED),
    ],
)
def test_what_makes_the_rest_idle_ends_the_examination(
    changes: dict[str, Any], last: str, code: Exit
) -> None:
    finding = list(diagnosed(**changes).values())[-1]
    assert (finding.name, finding.state) == (last, "failed")
    assert finding.advice
    assert finding.error is not None
    assert exit_code(finding.error) == code


@pytest.mark.parametrize(
    ("ahead_s", "state", "word"), [(3, "ok", ""), (60, "warning", "ahead"), (-60, "warning", "behind")]
)
def test_clocks_are_compared(ahead_s: float, state: str, word: str) -> None:
    clock = diagnosed(ahead_s)["clock"]
    assert clock.state == state
    assert word in clock.said
