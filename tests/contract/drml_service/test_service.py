"""What operators see: the model, health, metrics, request ids, logs."""

import json
import logging

import pytest

from diversity_contracts.wire import ViewModel
from diversity_view.json_log import JsonFormatter
from tests.contract.drml_service.conftest import RED, View
from tests.fakes.running_view import PNG


async def test_the_model(view: View) -> None:
    reply = await view.client.get("/model")
    assert ViewModel.model_validate(reply.json()).model_dump() == {
        "view": "drml",
        "state": "ready",
        "artifact": "drml-test",
        "refusal": "drml-9: its hash differs",
        "count": 4,
        "applied": 4,
        "catalogue_id": "c",
        "preparing": None,
        "metrics": {"triplet_accuracy": 0.5},
        "dimension": 3,
        "reference": 0,
        "runtime": "by hand",
        "precision": "float32",
        "runtime_note": None,
        "created": "2026-01-01",
    }


async def test_health(view: View) -> None:
    for path in ("/healthz", "/readyz"):
        assert (await view.client.get(path)).status_code == 200


async def test_metrics(view: View) -> None:
    await view.client.post("/nearest", content=RED, headers=PNG)
    await view.client.post("/nearest", content=b"none", headers=PNG)
    await view.client.get("/somewhere/else")
    text = (await view.client.get("/metrics")).text
    for line in (
        'drml_request_seconds_count{route="/nearest",status="200"} 1.0',
        'drml_request_seconds_count{route="/nearest",status="400"} 1.0',
        'drml_request_seconds_count{route="unmatched",status="404"} 1.0',
        'drml_queue_seconds_count{lane="queries"} 2.0',
        'drml_queue_seconds_count{lane="changes"} 1.0',
        'drml_stage_seconds_count{stage="store"} 1.0',
        'drml_stage_seconds_count{stage="search"} 1.0',
        'drml_problems_total{problem="not-a-picture"} 1.0',
        "drml_index_pictures 4.0",
        "drml_applied_change 4.0",
    ):
        assert line in text
    assert "/somewhere" not in text


async def test_a_request_id_is_kept_or_made(view: View) -> None:
    kept = await view.client.get("/healthz", headers={"X-Request-ID": "gateway-7.a:b_c"})
    assert kept.headers["x-request-id"] == "gateway-7.a:b_c"
    first, second = await view.client.get("/healthz"), await view.client.get("/healthz")
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


@pytest.mark.parametrize("bad", ['x"y', "a b", "", "x" * 129, "<b>"])
async def test_a_request_id_that_could_break_a_log_is_replaced(view: View, bad: str) -> None:
    reply = await view.client.get("/healthz", headers={"X-Request-ID": bad})
    assert reply.headers["x-request-id"] != bad
    assert len(reply.headers["x-request-id"]) == 16


async def test_one_log_line_a_request(view: View, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="diversity_view"):
        await view.client.post("/nearest", content=RED, headers={**PNG, "X-Request-ID": "abc"})
        await view.client.get("/healthz")
    (record,) = [record for record in caplog.records if record.getMessage() == "request"]
    line = json.loads(JsonFormatter().format(record))
    assert (line["request_id"], line["route"], line["status"], line["method"]) == (
        "abc",
        "/nearest",
        200,
        "POST",
    )
    assert line["took_ms"] > 0
    assert "image" not in line


def test_a_log_line_is_one_line_of_json_whatever_is_in_it() -> None:
    record = logging.makeLogRecord({"msg": 'two\nlines "and" %s', "args": ("more",), "cause": {1, 2}})
    text = JsonFormatter().format(record)
    assert "\n" not in text
    assert json.loads(text)["message"] == 'two\nlines "and" more'
