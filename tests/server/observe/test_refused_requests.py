"""The ring of requests that no client was asked about: bounded, fair by reason, cheap in a flood."""

from __future__ import annotations

from itertools import count

from core.types import Request
from server.connections.refusals import COOKIES, IDLE, TLS
from server.observe import Counts, Observer, Recorder, RefusedRequests
from server.observe.refused_requests import LONGEST_FIELDS, LONGEST_LINE, MOST, MOST_OF_A_SECOND
from tests.server.in_force import EMPTY

HEAD = b"GET /g/collect?v=2 HTTP/1.1\r\nHost: data.example.com\r\nUser-Agent: probe"
SECOND = 1_000_000


def ring(limit: int = MOST, pace: int = SECOND) -> RefusedRequests:
    """One whose every look at the clock is so many microseconds later."""
    ticks = count(SECOND, pace)
    return RefusedRequests(limit, lambda: next(ticks))


def test_of_each_is_kept_how_it_began_and_how_long_it_was() -> None:
    kept = ring()
    kept.add("too_large", 413, lambda: HEAD, peer="10.0.0.1", ip="203.0.113.9")
    (only,) = kept.latest()
    assert (only.reason, only.status, only.peer, only.ip) == ("too_large", 413, "10.0.0.1", "203.0.113.9")
    assert only.line == b"GET /g/collect?v=2 HTTP/1.1"
    assert only.fields == b"Host: data.example.com\r\nUser-Agent: probe"
    assert only.size == len(HEAD)


def test_a_large_head_is_cut() -> None:
    kept = ring()
    kept.add("large_cookies", 431, lambda: b"GET /" + b"a" * 9000 + b"\r\nCookie: " + b"x" * 90_000)
    (only,) = kept.latest()
    assert (len(only.line), len(only.fields)) == (LONGEST_LINE, LONGEST_FIELDS)
    assert only.size > 99_000


def test_the_latest_come_first_and_the_oldest_go() -> None:
    kept = ring(limit=3)
    for number in range(5):
        kept.add("tls", 400, lambda number=number: b"%d" % number)  # type: ignore[misc]  # mypy infers no default's type
    assert [each.line for each in kept.latest()] == [b"4", b"3", b"2"]


def test_a_flood_of_one_reason_pushes_out_no_other() -> None:
    kept = ring()
    kept.add("tls", 400, lambda: b"the only one")
    for _ in range(20 * MOST):
        kept.add("full", 503, lambda: HEAD)
    kept.add("no_host", 400, lambda: b"the newest")
    reasons = [each.reason for each in kept.latest()]
    assert len(reasons) == MOST
    assert (reasons[0], reasons[-1], reasons.count("full")) == ("no_host", "tls", MOST - 2)


def test_of_one_second_and_reason_only_a_few_are_looked_at() -> None:
    asked: list[int] = []
    kept = ring(pace=1)

    def head() -> bytes:
        asked.append(1)
        return HEAD

    for _ in range(1000):
        kept.add("full", 503, head)
    kept.add("tls", 400, head)
    assert len(asked) == len(kept.latest()) == MOST_OF_A_SECOND + 1


def test_where_nothing_is_recorded_nothing_is_kept() -> None:
    kept = ring(limit=0)
    kept.add("full", 503, lambda: HEAD)
    assert kept.latest() == []


def test_a_connection_that_ends_without_a_request_is_counted_and_not_kept() -> None:
    observer = Observer(Counts(), Recorder(5, 0), EMPTY, ring())
    observer.connection_closed(IDLE, "203.0.113.9", None)
    observer.connection_closed(COOKIES, "203.0.113.9", HEAD)
    observer.connection_closed(TLS, None, b"\x16\x03\x01")
    assert observer.counts.connections_closed == {"idle": 1, "large_cookies": 1, "tls": 1}
    kept = [(each.reason, each.status, each.peer, each.line) for each in observer.turned_away.latest()]
    assert kept == [
        ("tls", 400, None, b"\x16\x03\x01"),
        ("large_cookies", 431, "203.0.113.9", b"GET /g/collect?v=2 HTTP/1.1"),
    ]


def test_what_was_claimed_and_could_not_be_kept_leads_to_its_page() -> None:
    observer = Observer(Counts(), Recorder(5, 0), EMPTY, ring())
    request = Request("a", 0, "POST", "/g/collect", "v=2", (("host", "data.example.com"),), ip="203.0.113.9")
    record = observer.recorder.add(request, EMPTY.assembled.container.handle(request), EMPTY)
    observer.refused(record, "the disk is full")
    (only,) = observer.turned_away.latest()
    assert (only.reason, only.id, only.ip, only.line) == ("not_kept", "a", "203.0.113.9", b"POST /g/collect?v=2 HTTP/1.1")
