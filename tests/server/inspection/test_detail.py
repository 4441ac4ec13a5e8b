"""Everything about one request."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from core.types import HeldBack, Request
from server.explain.readers import of_url, recorded
from server.inspection.detail import detail
from server.inspection.look import Look
from server.observe import Record
from tests.hits.captured import hits
from tests.server.inspection.conftest import HIT, NOW, Desk

EXAMPLES = Path("config/examples")
HITS = hits()
VISITOR = "203.0.113.77"


def of_example(folder: Path, name: str) -> Desk:
    """The example, whose clients claim every id."""
    (folder / "margins.csv").write_bytes((EXAMPLES / "margins.csv").read_bytes())
    text = re.sub(r"measurement_ids: (\[[^\]]*\]|\S+)", "measurement_ids: []", (EXAMPLES / f"{name}.yaml").read_text())
    return Desk(folder, text, {})


def agrees(shown: Any, record: Record) -> None:
    """The page and the run tell the same."""
    assert [event["name"] for event in shown["events"]] == [each.event["event_name"] for each in record.run.events]
    for event, run in zip(shown["events"], record.run.events, strict=True):
        told = [(tag["tag"], tag["fired"], tag["held"], tag["why"]) for tag in event["tags"]]
        assert told == [(each.tag, each.payload is not None, each.held, each.why) for each in run.verdicts]
        assert all((tag["state"] == "held") == (not tag["fired"]) for tag in event["tags"])
    assert next((each["name"] for each in shown["clients"] if each["asked"] == "claimed"), None) == record.run.client
    carried = sorted((message["tag"], number) for message in shown["outgoing"] for number in message["events"])
    assert carried == sorted((tag, payload.position + 1) for tag, payload in record.run.deliveries())
    assert shown["reply"]["status"] == record.status


@pytest.mark.parametrize("example", ["full", "consent_eu", "ga4", "servers_and_apps", "quickstart"])
def test_every_captured_hit_is_explained_in_agreement_with_its_run(tmp_path: Path, example: str) -> None:
    desk = of_example(tmp_path, example)
    claimed = 0
    for number, hit in enumerate(HITS[::3]):
        record = desk.met(recorded(hit).request(f"{number:016x}", NOW, VISITOR))
        claimed += record.run.client is not None
        for reveal in (False, True):
            shown = detail(Look(record, 0, reveal))
            text = json.dumps(shown, allow_nan=False)
            agrees(json.loads(text), record)
            assert reveal or VISITOR not in text
    assert claimed


def test_a_claimed_request_is_told_from_its_headers_to_its_reply(desk: Desk) -> None:
    headers = (("user-agent", "Firefox"), ("x-forwarded-for", VISITOR), ("cookie", "_ga=GA1.1.1.2; session=s"), ("x-ip", VISITOR))
    record = desk.hit("purchase", extra=f"&ep.user_email=a%40b.example&ep.ip={VISITOR}", headers=headers, ip=VISITOR)
    shown = desk.detail(record)
    assert shown["at"] == "2025-11-28 14:31:51.502 UTC"
    assert (shown["took"], shown["revealed"], shown["tried"], shown["worker"]) == ("3.2 ms", False, False, 0)
    assert shown["summary"] == "Claimed by web; 1 event; 3 of 3 tags fired."
    incoming = shown["incoming"]
    assert incoming["headers"] == [
        ["user-agent", "Firefox"],
        ["x-forwarded-for", "•••"],
        ["cookie", "_ga=GA1.1.1.2; session=•••"],
        ["x-ip", "•••"],
    ]
    assert incoming["ip"] == "•••"
    assert ["ep.ip", "•••"] in incoming["query"]
    assert ["dt", "Red shoes"] in incoming["query"]
    assert incoming["url"].startswith("/g/collect?v=2&tid=G-ABC1234567&")
    text = json.dumps(shown)
    assert VISITOR not in text
    assert "b.example" not in text
    assert shown["clients"] == [
        {"name": "web", "type": "ga4", "asked": "claimed", "words": "claimed"},
        {"name": "backend", "type": "measurement_protocol", "asked": "not asked", "words": "not asked"},
    ]


def test_revealed_it_shows_everything_but_secrets(desk: Desk) -> None:
    body = {"client_id": "1.2", "events": [{"name": "purchase"}], "user_data": {"email_address": "a@b.example"}}
    record = desk.measurement(body, headers=(("cookie", "session=s3ss"), ("x-real-ip", VISITOR)), ip=VISITOR)
    hidden, revealed = json.dumps(desk.detail(record)), json.dumps(desk.detail(record, reveal=True))
    for personal in ("a@b.example", "s3ss", VISITOR):
        assert personal not in hidden
        assert personal in revealed
    for text in (hidden, revealed):
        assert "canary" not in text
        assert "***" in text


def test_every_condition_is_told_with_what_it_looked_at(desk: Desk) -> None:
    (event,) = desk.detail(desk.hit("purchase", ip=VISITOR))["events"]
    hook = next(tag for tag in event["tags"] if tag["tag"] == "hook")
    (trigger,) = hook["triggers"]
    assert (trigger["name"], trigger["matched"], trigger["decided"]) == ("purchases", True, True)
    sources = {part["source"]: part for part in trigger["parts"]}
    assert sources["event.value > 100"]["values"] == [{"source": "event.value", "value": {"text": "120", "kind": "number"}}]
    seen = json.dumps(trigger, ensure_ascii=False)
    assert "•••" in seen
    assert VISITOR not in seen
    (step,) = [step for step in hook["steps"] if step["changes"]]
    assert step["name"] == "margin"
    (change,) = step["changes"]
    assert (change["path"], change["before"]["kind"], change["after"]) == (
        "margin",
        "undefined",
        {"text": "60.0", "kind": "number"},
    )


def test_a_tag_that_was_held_says_by_what(desk: Desk) -> None:
    (event,) = desk.detail(desk.hit("page_view"))["events"]
    hook = next(tag for tag in event["tags"] if tag["tag"] == "hook")
    assert (hook["fired"], hook["held"], hook["state"], hook["steps"]) == (False, HeldBack.TRIGGER, "held", [])
    assert (hook["type"], hook["paused"], hook["note"]) == ("http_request", False, None)


def test_an_unclaimed_request_has_its_reply_and_no_events(desk: Desk) -> None:
    shown = desk.detail(desk.met(desk.request(path="/nowhere", method="GET")))
    assert (shown["summary"], shown["state"], shown["events"], shown["outgoing"]) == ("No client claims it.", "unclaimed", [], [])
    assert [each["asked"] for each in shown["clients"]] == ["passed", "passed"]
    assert shown["reply"] == {
        "status": 400,
        "headers": [["content-type", "text/plain; charset=utf-8"], ["vary", "Origin"]],
        "body": "no client claims this request\n",
    }


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/gtm.js", "id=GTM-ABC123&gtm_auth=canary&gtm_preview=env-1"),
        ("/gtm.js", "id=GTM-OTHER&gtm_auth=canary&em=canary"),
        ("/ccm/collect", "tid=GTM-ABC123&em=canary&phone=canary"),
    ],
)
def test_where_a_script_comes_from_is_shown_without_what_is_masked_in_its_query(path: str, query: str, tmp_path: Path) -> None:
    text = "clients: {scripts: {type: google_scripts, ids: GTM-ABC123, google_paths: forward}}\ntags: {log: {}}\n"
    desk = Desk(tmp_path, text, {})
    shown = desk.detail(desk.met(desk.request(query, path=path, method="GET")))
    assert "canary" not in json.dumps(shown)
    assert path in json.dumps(shown["reply"])


def test_a_request_is_explained_by_the_configuration_that_it_met(desk: Desk, tmp_path: Path) -> None:
    record = desk.hit("purchase", ip=VISITOR)
    (tmp_path / "new").mkdir()
    desk.serving = Desk(tmp_path / "new", "clients: {other: {type: ga4}}\ntags: {log: {}}\n", {}).serving
    agrees(desk.detail(record), record)


HOSTILE = [
    b"[" * 100_000,
    b'{"events":' * 400 + b"1" + b"}" * 400,
    b'{"client_id":"1.2","events":[{"name":"\\ud800","params":{"\\udfff":"\\ud83d"}}]}',
    b'{"user_data":{' + b",".join(b'"k%d":"personal value %d"' % (n, n) for n in range(5000)) + b"}}",
    b'{"n":NaN,"i":Infinity,"e":1e999,"events":[{"name":"a","params":{"x":NaN}}]}',
    b"\xff\xfe\x00=\x80&%ZZ&=&&;\r\n\r\n\x00",
    b"en=" + b"a" * 50_000,
    b"",
]


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("path", ["/g/collect", "/mp/collect"])
def test_whatever_a_request_holds_can_be_shown(desk: Desk, path: str, body: bytes) -> None:
    query = f"{HIT.format(event='e')}&measurement_id=G-ABC1234567&api_secret=canary-mp%2Fsecret%2B1&x=%ff%00%uD800"
    headers = (("x-a", "\xff\xfe"), ("cookie", "=;;a;\xff=b; =c"), ("x-forwarded-for", ",,;=:::."))
    record = desk.met(desk.request(query, body, path=path, headers=headers))
    for reveal in (False, True):
        text = json.dumps(detail(Look(record, 0, reveal)), allow_nan=False, ensure_ascii=False)
        text.encode()
        assert "canary" not in text


LARGE: dict[str, bytes] = {
    "ampersands": b"en=a" + b"&" * (1 << 20),
    "fields": b"en=a&" + b"&".join(b"ep.k%d=%%40" % number for number in range(60_000)),
    "lines": b"en=a\r\n" * 100_000,
    "letters": b"en=" + b"a" * (1 << 20),
    "user data": b'{"user_data":{' + b",".join(b'"k%d":"value number %d"' % (n, n) for n in range(20_000)) + b"}}",
}


@pytest.mark.parametrize("body", LARGE.values(), ids=LARGE)
@pytest.mark.parametrize("path", ["/g/collect", "/mp/collect"])
def test_a_request_that_is_made_to_keep_a_worker_busy_does_not(desk: Desk, path: str, body: bytes) -> None:
    record = desk.met(desk.request("v=2&tid=G-ABC1234567&cid=1.2&measurement_id=G-ABC1234567", body, path=path))
    began = time.process_time()
    detail(Look(record, 0))
    assert time.process_time() - began < 5


def test_a_hit_from_the_command_line_can_be_shown(desk: Desk) -> None:
    request: Request = of_url("https://t.example/g/collect?" + HIT.format(event="a"), "GET", b"").request("x", NOW, None)
    assert desk.detail(desk.met(request))["incoming"]["ip"] is None
