"""What a vendor said is kept with the row that it did not take."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from clients.ga4 import Ga4 as Ga4Client
from clients.ga4 import Ga4ClientSettings
from core.component import Setup
from core.context import Context
from core.types import Claim, Payload, Request, Response
from server.delivery.answers import LONGEST, Answers
from server.http import TransportError
from server.inspection import is_personal
from server.inspection.privacy import Privacy
from server.outbox.sqlite import OutboxFile
from tags.ga4 import Ga4 as Ga4Tag
from tags.ga4 import Ga4TagSettings

Stage = Any


def answers(*secrets: str) -> Answers:
    return Answers(Privacy(secrets).text, is_personal)


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (b"", ""),
        (b"  \n", ""),
        (b'{"error": "unknown currency"}\n', 'HTTP 400: {"error": "unknown currency"}'),
        (b"\xff\xfe no text", "HTTP 400: �� no text"),
        (b"key s3cr3t-token of a.b@shop.example", "HTTP 400: key *** of •••"),
        (b"not from 203.0.113.7 nor 203%2E0", "HTTP 400: not from ••• nor 203%2E0"),
        (b"x" * 5000, "HTTP 400: " + "x" * (LONGEST - 10)),
    ],
)
def test_it_is_kept_short_and_without_secrets_and_personal_data(body: bytes, kept: str) -> None:
    payload = Payload({"shared": {"_uip": "203.0.113.7", "v": "2"}, "items": [{"email": "abc"}]}, "https://v.example")
    assert answers("s3cr3t-token").of(Response(400, body=body), payload) == kept


def test_what_a_finished_hit_says_of_a_person_is_masked_however_it_is_written() -> None:
    query = "v=2&tid=G-1&cid=1.2&_uip=203.0.113.7&en=x&ep.phone=%2B4917012345&ep.sku=4711-0815"
    request = Request("r", 1, "GET", "/g/collect", query)
    claim = Ga4Client(Ga4ClientSettings(), Setup("web")).claim(request)
    assert isinstance(claim, Claim)
    context = Context(request, "web", claim.events[0], written=claim.written[0])
    payload = Ga4Tag(Ga4TagSettings(), Setup("ga4")).map(claim.events[0], context)
    assert isinstance(payload, Payload)
    body = b"blocked: 203.0.113.7 phone +4917012345 %2B4917012345 sku 4711-0815"
    assert answers().of(Response(400, body=body), payload) == "HTTP 400: blocked: ••• phone ••• ••• sku 4711-0815"


def test_no_answer_is_none() -> None:
    assert answers().of(None, Payload({}, "https://v.example")) == ""


def test_it_is_worked_out_once_for_all_rows_of_a_request() -> None:
    asked: list[str] = []

    def mask(text: str) -> str:
        asked.append(text)
        return text

    kept = Answers(mask, lambda _: False)
    response = Response(500, body=b"busy")
    for _ in range(3):
        assert kept.of(response, Payload({}, "https://v.example")) == "HTTP 500: busy"
    assert asked == ["busy"]


def test_of_two_values_of_which_one_begins_with_the_other_nothing_is_left() -> None:
    payload = Payload({"first_name": "Anna", "last_name": "Anna-Maria Muster"}, "https://v.example")
    response = Response(400, body=b"Anna-Maria Muster and Anna, Anna-Maria%20Muster")
    kept = Answers(lambda text: text, lambda place: place.endswith("name")).of(response, payload)
    assert kept == "HTTP 400: ••• and •••, •••"


def test_half_a_character_in_a_payload_keeps_no_row_from_being_settled() -> None:
    payload = Payload({"user_data": {"first_name": "An\ud800na"}}, "https://v.example")
    assert Answers(lambda text: text, lambda _: True).of(Response(400, body=b"bad name"), payload) == "HTTP 400: bad name"


def test_a_row_has_the_answer_to_its_latest_attempt(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.answers(Response(503, body=b"busy"), TransportError("no route"), Response(400, body=b"bad currency"))
        await stage.accept("a")
        await stage.settled()
        assert stage.stored("state, answer") == [(0, "HTTP 503: busy")]
        await stage.passes(60)
        assert stage.stored("state, answer") == [(0, "")]
        await stage.passes(60)
        assert stage.stored("state, answer") == [(2, "HTTP 400: bad currency")]
        (row,) = (await stage.delivery.operate({"do": "show", "ids": ["0-1"]}))["rows"]
        assert row["answer"] == "HTTP 400: bad currency"

    stage.play(scene)


def test_a_file_of_an_earlier_version_gets_room_for_it_and_is_read_by_that_version_again(tmp_path: Path) -> None:
    OutboxFile.open(tmp_path, 0).shut()
    connection = sqlite3.connect(tmp_path / "outbox-0.db")
    connection.execute("ALTER TABLE rows DROP COLUMN answer")
    connection.close()
    file = OutboxFile.open(tmp_path, 0)
    before = (
        "INSERT INTO rows (id, tag, destination, state, received_at, since, due_at, attempts, event_group, position, client_id,"
        " event_name, body, secrets, once) VALUES (1, 'ga4', 'd', 0, 1, 1, 1, 0, '', 0, '', '', '1', NULL, NULL)"
    )
    file.ask_now(lambda connection: connection.execute(before.replace("'1'", "x'31'")))
    assert file.ask_now(lambda connection: connection.execute("SELECT answer FROM rows").fetchall()) == [("",)]
    file.shut()


def test_what_was_said_is_kept_where_the_vendor_was_not_asked_again(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.answers(Response(503, body=b"busy"))
        await stage.accept("a")
        await stage.settled()
        stage.delivery.use({})
        await stage.passes(3600)
        assert stage.stored("state, answer") == [(2, "HTTP 503: busy")]

    stage.play(scene)


def test_the_same_answer_is_masked_anew_after_a_reload(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.answers(Response(400, body=b"bad key s3cr3t"))
        await stage.accept("a")
        await stage.settled()
        stage.masked = "s3cr3t"
        stage.delivery.use(stage.tags)
        await stage.accept("b")
        await stage.settled()
        assert stage.stored("answer") == [("HTTP 400: bad key s3cr3t",), ("HTTP 400: bad key ***",)]

    stage.play(scene)
