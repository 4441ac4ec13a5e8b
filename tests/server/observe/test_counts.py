"""The numbers a worker keeps."""

from __future__ import annotations

import json

from core.container import Container
from core.triggers import ALL, always
from core.types import Finding
from server.observe import Counts
from tests.core.tiny import REQUEST, Fixed, client, plan

MISSING = Finding("client_id", "Measurement requires a client_id.", "VALUE_REQUIRED")


def container(*clients: Fixed) -> Container:
    plans = [plan("ga4"), plan("off", paused=True), plan("ads", consent="ad_storage")]
    return Container([(f"c{at}", each) for at, each in enumerate(clients)], plans, {ALL: always})


def test_everything_that_happens_is_counted() -> None:
    counts = Counts()
    broken, nobody = Fixed(), Fixed()
    broken.claims, nobody.claims = RuntimeError("visitor@example.com"), None
    for _ in range(2):
        found = client({"event_name": "a"}, {"event_name": "b"}, skipped=1, findings=[MISSING])
        counts.run(container(broken, found).handle(REQUEST))
    counts.run(container(nobody).handle(REQUEST))
    for status in (204, 400, 204):
        counts.reply(status)
    assert counts.as_json() == {
        "replies": {"204": 2, "400": 1},
        "claimed": {"c1": 2},
        "unclaimed": 1,
        "skipped_events": 2,
        "without_visitor_address": 0,
        "events": {"a": 2, "b": 2},
        "fired": {"ga4": 4},
        "held": {"ads: consent": 4, "off: paused": 4},
        "findings": {"VALUE_REQUIRED": 2},
        "refused": 0,
        "suppressed": {},
        "failures": {"c0: RuntimeError": 2},
    }


def test_the_numbers_can_be_written_as_json() -> None:
    counts = Counts()
    assert json.loads(json.dumps(counts.as_json())) == {
        "replies": {},
        "claimed": {},
        "unclaimed": 0,
        "skipped_events": 0,
        "without_visitor_address": 0,
        "events": {},
        "fired": {},
        "held": {},
        "findings": {},
        "refused": 0,
        "suppressed": {},
        "failures": {},
    }
