"""Requests that a worker hands out: which, how many at a time, and what of them is masked before they leave it."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog

from core.types import Geo
from server.inspection.recorded import ALL, LARGEST, MOST, recorded, request_of
from server.observe import Recorder
from tests.server.inspection.conftest import FILE, HIT, NOW, Desk


def handed(desk: Desk, **command: Any) -> Any:
    return desk.ask("recorded", **command)


def only(desk: Desk) -> Any:
    (found,) = handed(desk)["recorded"]
    return found


def test_a_request_is_handed_out_as_it_came(desk: Desk) -> None:
    headers = (("user-agent", "Mozilla"), ("origin", "https://shop.example"))
    record = desk.hit(ip="203.0.113.7", headers=headers, geo=Geo("DE", "BY", "Munich"))
    found = only(desk)
    assert (found["worker"], found["id"], found["at"], found["method"]) == (0, record.request.id, NOW, "POST")
    assert (found["path"], found["query"]) == ("/g/collect", HIT.format(event="page_view"))
    assert (found["ip"], found["geo"], found["body"]) == ("203.0.113.7", ["DE", "BY", "Munich"], "")
    assert found["headers"] == [list(pair) for pair in headers]


def test_it_is_the_same_request_again_but_for_its_randomness(desk: Desk) -> None:
    request = desk.request(HIT.format(event="a"), b'{"a": "\xc3\xa9"}', ip="203.0.113.7", headers=(("user-agent", "x"),))
    desk.met(replace(request, entropy=b"e" * 32))
    assert request_of(only(desk)) == request


def test_the_prefix_under_which_it_came_is_put_back(tmp_path: Path) -> None:
    desk = Desk(tmp_path, f"{FILE}\nserver: {{path_prefix: /metrics}}\n")
    desk.hit()
    assert only(desk)["path"] == "/metrics/g/collect"


def test_the_latest_come_first(desk: Desk) -> None:
    for event in ("first", "second"):
        desk.hit(event)
    assert ["second" in each["query"] for each in handed(desk)["recorded"]] == [True, False]


def test_many_are_handed_out_part_by_part_and_each_of_them_once(desk: Desk) -> None:
    for number in range(20):
        desk.hit(body=b"x" * 20_000, id=f"{number:016x}")
    parts = [handed(desk)]
    while "next" in parts[-1]:
        desk.hit(id=f"later{len(parts):011}")  # what comes meanwhile is not missed by whoever asks next time
        parts.append(handed(desk, **{"from": parts[-1]["next"]}))
    ids = [each["id"] for part in parts for each in part["recorded"]]
    assert ids == [f"{number:016x}" for number in reversed(range(20))]
    assert len(parts) > 2
    assert all(len(json.dumps(part)) < 200_000 for part in parts)


def test_no_more_than_that_are_handed_out(desk: Desk) -> None:
    desk.observer.recorder = Recorder(2 * MOST, 0)
    desk.observer.recorder.look(NOW)
    for _ in range(MOST + 20):
        desk.hit()
    first = recorded(desk.observer.recorder, 0)
    second = recorded(desk.observer.recorder, 0, first["next"])
    assert len(first["recorded"] + second["recorded"]) == MOST
    assert "next" not in second
    few = recorded(desk.observer.recorder, 0, {**ALL, "most": 3})
    assert (len(few["recorded"]), "next" in few) == (3, False)
    small = recorded(desk.observer.recorder, 0, {**ALL, "room": 3000})
    assert 0 < len(small["recorded"]) < 5


@pytest.mark.parametrize(
    "body", [b"x" * (LARGEST + 1), b"\xff\xfe\xfd", b"\x00\xd8" * 10], ids=["large", "no text", "half pairs"]
)
def test_a_body_that_is_too_large_or_no_text_is_left_out(desk: Desk, body: bytes) -> None:
    desk.hit(body=body)
    desk.hit("other")
    assert "other" in only(desk)["query"]


def test_a_compressed_body_is_handed_out_plain(desk: Desk) -> None:
    desk.hit(body=gzip.compress(b'{"a": 1}'), headers=(("content-encoding", "gzip"), ("content-length", "28"), ("x-other", "1")))
    assert (only(desk)["body"], only(desk)["headers"]) == ('{"a": 1}', [["x-other", "1"]])


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("api_secret=canary-mp%2Fsecret%2B1&v=2", "api_secret=***&v=2"),
        ("v=2&api_secret=canary-mp%2Fsecret%2B1", "v=2&api_secret=***"),
        ("api_secret=of-somebody-else&v=2", "api_secret=•••&v=2"),
        ("a=1&API_Secret=of-somebody-else", "a=1&API_Secret=•••"),
        ("access_token=x&gtm_auth=y", "access_token=•••&gtm_auth=•••"),
        ("not_api_secret=stays", "not_api_secret=stays"),
        ("other=canary-hook-password", "other=***"),
    ],
)
def test_a_secret_in_a_query_is_a_mask_and_anothers_is_hidden(desk: Desk, query: str, shown: str) -> None:
    desk.met(desk.request(query, path="/mp/collect"))
    assert only(desk)["query"] == shown


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("authorization", "Bearer canary key & more", "Bearer ***"),
        ("authorization", "Basic of-somebody-else", "•••"),
        ("x-api-key", "of-somebody-else", "•••"),
        ("x-other", "canary-hook-password", "***"),
        ("x-other", "plain", "plain"),
        ("cookie", "_ga=GA1.1.5.6; session=abc; FPID=x", "_ga=GA1.1.5.6; session=•••; FPID=x"),
        ("cookie", "session=canary-hook-password", "session=•••"),
    ],
)
def test_credentials_and_cookies_of_the_site_do_not_leave_the_worker(desk: Desk, name: str, value: str, shown: str) -> None:
    desk.hit(headers=((name, value),))
    assert only(desk)["headers"] == [[name, shown]]


def test_a_secret_in_a_body_is_a_mask(desk: Desk) -> None:
    desk.measurement({"client_id": "1.2", "key": "canary-hook-password", "events": []})
    assert json.loads(only(desk)["body"])["key"] == "***"


def test_whoever_asks_for_them_is_logged_once(desk: Desk) -> None:
    for _ in range(20):
        desk.hit(body=b"x" * 20_000)
    with structlog.testing.capture_logs() as logs:
        first = handed(desk)
        handed(desk, **{"from": first["next"]})
    assert [line["event"] for line in logs] == ["recorded requests are run through a draft by an operator"]
