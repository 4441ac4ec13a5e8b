"""How gtag's repeats meet consent, deduplicate and triggers, told by a file's own tests; what explain and check say of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

FIRST = "/g/collect?v=2&tid=G-ABC1234567&cid=1.2&gcs=G100&gcd=13p3p3p3p5l1&en=purchase&_c=1&ep.transaction_id=T-1&richsstsse"
REPEAT = (
    "/g/collect?v=2&tid=G-ABC1234567&cid=1.2&gcs=G111&gcd=13r3r3r3r5l1&gcu=1&en=purchase&_c=1&ep.transaction_id=T-1"
    "&sst.gcut=1.3.4&richsstsse"
)
FILE = """
clients: {ga4: {measurement_ids: [G-ABC1234567]}}
triggers:
  purchases: {event: purchase}
  first_time: {when: "not event.consent_update_repeat"}
RULE
tags:
  ga4: {SETTINGS}
  ads: {type: log, consent: ad_storage}
  orders: {type: log, triggers: first_time}
tests:
  - name: a purchase before the visitor grants, and again
    requests: [{url: "FIRST"}, {url: "REPEAT"}]
    sent: {ga4: COUNT, ads: 1, orders: 1}
    held: {WHY, ads: consent}
"""
RULE = 'deduplicate: {orders: {triggers: purchases, key: "{{ event.transaction_id }}"}}'
SMALL = "clients: {ga4: {measurement_ids: [G-ABC1234567]}}\ntags: {ga4: {}}\n"


def written(**places: str) -> str:
    text = FILE
    for place, value in {**places, "FIRST": FIRST, "REPEAT": REPEAT}.items():
        text = text.replace(place, value)
    return text


@pytest.mark.parametrize(
    ("settings", "rule", "count", "why"),
    [
        ("", "", "1", "ga4: consent_update"),
        ("", RULE, "1", "ga4: consent_update"),
        ("consent_updates: send", "", "2", "orders: trigger"),
        ("consent_updates: send", RULE, "1", "ga4: duplicate"),
        ("consent: analytics_storage, consent_updates: send", RULE, "1", "ga4: consent"),
        ("consent: analytics_storage, consent_updates: skip", RULE, "0", "ga4: consent_update"),
    ],
)
def test_a_tag_that_holds_an_event_back_takes_no_key(
    run: Any, folder: Path, settings: str, rule: str, count: str, why: str
) -> None:
    (folder / "container.yaml").write_text(written(SETTINGS=settings, RULE=rule, COUNT=count, WHY=why))
    result = run("test")
    assert result.exit_code == 0, result.stdout


def test_explain_tells_it(run: Any, folder: Path) -> None:
    (folder / "container.yaml").write_text(SMALL)
    told = run("explain", "--url", REPEAT).stdout
    assert "ga4 held back: gtag has sent this event before, and repeats it after a consent update" in told
    assert "consent_update_repeat" in told


def test_explain_says_the_same_of_a_visitor_every_time(run: Any, folder: Path) -> None:
    (folder / "container.yaml").write_text(SMALL.replace("]}", "], cookies: {mode: server}}"))
    url = "/g/collect?v=2&tid=G-ABC1234567&cid=35009a79-1a05-49d7-b876-2b884d0f825b&en=page_view"
    first, second = (json.loads(run("explain", "--json", "--url", url).stdout) for _ in range(2))
    assert first == second
    assert "FPID=FPID2." in first["reply"]["headers"]["set-cookie"]
    assert not (folder / "data").exists()


@pytest.mark.parametrize(
    ("behind", "cookies", "warns"),
    [
        ("cloud_run", "{mode: server}", True),
        ("cloud_run", '{mode: server, secret: "${COOKIES}"}', False),
        ("cloud_run", "{}", False),
        ("cloudflare", "{mode: server}", False),
    ],
)
def test_check_warns_where_machines_come_and_go(run: Any, folder: Path, behind: str, cookies: str, warns: bool) -> None:
    text = f"server: {{behind: {behind}}}\n{SMALL.replace(']}', f'], cookies: {cookies}}}')}"
    (folder / "container.yaml").write_text(text)
    told = run("check").stdout
    assert ("each instance of Cloud Run makes a secret of its own" in told) is warns
    assert ("clients.ga4.cookies:" in told) is warns


@pytest.mark.parametrize(
    ("url", "cookies", "warns"),
    [
        ("nats://a:4222", "{mode: server}", True),
        ("nats://a:4222", '{mode: server, secret: "${COOKIES}"}', False),
        ("nats://a:4222", "{}", False),
        ("sqlite:data", "{mode: server}", False),
    ],
)
def test_check_warns_where_machines_share_an_outbox_and_no_secret(
    run: Any, folder: Path, url: str, cookies: str, warns: bool
) -> None:
    text = f"outbox: {{url: '{url}'}}\n{SMALL.replace(']}', f'], cookies: {cookies}}}')}"
    (folder / "container.yaml").write_text(text)
    told = run("check").stdout
    assert ("the outbox is shared by several machines, and each makes a secret of its own" in told) is warns
    assert ("container.yaml:2:" in told) is warns


@pytest.mark.parametrize(
    ("settings", "warns"),
    [
        ("consent: analytics_storage", True),
        ("consent: analytics_storage, consent_updates: skip", False),
        ("consent: analytics_storage, consent_updates: send", False),
        ("", False),
    ],
)
def test_check_warns_where_what_consent_held_back_would_never_leave(run: Any, folder: Path, settings: str, warns: bool) -> None:
    (folder / "container.yaml").write_text(SMALL.replace("ga4: {}", f"ga4: {{{settings}}}"))
    assert ("tags.ga4.consent: holds page views and purchases back" in run("check").stdout) is warns
