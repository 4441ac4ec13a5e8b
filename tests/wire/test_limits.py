"""What one request may hold: real senders never meet a limit, and whoever does is told which."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from clients.ga4 import Ga4, Ga4ClientSettings
from clients.measurement_protocol import MeasurementProtocol, MeasurementProtocolSettings
from clients.universal_analytics import UniversalAnalytics, UniversalAnalyticsSettings
from core.component import Client, Setup
from core.types import Claim, Reply, Request
from wire.limits import MOST_BYTES, MOST_CHARACTERS, MOST_EVENTS, MOST_PARAMETERS, MOST_TEXT, MOST_VALUES, Limit

GTAG: Client = Ga4(Ga4ClientSettings.model_validate({}), Setup())
BACKEND: Client = MeasurementProtocol(MeasurementProtocolSettings.model_validate({}), Setup())
OLD: Client = UniversalAnalytics(UniversalAnalyticsSettings.model_validate({}), Setup())


def claim(client: Client, target: str, body: bytes) -> Claim:
    path, _, query = target.partition("?")
    found = client.claim(Request("r", 1_764_340_311_502_000, "POST", path, query, body=body))
    assert isinstance(found, Claim)
    return found


def hit(body: str, more: str = "") -> Claim:
    return claim(GTAG, f"/g/collect?v=2&tid=G-1&cid=1.2{more}", body.encode())


def old(body: str) -> Claim:
    return claim(OLD, "/batch?v=1&tid=G-1&cid=1.2&t=event", body.encode())


def payload(*events: Any, **shared: Any) -> Claim:
    return claim(BACKEND, "/mp/collect?measurement_id=G-1", orjson.dumps({"client_id": "1.2", **shared, "events": events}))


def event(**params: Any) -> dict[str, Any]:
    return {"name": "a", "params": params}


def numbered(count: int) -> dict[str, Any]:
    return {f"p{at}": at for at in range(count)}


def lines(count: int, line: str) -> str:
    return "\r\n".join([line] * count)


ITEM = "~".join(["idA", "nmB", "pr1", "qt2", *(f"k{slot}a~v{slot}b" for slot in "012345")])

OVER = {
    "a body": (lambda: hit("en=a&ep.x=" + "%41" * (MOST_BYTES // 3)), "TOO_MANY_BYTES"),
    "an old body": (lambda: old("ec=" + "%41" * (MOST_BYTES // 3)), "TOO_MANY_BYTES"),
    "a payload": (lambda: payload(event(x="a" * MOST_TEXT)), "TOO_MANY_BYTES"),
    "lines": (lambda: hit(lines(MOST_EVENTS + 1, "en=a")), "TOO_MANY_EVENTS"),
    "lines that are no hits": (lambda: hit(lines(MOST_EVENTS + 1, "a")), "TOO_MANY_EVENTS"),
    "events": (lambda: payload(*[event()] * (MOST_EVENTS + 1)), "TOO_MANY_EVENTS"),
    "events within a text": (
        lambda: claim(
            BACKEND,
            "/mp/collect?measurement_id=G-1",
            orjson.dumps({"client_id": "1.2", "events": orjson.dumps([event()] * (MOST_EVENTS + 1)).decode()}),
        ),
        "TOO_MANY_EVENTS",
    ),
    "old hits": (lambda: old(lines(21, "ec=a")), "TOO_MANY_EVENTS"),
    "parameters on lines": (lambda: hit(lines(26, "en=a" + "".join(f"&ep.{n}=1" for n in range(99)))), "TOO_MANY_PARAMETERS"),
    "parameters of the URL, for each line": (
        lambda: hit(lines(90, "en=a"), "".join(f"&ep.{n}=1" for n in range(25))),
        "TOO_MANY_PARAMETERS",
    ),
    "parameters of old hits": (lambda: old(lines(20, "&".join(f"cd{n}=1" for n in range(130)))), "TOO_MANY_PARAMETERS"),
    "parameters of events": (lambda: payload(*[event(**numbered(110))] * 25), "TOO_MANY_PARAMETERS"),
    "user properties, for each event": (
        lambda: payload(*[event()] * 90, user_properties={f"p{at}": {"value": 1} for at in range(30)}),
        "TOO_MANY_PARAMETERS",
    ),
    "items": (lambda: hit(lines(2, "en=purchase&" + "&".join(f"pr{n}={ITEM}" for n in range(1, 140)))), "TOO_MANY_VALUES"),
    "items in the URL, for each line": (
        lambda: hit(lines(90, "en=a"), "".join(f"&pr{n}={ITEM}" for n in range(1, 5))),
        "TOO_MANY_VALUES",
    ),
    "items of an event": (lambda: payload(event(items=[numbered(21)] * 200)), "TOO_MANY_VALUES"),
    "user data, for each event": (
        lambda: payload(*[event()] * 25, user_data={"address": [{"city": "a"}] * 100}),
        "TOO_MANY_VALUES",
    ),
    "text": (lambda: hit("en=a&ep.x=" + "a" * MOST_TEXT), "TOO_MUCH_TEXT"),
    "text of the URL, for each line": (lambda: hit(lines(50, "en=a"), "&dl=" + "a" * 10_000), "TOO_MUCH_TEXT_REPEATED"),
    "an id, for each event": (lambda: payload(*[event()] * 50, user_id="a" * 10_000), "TOO_MUCH_TEXT_REPEATED"),
}


@pytest.mark.parametrize(("sent", "code"), OVER.values(), ids=list(OVER))
def test_what_is_over_a_limit_is_refused_with_the_reason_and_counted_by_name(sent: Callable[[], Claim], code: str) -> None:
    found = sent()
    assert isinstance(found.reply, Reply)
    assert (found.reply.status, found.events) == (413, ())
    assert b"more than" in found.reply.body
    assert [each.code for each in found.findings if each.code.startswith("TOO_M")] == [code]


WITHIN = {
    "a full batch of gtag": (lambda: hit(lines(20, "en=a" + "".join(f"&ep.{n}=1" for n in range(40))), "&dl=" + "a" * 2000), 20),
    "200 items of 12 fields, of which 6 are custom": (
        lambda: hit("en=purchase&" + "&".join(f"pr{n}={ITEM}" for n in range(1, 201))),
        1,
    ),
    "a whole post of a browser in Japanese": (lambda: hit("en=purchase&ep.x=" + "%E6%97%A5" * 7_000), 1),
    "25 events of 25 parameters": (lambda: payload(*[event(**numbered(25))] * 25, user_properties={"a": {"value": 1}}), 25),
    "200 items of 20 fields": (lambda: payload(event(items=[numbered(20)] * 200, **numbered(90))), 1),
    "25 purchases of 20 items": (lambda: payload(*[event(items=[numbered(6)] * 20, **numbered(8))] * 25), 25),
    "as much as Google takes": (lambda: payload(event(x="a" * 129_900)), 1),
    "a full batch of old hits": (lambda: old(lines(20, "&".join(f"cd{n}=1" for n in range(90)))), 20),
}


@pytest.mark.parametrize(("sent", "events"), WITHIN.values(), ids=list(WITHIN))
def test_what_real_senders_send_is_within_them(sent: Callable[[], Claim], events: int) -> None:
    assert len(sent().events) == events


def test_the_limits_are_more_than_google_takes() -> None:
    assert MOST_EVENTS >= 4 * 25
    assert MOST_PARAMETERS >= 25 * 25 + 25 * 50
    assert MOST_VALUES >= 200 * 20
    assert MOST_TEXT >= 130_000


def test_the_documentation_names_every_limit() -> None:
    page = Path(__file__).parents[2].joinpath("docs", "troubleshooting.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(TOO_M[A-Z_]+)` \| at most ([^|]+) \|", page, re.MULTILINE))
    limits = (MOST_BYTES, MOST_EVENTS, MOST_PARAMETERS, MOST_VALUES, MOST_TEXT, MOST_CHARACTERS)
    assert list(rows) == [limit.code for limit in Limit]
    assert all(f"{limit:,}" in said for limit, said in zip(limits, rows.values(), strict=True))
