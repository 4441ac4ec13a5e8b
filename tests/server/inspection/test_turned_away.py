"""What a page is told of requests that no client was asked about: in words, masked, printable and bounded."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.connections import refusals
from server.connections.refusals import Refusal
from server.inspection.advice import ADVICE
from server.inspection.turned_away import LONGEST, NO_REQUESTS, network, refused_line, refused_requests
from server.observe import Counts, Observer, Recorder, RefusedRequest, RefusedRequests
from server.observe.counts import GONE
from server.observe.refused_requests import LONGEST_FIELDS, LONGEST_LINE
from server.public.app import TURNED_AWAY
from server.public.limits import AT_ONCE, RATE
from tests.server.in_force import EMPTY

EVERY = [each for each in vars(refusals).values() if isinstance(each, Refusal)]


def line(head: bytes, peer: str | None = None, ip: str | None = None, secrets: tuple[str, ...] = ()) -> Any:
    first, _, fields = head.partition(b"\r\n")
    kept = RefusedRequest(1, 0, "tls", 400, peer, ip, first[:LONGEST_LINE], fields[:LONGEST_FIELDS], len(head))
    return refused_line(kept, 0, secrets)


def test_every_reason_has_its_words() -> None:
    reasons = {each.reason for each in EVERY} - NO_REQUESTS
    assert set(ADVICE) == reasons | {*TURNED_AWAY.values(), GONE, RATE, AT_ONCE, "not_kept"}
    for refusal in EVERY:
        if refusal.reason in ADVICE:
            assert ADVICE[refusal.reason].status == refusal.status, refusal.reason


def test_a_head_that_can_be_read_is_told_by_its_parts() -> None:
    told = line(
        b"POST /g/collect?v=2&tid=G-ABC1234567&ep.email=jo%40example.com HTTP/1.1\r\nHost: data.example.com\r\n"
        b"Origin: https://www.example.com\r\nUser-Agent: Odd\r\nContent-Length: 2000000\r\nCookie: session=abc; _ga=GA1.1.2.3",
        peer="10.0.0.7",
        ip="203.0.113.9",
    )
    assert (told["method"], told["target"]) == ("POST", "/g/collect?v=2&tid=G-ABC1234567&ep.email=•••")
    assert (told["host"], told["origin"], told["agent"]) == ("data.example.com", "https://www.example.com", "Odd")
    assert (told["address"], told["visitor"], told["announced"]) == ("10.0.0.7", "203.0.113.0/24", "2000000")
    assert told["fields"][-1] == ("Cookie", "session=•••; _ga=GA1.1.2.3")


PEOPLE = {
    "an address in the path": (b"GET /track/203.0.113.9 HTTP/1.1", "203.0.113.9"),
    "a space in the URL": (b"GET /g/collect?dt=a b&email=jo@example.com HTTP/1.1", "jo@"),
    "a cookie": (b"GET / HTTP/1.1\r\nCookie: session=verysecret", "verysecret"),
    "a cookie with a space before its colon": (b"GET / HTTP/1.1\r\nCookie : session=verysecret", "verysecret"),
    "a cookie that is folded": (b"GET / HTTP/1.1\r\nCookie: a=b;\r\n session=verysecret", "verysecret"),
    "a cookie in the place of the first line": (b"Cookie: session=verysecret\r\nHost: a", "verysecret"),
    "a cookie after bare line feeds": (b"GET / HTTP/1.1\nHost: a\nCookie: session=verysecret\n\n", "verysecret"),
    "a credential": (b"GET / HTTP/1.1\r\nAuthorization: Basic dmVyeTpzZWNyZXQ=", "dmVyeTpz"),
    "a credential with a NUL in its name": (b"GET / HTTP/1.1\r\nAuthorization\0: Basic dmVyeTpzZWNyZXQ=", "dmVyeTpz"),
    "the visitor's address": (b"GET / HTTP/1.1\r\nX-Forwarded-For: 203.0.113.9\r\nX-Odd: by 203.0.113.9", "203.0.113.9"),
    "a secret of the file": (b"POST /mp/collect?token=canary-secret HTTP/1.1\r\nX: canary-secret", "canary"),
    "who asks by whose name": (b"GET http://me:verysecret@host/ HTTP/1.1", "verysecret"),
}


@pytest.mark.parametrize("name", PEOPLE)
def test_people_and_secrets_are_masked_also_where_the_head_is_broken(name: str) -> None:
    head, hidden = PEOPLE[name]
    told = line(head, "203.0.113.9", "203.0.113.9", ("canary-secret",))
    assert hidden not in json.dumps(told, ensure_ascii=False)
    assert told["target"] or told["fields"]


def test_a_parameter_that_was_cut_is_left_out_since_it_could_not_be_told_for_whose_it_is() -> None:
    told = line(b"GET /g/collect?v=2&em=" + b"x" * (LONGEST_LINE - 30) + b"jo@example.com HTTP/1.1")
    assert told["target"] == "/g/collect?v=2&…"


def test_bytes_that_are_no_text_are_written_out() -> None:
    told = line(b"\x16\x03\x01\xff\x1b[31m")
    assert (told["method"], told["target"]) == ("", "\\x16\\x03\\x01\\xff\\x1b[31m")
    assert "\u202e" not in line("GET /\u202eevil HTTP/1.1".encode())["target"]


@given(st.binary(max_size=3000))
def test_whatever_comes_is_printable_and_short(head: bytes) -> None:
    told = line(head)
    texts = [told["target"], told["method"], told["host"], *(text for pair in told["fields"] for text in pair)]
    assert all(text.isprintable() and len(text) <= LONGEST + 1 for text in texts)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("::ffff:203.0.113.9", "203.0.113.0/24"),
        ("10.1.2.3", "10.1.2.3"),
        ("127.0.0.1", "127.0.0.1"),
        ("unix", "•••"),
        (None, ""),
    ],
)
def test_of_an_address_only_the_network_is_shown(address: str | None, shown: str) -> None:
    assert network(address) == shown


def test_a_worker_tells_the_latest_by_reason_and_the_true_counts() -> None:
    now = iter(range(1, 1_000_000_000, 1_000_000))
    observer = Observer(Counts(), Recorder(5, 0), EMPTY, RefusedRequests(100, lambda: next(now)))
    for number in range(5):
        observer.connection_closed(refusals.TLS, None, b"%d" % number)
    observer.connection_closed(refusals.IDLE, None, None)
    observer.counts.turned_away["full"] += 7
    observer.turned_away.add("full", 503, lambda: b"GET / HTTP/1.1")
    told: Any = refused_requests(observer, 3, {"do": "refused", "limit": 2})
    assert [each["reason"] for each in told["requests"]] == ["full", "tls"]
    assert (told["older"], told["counts"]) == (True, {"full": 7, "tls": 5})
    older: Any = refused_requests(observer, 3, {"reason": "tls", "before": told["requests"][-1]["at"]})
    assert ([each["target"] for each in older["requests"]], older["older"]) == (["3", "2", "1", "0"], False)
    assert {each["worker"] for each in older["requests"]} == {3}
