"""Bodies that nobody could read are shown all the same, and never more of a person than of those that somebody could."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types import Request
from server.inspection.bodies import personal_of, plain, text_of
from server.inspection.present import body
from server.inspection.privacy import HIDDEN, Privacy
from tests.budget.machine import takes_less

NOBODY = Privacy([])
PERSONAL = '"user_data":{"phone":"+491701234567","address":[{"first_name":"Max","street":"Weg 1"}]}'


def shown(raw: bytes, privacy: Privacy = NOBODY) -> str:
    text: str = body(raw, privacy)["body"]
    return text


@pytest.mark.parametrize(
    "raw",
    [
        f'{{{PERSONAL},"client_id":"1.2","value":NaN}}'.encode(),
        f'{{{PERSONAL},"client_id":"1.2","city":"K\xf6ln"}}'.encode("latin-1"),
        f'{{{PERSONAL},"client_id":"1.2",}}'.encode(),
        f'{{{PERSONAL},"client_id":"1.2","events":[{{"name":'.encode(),
        f'{{"client_id":"1.2", {PERSONAL}'.encode(),
        f'{{{PERSONAL},"client_id":"1.2"}} // "x"'.encode(),
        f"{{{PERSONAL},'client_id':'1.2'}}".replace('"', "'").encode(),
        f'{{{PERSONAL},"client_id":"1.2"}}'.encode("utf-16"),
        f'\ufeff{{{PERSONAL},"client_id":"1.2"}}'.encode(),
        f'[{{{PERSONAL},"client_id":"1.2"}}]'.encode(),
        f'{{{PERSONAL},"client_id":"1.2"}}'.replace("user_data", "userData").replace("first_name", "firstName").encode(),
        b'{"client_id":"1.2","userProperties":[{"key":"phone","value":"+491701234567"}]}',
        b'{"client_id":"1.2","events":"[{\\"user_data\\":{\\"address\\":\\"Max, Weg 1\\"}}]"}',
        b'"{\\"client_id\\":\\"1.2\\",\\"user_data\\":{\\"phone\\":\\"+491701234567\\"}}"',
    ],
)
def test_what_tells_of_a_person_is_masked_and_the_rest_is_shown(raw: bytes) -> None:
    text = shown(raw)
    assert not [told for told in ("1701234567", "Max", "Weg") if told in text]
    assert "1.2" in text
    assert HIDDEN in text


def test_whoever_asks_sees_it_as_it_came() -> None:
    raw = f"{{{PERSONAL},}}".encode()
    assert shown(raw, Privacy([], reveal=True)) == raw.decode()


def test_a_credential_is_shown_to_nobody() -> None:
    assert "s3cret" not in shown(b'{"api_secret":"s3cret",}', Privacy([], reveal=True))


def test_a_form_is_shown_as_one() -> None:
    assert body(b"v=1&cid=5", NOBODY)["body_parts"] == [[("v", "1"), ("cid", "5")]]


def test_a_compressed_body_is_shown_as_it_was_before() -> None:
    request = Request("r", 0, "POST", "/mp/collect", "", (("content-encoding", "gzip"),), gzip.compress(b'{"a":1}'))
    assert plain(request) == b'{"a":1}'
    assert plain(Request("r", 0, "POST", "/", "", (("content-encoding", "gzip"),), b"x")) == b"x"


@given(st.binary(max_size=60))
def test_whatever_the_bytes_they_can_be_shown(raw: bytes) -> None:
    shown(raw)
    shown(b"{" + raw)
    text_of(raw)


@pytest.mark.parametrize(
    "raw", [b"{" * 1_000_000, b'{"' + b"\\" * 999_999, b"{'a'" * 250_000, b'{"a":' * 200_000, b"{" + b" " * 999_999]
)
def test_a_hostile_megabyte_takes_no_time_worth_having(raw: bytes) -> None:
    assert takes_less(lambda: shown(raw), 1)


@pytest.mark.parametrize(
    ("query", "body", "events", "found"),
    [
        ("", b"", [], set()),
        ("email=a%40b.example&x=1", b"", [], {"a@b.example"}),
        ("ep.phone=0711-4711", b"", [], {"0711-4711"}),
        ("", b'{"user_data": {"city": "Ulm"}}', [], {"Ulm"}),
        ("", b'[{"email": "a@b.example"}, {"email": "c@d.example"}]', [], {"a@b.example", "c@d.example"}),
        ("", b'["email", 5]', [], set()),
        ("", b'{"email": "a@b.exa', [], set()),
        ("", b"[" * 100_000, [], set()),
        ("", b"", [{"email": "a@b.example"}, {"user_data": {"phone": 4711}}], {"a@b.example", "4711"}),
    ],
)
def test_what_is_personal_is_found_wherever_it_was_sent(
    query: str, body: bytes, events: list[dict[str, Any]], found: set[str]
) -> None:
    assert personal_of(Request("1", 0, "POST", "/", query, body=body), events) == found


def test_an_address_of_the_visitor_is_personal() -> None:
    headers = (("x-forwarded-for", "203.0.113.7, 10.0.0.1"),)
    assert personal_of(Request("1", 0, "GET", "/", headers=headers, ip="2001:db8::1"), []) == {
        "203.0.113.7",
        "10.0.0.1",
        "2001:db8::1",
    }
