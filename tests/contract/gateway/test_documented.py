"""What the gateway's documents for operators say is there: every setting, every metric."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from diversity_gateway.answers import Answer
from diversity_gateway.metrics import Metrics
from diversity_gateway.routes.examples import REAL_ANSWER
from diversity_gateway.settings import Settings
from diversity_view.metrics import Metrics as ViewMetrics

GATEWAY = Path(__file__).parents[3] / "gateway"
FRONT_PAGE = GATEWAY.parent / "README.md"
README = (GATEWAY / "README.md").read_text()
DASHBOARD = json.loads((GATEWAY / "docs/grafana-dashboard.json").read_text())
METRIC = re.compile(r"\b(?:gateway|drml|caption)_[a-z_]+\b")


def served() -> set[str]:
    """The sample names of the gateway and of both views; a histogram has three."""
    names = set[str]()
    for text in (Metrics().render(), ViewMetrics("drml").text(), ViewMetrics("caption").text()):
        for family in text_string_to_metric_families(text.decode()):
            endings = {"histogram": ("_bucket", "_count", "_sum"), "counter": ("_total",), "info": ("_info",)}
            # Families with labels have no samples before something was counted.
            names |= {family.name + ending for ending in endings.get(family.type, ("",))}
            names |= {sample.name for sample in family.samples}
    return names


def expressions(panels: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Every query of the dashboard with its panel's title."""
    for panel in panels:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"]


def test_every_setting_is_documented_and_nothing_else() -> None:
    table = README.partition("## Settings")[2].partition("## ")[0]
    named = {name for row in table.splitlines() for name in re.findall(r"`([A-Z_]+)`", row.split(" | ")[0])}
    assert named == {name.upper() for name in Settings.model_fields}


def test_every_metric_of_the_dashboard_exists() -> None:
    there, asked = served(), list(expressions(DASHBOARD["panels"]))
    assert len(asked) >= 15
    for title, expression in asked:
        named = set(METRIC.findall(expression))
        assert named, title
        assert named <= there, title


def test_every_metric_of_the_alerts_exists() -> None:
    table = README.partition("Worth an alert")[2].partition("## ")[0]
    named = set(METRIC.findall(table))
    assert len(named) >= 6
    assert named <= served()


def test_a_metric_that_is_not_there_is_found() -> None:
    assert "gateway_nonsense_total" not in served()
    assert {"gateway_queue_seconds_bucket", "drml_queue_seconds_count", "gateway_view_up"} <= served()


def test_the_dashboard_s_panels_do_not_overlap() -> None:
    taken = set[tuple[int, int]]()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (place["x"] + column, place["y"] + row)
            for column in range(place["w"])
            for row in range(place["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(column for column, _ in cells) < 24
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_the_front_page_and_the_api_document_show_one_answer_of_the_form_that_is_served() -> None:
    shown = re.search(r"```json\n(.*?)```", FRONT_PAGE.read_text(), re.DOTALL)
    assert shown is not None
    assert json.loads(shown[1]) == {**REAL_ANSWER, "results": REAL_ANSWER["results"][:1]}
    assert Answer.model_validate(REAL_ANSWER).model_dump(mode="json", exclude_unset=True) == REAL_ANSWER
