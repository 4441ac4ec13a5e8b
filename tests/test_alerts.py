"""The alert rules, by the program that Prometheus brings for them: each goes off when it should, and none while all is well."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

FILE = Path(__file__).parent.parent / "docs" / "alerts.yaml"
RULES = [rule["alert"] for group in yaml.safe_load(FILE.read_text(encoding="utf-8"))["groups"] for rule in group["rules"]]
PROMTOOL = shutil.which("promtool") or ""
JOB = 'job="tagyard", instance="a:8081"'
WORKER = f'{JOB}, worker="0"'
AT = f'{WORKER}, tag="ga4", destination="https://v.example"'

Series = Mapping[str, str]
"""By the series its values, one a minute, as promtool writes them: ``0+6x180`` begins at 0 and grows by 6, 180 times."""

WELL: Series = {
    f"up{{{JOB}}}": "1x180",
    f"tagyard_up{{{WORKER}}}": "1x180",
    f"tagyard_health{{{WORKER}}}": "0x60 1x60 0x58",
    f"process_start_time_seconds{{{WORKER}}}": "5x60 6x120",
    f'tagyard_replies_total{{{WORKER}, status="204"}}': "0+600x180",
    f'tagyard_replies_total{{{WORKER}, status="503"}}': "0x180",
    f'tagyard_requests_total{{{WORKER}, client="web", status="204"}}': "0+600x180",
    f"tagyard_unclaimed_requests_total{{{WORKER}}}": "0+6x180",
    f"tagyard_outbox_oldest_timestamp_seconds{{{AT}}}": "0+60x180",
    f"tagyard_breaker_open{{{AT}}}": "0x60 1x5 0x114",
    f"tagyard_destination_paused{{{AT}}}": "0x60 1x5 0x114",
    f'tagyard_dead_letters{{{WORKER}, tag="ga4"}}': "0x180",
    f'tagyard_deliveries_total{{{AT}, outcome="delivered"}}': "0+600x180",
    f'tagyard_deliveries_total{{{AT}, outcome="retried"}}': "0+6x180",
    f'tagyard_refused_sign_ins_total{{{JOB}, reason="wrong"}}': "0+1x180",
    f"tagyard_config_last_reload_successful{{{WORKER}}}": "1x180",
    f'tagyard_refused_preflights_total{{{WORKER}, reason="origin"}}': "0+1x180",
    f'tagyard_connections_closed_total{{{WORKER}, reason="idle"}}': "0+600x180",
}
"""A server with a little of what is ordinary: its destination has failed for some minutes, and it was started again once."""

ILL: Mapping[str, Series] = {
    "TagyardNotScraped": {f"up{{{JOB}}}": "0x180"},
    "TagyardWorkerGone": {f"tagyard_up{{{WORKER}}}": "0x180"},
    "TagyardStartsAgainAndAgain": {f"process_start_time_seconds{{{WORKER}}}": "0+600x180"},
    "TagyardRed": {f"tagyard_health{{{WORKER}}}": "2x180"},
    "TagyardRefuses": {f'tagyard_replies_total{{{WORKER}, status="503"}}': "0+6x180"},
    "TagyardEventsWait": {f"tagyard_outbox_oldest_timestamp_seconds{{{AT}}}": "60x180"},
    "TagyardBreakerOpen": {f"tagyard_breaker_open{{{AT}}}": "1x180"},
    "TagyardDestinationFails": {f'tagyard_deliveries_total{{{AT}, outcome="delivered"}}': "0+600x120 72000x60"},
    "TagyardDestinationPaused": {f"tagyard_destination_paused{{{AT}}}": "1x180"},
    "TagyardDeadLetters": {f'tagyard_dead_letters{{{WORKER}, tag="ga4"}}': "0x120 3x60"},
    "TagyardSignInsRefused": {f'tagyard_refused_sign_ins_total{{{JOB}, reason="wrong"}}': "0+30x180"},
    "TagyardReloadFailed": {f"tagyard_config_last_reload_successful{{{WORKER}}}": "0x180"},
    "TagyardUnclaimed": {f"tagyard_unclaimed_requests_total{{{WORKER}}}": "0+300x180"},
    "TagyardPreflightsRefused": {f'tagyard_refused_preflights_total{{{WORKER}, reason="origin"}}': "0+60x180"},
    "TagyardClosesConnections": {f'tagyard_connections_closed_total{{{WORKER}, reason="tls"}}': "0+60x180"},
    "TagyardAcceptPauses": {f'tagyard_accept_pauses_total{{{WORKER}, reason="no_descriptor"}}': "0+1x180"},
    "TagyardComponentFails": {
        f'tagyard_component_failures_total{{{WORKER}, kind="tag", name="ga4", error="KeyError"}}': "0+1x180"
    },
    "TagyardVisitorsUnknown": {f"tagyard_requests_without_visitor_address_total{{{WORKER}}}": "0+60x180"},
}
"""By the rule, what sets it off and no other, in the place of what is well."""


def of(instance: str, series: Series) -> Series:
    """The same of another instance."""
    return {name.replace('instance="a:8081"', f'instance="{instance}"'): values for name, values in series.items()}


def sets_off(series: Series, *expected: str) -> dict[str, object]:
    """A test of promtool's that exactly these have gone off by the end, each once; told by their labels."""
    samples = [{"labels": f"{{{labels}}}", "value": 1} for labels in expected]
    firing = {"expr": 'count by (alertname, instance) (ALERTS{alertstate="firing"})', "eval_time": "3h", "exp_samples": samples}
    written = [{"series": name, "values": values} for name, values in series.items()]
    return {"interval": "1m", "input_series": written, "promql_expr_test": [firing]}


def test_every_rule_has_something_that_sets_it_off() -> None:
    assert list(ILL) == RULES


@pytest.mark.skipif(not PROMTOOL, reason="this machine has no promtool; on Debian it comes with prometheus")
def test_each_rule_goes_off_by_what_it_is_for_and_none_while_all_is_well(tmp_path: Path) -> None:
    ill = {name: values for rule, series in ILL.items() for name, values in of(rule, {**WELL, **series}).items()}
    each = (f'alertname="{rule}", instance="{rule}"' for rule in RULES)
    tests = [sets_off({**WELL, **ill}, *each), sets_off({}, 'alertname="TagyardNotScraped"')]
    path = tmp_path / "test.yaml"
    path.write_text(yaml.safe_dump({"rule_files": [str(FILE)], "evaluation_interval": "1m", "tests": tests}))
    run = subprocess.run([PROMTOOL, "test", "rules", path], capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
