"""The page about metrics, the dashboard and the alert rules speak of metrics that there are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.restarts import RELOADED, RESTART
from config.settings import LogSettings, TracesSettings
from server.observe.metric import Metric
from server.observe.metrics import METRICS

DOCS = Path(__file__).parent.parent / "docs"
PAGE = (DOCS / "metrics.md").read_text(encoding="utf-8")
BOARD: dict[str, Any] = json.loads((DOCS / "grafana" / "tagyard.json").read_text(encoding="utf-8"))
RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load((DOCS / "alerts.yaml").read_text(encoding="utf-8"))["groups"] for rule in group["rules"]
]
BY_NAME = {metric.name: metric for metric in METRICS}
NAMES = re.compile(r"\b(?:tagyard|process)_[a-z_]*[a-z]\b")
OF_PROMETHEUS = {"job", "instance", "le"}
"""Labels that Prometheus adds."""


def queries() -> Iterator[str]:
    for panel in BOARD["panels"]:
        yield from (target["expr"] for target in panel["targets"])
    yield from (each["query"] for each in BOARD["templating"]["list"])
    yield from (rule["expr"] for rule in RULES)


def metrics_in(query: str) -> list[Metric]:
    found = []
    for name in NAMES.findall(query):
        base = re.sub("_(bucket|count|sum)$", "", name)
        assert base in BY_NAME, name
        assert (base != name) == bool(BY_NAME[base].bounds), f"{name}: a histogram is asked by its bucket, sum or count"
        found.append(BY_NAME[base])
    return found


def labels_in(query: str) -> set[str]:
    grouped = [label.strip() for group in re.findall(r"\b(?:by|without) \(([^)]*)\)", query) for label in group.split(",")]
    return {*grouped, *re.findall(r"[{,]\s*([a-z_]+)\s*(?:=|!)", query)}


def test_the_page_explains_each_metric_and_no_other() -> None:
    assert set(re.findall(rf"^\| `({NAMES.pattern})`", PAGE, re.MULTILINE)) == set(BY_NAME)
    assert set(NAMES.findall(PAGE)) == set(BY_NAME)


def test_names_are_as_prometheus_wants_them() -> None:
    assert len(BY_NAME) == len(METRICS)
    for metric in METRICS:
        assert NAMES.fullmatch(metric.name)
        assert metric.help.endswith(".")
        assert not metric.bounds or metric.name.endswith("_seconds")


@pytest.mark.parametrize("query", [query for query in queries() if query != "prometheus"])
def test_a_query_asks_for_metrics_and_labels_that_there_are(query: str) -> None:
    asked = metrics_in(query)
    assert asked or re.search(r"\bup\{", query), "this one Prometheus has of each target"
    known = {label for metric in asked for label in metric.all_labels} | OF_PROMETHEUS
    assert labels_in(query) <= known
    assert query.count("(") == query.count(")")
    for metric in asked:
        if metric.kind != "gauge":
            assert f"rate({metric.name}" in query, "a counter is looked at by its rate"


def test_the_dashboard_shows_every_metric() -> None:
    shown = {metric.name for panel in BOARD["panels"] for target in panel["targets"] for metric in metrics_in(target["expr"])}
    assert shown == set(BY_NAME) - {"tagyard_recorded_requests", "tagyard_unrecorded_requests_total"}


def test_the_dashboard_can_be_imported() -> None:
    assert (BOARD["title"], BOARD["uid"], BOARD["schemaVersion"]) == ("Tagyard", "tagyard", 39)
    panels = BOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len({panel["title"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
        assert panel["datasource"]["uid"] == "${datasource}"


def test_a_legend_shows_labels_that_its_query_keeps() -> None:
    for panel in BOARD["panels"]:
        for target in panel["targets"]:
            kept = labels_in(target["expr"]) | ({"worker"} if " by " not in target["expr"] else set())
            assert set(re.findall(r"{{(\w+)}}", target["legendFormat"])) <= kept, target["expr"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_an_alert_says_what_is_wrong_and_what_to_do(rule: dict[str, Any]) -> None:
    assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
    assert rule["alert"].startswith("Tagyard")
    assert re.fullmatch(r"\d+m", rule["for"])
    assert rule["labels"]["severity"] in ("warning", "critical")
    assert set(rule["annotations"]) == {"summary", "description"}
    used = set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"])))
    kept = labels_in(rule["expr"]) | ({"worker", "job", "instance"} if " by " not in rule["expr"] else set())
    assert used <= kept


def test_there_is_an_alert_for_each_thing_that_loses_data() -> None:
    watched = {metric.name for rule in RULES for metric in metrics_in(rule["expr"])}
    assert watched >= {
        "tagyard_health",
        "tagyard_outbox_oldest_timestamp_seconds",
        "tagyard_dead_letters",
        "tagyard_replies_total",
        "tagyard_unclaimed_requests_total",
        "tagyard_breaker_open",
    }


def test_the_settings_of_the_page_are_settings() -> None:
    log, traces = (yaml.safe_load(example)["server"] for example in re.findall(r"```yaml\n(server:.*?)```", PAGE, re.DOTALL))
    assert LogSettings.model_validate(log["log"]) == LogSettings(format="json", access=0.01, level="info")
    assert TracesSettings.model_validate(traces["traces"]) == TracesSettings()


def test_the_page_about_operating_says_what_a_reload_takes_and_what_takes_a_restart() -> None:
    page = (DOCS / "operating.md").read_text(encoding="utf-8")
    cells = [("Section", "A reload takes", "A restart takes"), ("---", "---", "---")]
    cells += [(f"`{section}`", keys_of(section, RELOADED), keys_of(section, RESTART)) for section in ("server", "outbox")]
    cells += [("every other", "all of it", "–")]
    expected = "".join(f"| {' | '.join(row)} |\n" for row in cells).replace("| --- | --- | --- |", "|---|---|---|")
    assert expected in page, f"docs/operating.md lacks the table:\n{expected}"


def keys_of(section: str, keys: Sequence[str]) -> str:
    """Those of this section, as the page lists them."""
    return ", ".join(f"`{key.removeprefix(f'{section}.')}`" for key in keys if key.startswith(f"{section}.")) or "–"
