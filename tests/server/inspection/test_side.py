"""One side of a comparison: what a configuration makes of a recorded request."""

from __future__ import annotations

from typing import Any

import pytest

from core.types import Request
from server.inspection.side import Side, side_now, side_then
from tests.server.inspection.conftest import SECRETS, Desk, reload

BATCH = b"en=page_view\r\nen=purchase&epn.value=200&ep.transaction_id=T-1"


def batch(desk: Desk) -> Request:
    return desk.request("v=2&tid=G-ABC1234567&cid=1.2", BATCH, ip="203.0.113.7")


def sent(side: Side) -> list[tuple[str, int, str]]:
    return [(*place, message.place) for place, message in side.messages.items()]


def test_then_and_now_are_the_same_for_the_same_configuration(desk: Desk) -> None:
    record = desk.met(batch(desk))
    then, now = side_then(record), side_now(record, desk.serving)
    assert then.explanation == now.explanation
    assert (then.client, then.reply.status, len(then.events), then.failed) == ("web", 204, 2, {})
    assert sorted(sent(then)) == [
        ("archive", 0, "events.jsonl"),
        ("archive", 1, "events.jsonl"),
        ("ga4", 0, "https://www.google-analytics.com/g/collect"),
        ("ga4", 1, "https://www.google-analytics.com/g/collect"),
        ("hook", 1, "https://hook.example/orders/T-1"),
    ]
    assert {place for place, verdict in then.verdicts.items() if verdict.payload is None} == {("hook", 0)}


def test_what_is_packed_holds_masks_and_what_is_claimed_needs_the_secret(desk: Desk) -> None:
    record = desk.measurement({"client_id": "1.2", "events": [{"name": "purchase", "params": {"value": 200}}]}, ip="203.0.113.7")
    for side in (side_then(record), side_now(record, desk.serving)):
        assert side.client == "backend"
        written = "".join(
            str(message) + str(message.query) + str(message.headers) + message.body for message in side.messages.values()
        )
        assert not [secret for secret in SECRETS.values() if secret in written]


def test_the_moment_the_ids_and_the_place_are_those_of_then(desk: Desk) -> None:
    record = desk.met(
        Request("r", 1_700_000_000_000_000, "POST", "/g/collect", "v=2&tid=G-ABC1234567&cid=1.2&en=a", entropy=b"e" * 32)
    )
    reload(desk)
    then, now = side_then(record), side_now(record, desk.serving)
    assert then.events[0].event == now.events[0].event
    assert then.messages == now.messages


@pytest.mark.parametrize("tag", ["ga4", "hook", "archive"])
def test_a_tag_that_cannot_pack_harms_no_other(desk: Desk, monkeypatch: pytest.MonkeyPatch, tag: str) -> None:
    record = desk.met(batch(desk))
    reload(desk)

    def broken(*_: Any) -> Any:
        raise KeyError("canary")

    monkeypatch.setattr(type(desk.serving.masked_tags[tag]), "pack", broken)
    now = side_now(record, desk.serving)
    assert now.failed == {tag: "KeyError"}
    assert {name for name, _ in now.messages} == {"ga4", "hook", "archive"} - {tag}


def test_what_nobody_claims_has_no_events_on_either_side(desk: Desk) -> None:
    record = desk.met(desk.request(path="/nowhere", method="GET"))
    for side in (side_then(record), side_now(record, desk.serving)):
        assert (side.client, side.reply.status, side.events, side.messages, side.verdicts) == (None, 400, (), {}, {})
