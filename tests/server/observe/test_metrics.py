"""The metrics as Prometheus reads them, by the reader of Prometheus' own library."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from core.container import UNCLAIMED, Container, Run
from core.tagplan import Step
from core.triggers import ALL, always
from core.types import Declined, Delivered, Finding, Payload, Response, Retry
from server.connections.refusals import COOKIES
from server.delivery import Attempt, Suppressed
from server.observe import Counts, Observer, Recorder
from server.observe.exposition import CONTENT_TYPE, exposition
from server.observe.metrics import METRICS
from server.observe.process_metrics import PROCESS_METRICS
from server.outbox.row import Row
from server.system.process import process_figures
from tests.core.tiny import REQUEST, Change, Fixed, client, plan
from tests.server.delivery.conftest import Stage
from tests.server.in_force import EMPTY

NOW = 1_700_000_000_000_000
VENDOR = "https://vendor.example"
AT = {"tag": "ga4", "destination": VENDOR}
PROCESS_NAMES = [metric.name for metric in PROCESS_METRICS]
GONE = {"accepting": False, "colour": "red", "reasons": ["this worker does not answer"]}


def observer(*names: str) -> Observer:
    """One that has seen a little of everything."""
    seen = Observer(Counts(), Recorder(10, 0), EMPTY)
    broken = Fixed()
    broken.claims = RuntimeError()
    finding, about = Finding("client_id", "x", "VALUE_REQUIRED"), Finding("id", "x", "SCRIPT_ID_NOT_LISTED", "AW-1")
    web = client(*({"event_name": name} for name in names), skipped=3, findings=[finding, about])
    shout = Step("shout", Change(lambda event: {**event, "event_name": ""}), counted=True)
    plans = [plan("ga4", steps=[shout]), plan("off", paused=True)]
    record = seen.handled(REQUEST, Container([("old", broken), ("web", web)], plans, {ALL: always}).handle(REQUEST))
    payload = Payload({}, VENDOR, received_at=NOW - 2_000_000)
    seen.suppressed(record, [Suppressed("ga4", payload, NOW)])
    seen.answered(record, 204, 2_000)
    seen.refused(record, "the disk is full")
    declined = (("web", Declined("the path is not /g/collect", "path")),)
    seen.answered(seen.handled(REQUEST, Run(None, UNCLAIMED, declined=declined, outside=Declined("x", "path_prefix"))), 400, 300)
    seen.counts.probes["root"] += 2
    seen.counts.sent_once_more["ga4"] += 1
    seen.counts.remembered["web", "consent"] += 5
    seen.counts.turned_away["too_large"] += 1
    seen.counts.pages.preflights["origin"] += 3
    seen.counts.pages.unreadable_replies += 4
    for status in (204, 400, 503):
        seen.counts.reply(status)
    seen.connection_closed(COOKIES, None, None)
    row = Row(1, "ga4", payload, payload.received_at)
    seen.attempted(Attempt("ga4", VENDOR, [row], NOW, 30_000, Response(204), Delivered()))
    seen.attempted(Attempt("ga4", VENDOR, [row], NOW, 30_000, None, Retry("no answer")))
    return seen


def worker(number: int = 0, *names: str, **health: Any) -> dict[str, Any]:
    """What a worker tells."""
    destination = {**AT, "pending": 7, "oldest": NOW, "paused_until": None, "breaker": "closed", "last_error": "", "lacks": ""}
    return {
        "worker": number,
        "accepting": True,
        "colour": "amber",
        "reasons": [],
        "damaged_files": 1,
        "outbox_bytes": 4096,
        "dead_letters": {"ga4": 2},
        "dead_letters_removed": {"ga4": 6},
        "not_chosen": {"ga4": 4},
        "notes": {"ga4": {"late by /g/collect: the tag has no api_secret": 5}},
        "destinations": [destination],
        "connections": {"open": 6, "most": 4096},
        "accept_pauses": {"no_descriptor": 8},
        "scripts": [
            {"url": "https://x.example/a", "age": 5, "fresh": True, "bytes": 100, "failure": None},
            {"url": "https://x.example/b", "age": 9, "fresh": False, "bytes": 20, "failure": "HTTP 500"},
            {"url": "https://x.example/c", "age": 9, "fresh": False, "bytes": 0, "failure": "Google has no such file"},
        ],
        "unknown_hosts": [["evil.example", 3], ["(other)", 4]],
        "passed_on": [["gateway_ads", "passed_on", 2]],
        "refused_sign_ins": [["wrong", 3]],
        "log_lines_dropped": 4,
        "supervisor_log_lines_dropped": 2,
        "geo_built": 1_764_340_311,
        "configuration": {"0123456789ab": 1},
        "process": dict.fromkeys(PROCESS_NAMES, number + 1.5),
        "supervisor_process": dict.fromkeys(PROCESS_NAMES, 0.25),
        "reload": {"successful": 0, "success_at": 1_764_340_300.5},
        **observer(*names or ("page_view", "page_view", "purchase")).snapshot(),
        **health,
    }


def read(*workers: Mapping[str, Any]) -> dict[str, dict[frozenset[tuple[str, str]], float]]:
    """Samples by name and labels."""
    found: dict[str, dict[frozenset[tuple[str, str]], float]] = {}
    for family in text_string_to_metric_families(exposition(workers).decode()):
        for sample in family.samples:
            values = found.setdefault(sample.name, {})
            key = frozenset(sample.labels.items())
            assert key not in values, "no sample is told twice"
            values[key] = sample.value
    return found


def labels(**values: str) -> frozenset[tuple[str, str]]:
    return frozenset(values.items())


@pytest.mark.parametrize(
    ("name", "of", "expected"),
    [
        ("tagyard_up", {}, 1),
        ("tagyard_accepting", {}, 1),
        ("tagyard_health", {}, 1),
        ("tagyard_replies_total", {"status": "503"}, 1),
        ("tagyard_requests_total", {"client": "web", "status": "204"}, 1),
        ("tagyard_requests_total", {"client": "(none)", "status": "400"}, 1),
        ("tagyard_unclaimed_requests_total", {}, 1),
        ("tagyard_unclaimed_reasons_total", {"client": "web", "reason": "path"}, 1),
        ("tagyard_unclaimed_reasons_total", {"client": "(none)", "reason": "path_prefix"}, 1),
        ("tagyard_probes_total", {"kind": "root"}, 2),
        ("tagyard_turned_away_requests_total", {"reason": "too_large"}, 1),
        ("tagyard_refused_preflights_total", {"reason": "origin"}, 3),
        ("tagyard_unreadable_replies_total", {}, 4),
        ("tagyard_refused_requests_total", {}, 1),
        ("tagyard_connections_closed_total", {"reason": "large_cookies"}, 1),
        ("tagyard_open_connections", {}, 6),
        ("tagyard_accept_pauses_total", {"reason": "no_descriptor"}, 8),
        ("tagyard_requests_without_visitor_address_total", {}, 0),
        ("tagyard_reply_seconds_bucket", {"le": "0.00025"}, 0),
        ("tagyard_reply_seconds_bucket", {"le": "0.0005"}, 1),
        ("tagyard_reply_seconds_bucket", {"le": "0.0025"}, 2),
        ("tagyard_reply_seconds_bucket", {"le": "+Inf"}, 2),
        ("tagyard_reply_seconds_count", {}, 2),
        ("tagyard_reply_seconds_sum", {}, 0.0023),
        ("tagyard_events_total", {"event_name": "page_view"}, 2),
        ("tagyard_skipped_events_total", {}, 3),
        ("tagyard_tags_fired_total", {"tag": "ga4"}, 3),
        ("tagyard_tags_held_total", {"tag": "off", "reason": "paused"}, 3),
        ("tagyard_component_failures_total", {"kind": "client", "name": "old", "error": "RuntimeError"}, 1),
        ("tagyard_findings_total", {"code": "VALUE_REQUIRED"}, 1),
        ("tagyard_redacted_parameters_total", {"transformation": "shout", "parameter": "event_name"}, 3),
        ("tagyard_finding_subjects_total", {"code": "SCRIPT_ID_NOT_LISTED", "subject": "AW-1"}, 1),
        ("tagyard_duplicates_total", {"tag": "ga4"}, 1),
        ("tagyard_sent_once_more_total", {"tag": "ga4"}, 1),
        ("tagyard_not_chosen_total", {"tag": "ga4"}, 4),
        ("tagyard_deliveries_total", {**AT, "outcome": "delivered"}, 1),
        ("tagyard_deliveries_total", {**AT, "outcome": "retried"}, 1),
        ("tagyard_delivery_attempts_total", {**AT, "status": "204"}, 1),
        ("tagyard_delivery_attempts_total", {**AT, "status": "none"}, 1),
        ("tagyard_delivery_attempt_seconds_bucket", {**AT, "le": "0.025"}, 0),
        ("tagyard_delivery_attempt_seconds_bucket", {**AT, "le": "0.05"}, 2),
        ("tagyard_delivery_age_seconds_count", AT, 1),
        ("tagyard_delivery_age_seconds_sum", AT, 2.03),
        ("tagyard_delivery_age_seconds_bucket", {**AT, "le": "259200"}, 1),
        ("tagyard_delivery_notes_total", {"tag": "ga4", "note": "late by /g/collect: the tag has no api_secret"}, 5),
        ("tagyard_outbox_rows", AT, 7),
        ("tagyard_outbox_oldest_timestamp_seconds", AT, 1_700_000_000),
        ("tagyard_breaker_open", AT, 0),
        ("tagyard_destination_paused", AT, 0),
        ("tagyard_destination_left_to_others", AT, 0),
        ("tagyard_dead_letters", {"tag": "ga4"}, 2),
        ("tagyard_dead_letters_removed_total", {"tag": "ga4"}, 6),
        ("tagyard_script_cache_files", {}, 2),
        ("tagyard_script_cache_bytes", {}, 120),
        ("tagyard_script_cache_stale_files", {}, 1),
        ("tagyard_script_cache_failing_files", {}, 1),
        ("tagyard_script_unknown_host_requests_total", {}, 7),
        ("tagyard_google_requests_total", {"path": "gateway_ads", "outcome": "passed_on"}, 2),
        ("tagyard_config_info", {"configuration": "0123456789ab"}, 1),
        ("process_cpu_seconds_total", {}, 1.5),
        ("process_resident_memory_bytes", {}, 1.5),
        ("tagyard_recorded_requests", {}, 2),
        ("tagyard_recorded_bytes", {}, 1044),
    ],
)
def test_each_figure_comes_out_under_its_name(name: str, of: dict[str, str], expected: float) -> None:
    assert read(worker())[name][labels(worker="0", **of)] == expected


def test_every_metric_is_told_with_its_help_and_its_kind() -> None:
    families = {family.name: family for family in text_string_to_metric_families(exposition([worker()]).decode())}
    assert set(families) == {metric.name.removesuffix("_total") for metric in METRICS}
    for metric in METRICS:
        family = families[metric.name.removesuffix("_total")]
        assert family.documentation == metric.help
        assert family.type == ("histogram" if metric.bounds else "counter" if metric.name.endswith("_total") else "gauge")
        assert family.samples, "this worker has something to tell of everything"
        for sample in family.samples:
            assert set(sample.labels) - {"le"} == set(metric.all_labels)


def test_all_workers_are_told_apart() -> None:
    found = read(worker(0, "a"), worker(1, "a", "a"))
    assert found["tagyard_events_total"] == {
        labels(worker="0", event_name="a"): 1,
        labels(worker="1", event_name="a"): 2,
    }


def test_what_every_worker_tells_of_the_whole_is_told_once() -> None:
    found = read(worker(0, outbox_bytes=100), worker(1, outbox_bytes=300), worker(2, outbox_bytes=200))
    assert found["tagyard_outbox_bytes"] == {frozenset(): 300}
    ((build, one),) = found["tagyard_build_info"].items()
    assert (set(dict(build)), one) == ({"version", "commit", "python"}, 1)


def test_each_process_tells_what_it_takes_and_the_supervisor_once() -> None:
    found = read(worker(0), worker(1), {**GONE, "supervisor_process": {"process_open_fds": 0.25}})
    told = {labels(worker="0"): 1.5, labels(worker="1"): 2.5, labels(worker="supervisor"): 0.25}
    assert {name: found[name] for name in PROCESS_NAMES} == dict.fromkeys(PROCESS_NAMES, told)


def test_this_process_tells_figures_of_every_metric_of_processes() -> None:
    figures = process_figures()
    assert sorted(figures) == sorted(PROCESS_NAMES)
    assert figures["process_max_fds"] >= figures["process_open_fds"] > 2
    assert figures["process_resident_memory_bytes"] > 1 << 20


def test_a_system_that_tells_nothing_of_processes_has_no_such_samples() -> None:
    assert not {*read(worker(process={}, supervisor_process={}))} & {*PROCESS_NAMES}


def test_rows_that_workers_share_are_told_by_the_one_that_reports_them() -> None:
    found = read(worker(0, reports=False), worker(1, reports=True), worker(2, reports=False))
    for name in ("tagyard_outbox_rows", "tagyard_outbox_oldest_timestamp_seconds", "tagyard_dead_letters"):
        assert [dict(each)["worker"] for each in found[name]] == ["1"]
    assert len(found["tagyard_dead_letters_removed_total"]) == 3, "each tells what it has removed itself"
    assert len(found["tagyard_breaker_open"]) == 3


def test_a_worker_that_does_not_answer_is_down_and_red_and_the_others_count() -> None:
    found = read(worker(0), GONE)
    assert found["tagyard_up"] == {labels(worker="0"): 1, labels(worker="1"): 0}
    assert found["tagyard_health"][labels(worker="1")] == 2
    assert found["tagyard_accepting"][labels(worker="1")] == 0
    assert list(found["tagyard_unclaimed_requests_total"]) == [labels(worker="0")]


def test_a_dry_run_has_no_outbox() -> None:
    dry = {"worker": 0, "accepting": True, "colour": "green", "reasons": [], "scripts": [], **observer("a").snapshot()}
    found = read(dry)
    assert found["tagyard_up"] == {labels(worker="0"): 1}
    assert "tagyard_outbox_bytes" not in found


def test_nothing_that_waits_has_no_oldest() -> None:
    idle = {**AT, "pending": 0, "oldest": None, "paused_until": None, "breaker": "closed", "lacks": ""}
    assert "tagyard_outbox_oldest_timestamp_seconds" not in read(worker(destinations=[idle]))


@pytest.mark.parametrize(("state", "open"), [("closed", 0), ("ramping", 0), ("open", 1), ("testing", 1)])
def test_a_breaker_is_open_while_it_keeps_requests_back(state: str, open: int) -> None:
    ill = {**AT, "pending": 0, "oldest": None, "paused_until": NOW, "breaker": state, "lacks": "the environment has no KEY"}
    found = read(worker(destinations=[ill]))
    assert found["tagyard_breaker_open"] == {labels(worker="0", **AT): open}
    assert found["tagyard_destination_paused"] == {labels(worker="0", **AT): 1}
    assert found["tagyard_destination_left_to_others"] == {labels(worker="0", **AT): 1}


@pytest.mark.parametrize("name", ['a"} 1\ntagyard_up 0', "back\\slash\\n", "ünï 🦊", "a\u2028b\r\n"])
def test_a_visitors_event_name_cannot_forge_a_line(name: str) -> None:
    found = read(worker(0, name))
    assert found["tagyard_up"] == {labels(worker="0"): 1}
    assert len(found["tagyard_events_total"]) == 1


def test_no_address_of_a_visitor_is_told() -> None:
    text = exposition([worker(0, "jo@example.com")]).decode()
    assert "(masked)" in text
    assert "jo@" not in text


def test_the_text_is_what_the_content_type_says() -> None:
    assert CONTENT_TYPE.startswith("text/plain; version=")
    assert exposition([]).decode().endswith("\n")


def test_what_a_delivery_tells_of_its_health_is_understood(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        stage.answers(Response(400), Response(503))
        await stage.accept("a", "b")
        await stage.settled()
        await stage.accept("c")
        await stage.settled()
        found = read({"worker": 0, **stage.delivery.health()})
        assert found["tagyard_outbox_rows"][labels(worker="0", **AT)] == 3
        assert set(found) >= {"tagyard_breaker_open", "tagyard_destination_paused", "tagyard_outbox_bytes", "tagyard_accepting"}

    Stage(tmp_path).play(scene)
