"""What is kept of a request that is answered before its body is read: who asked for what, on the ways of both faces."""

from __future__ import annotations

from typing import Any

from config import ServerSettings
from core.types import Request
from server.observe import RefusedRequests
from server.public.limits import limits_of
from server.visitors.visitor import Visitors
from tests.server.public.bench import MAX_BODY, Bench

HEADERS = [(b"host", b"data.example.com"), (b"x-forwarded-for", b"198.51.100.4")]


def bench(**server: Any) -> Bench:
    made, settings = Bench(), ServerSettings.model_validate({"trusted_proxies": ["203.0.113.0/24"], **server})
    made.app.visitors = Visitors(settings)
    made.app.limits = limits_of(settings, lambda: 0.0)
    made.observer.turned_away = RefusedRequests(10, lambda: 7)
    return made


def kept(made: Bench) -> list[tuple[Any, ...]]:
    return [(each.reason, each.status, each.peer, each.ip, each.line) for each in made.observer.turned_away.latest()]


def test_a_body_that_is_too_large() -> None:
    made = bench()
    headers = [*HEADERS, (b"content-length", b"%d" % (MAX_BODY + 1))]
    made.request(method="POST", path="/ü", raw_path=b"/%C3%BC", headers=headers).now()
    assert kept(made) == [("too_large", 413, "203.0.113.9", "198.51.100.4", b"POST /%C3%BC?v=2 HTTP/1.1")]
    (only,) = made.observer.turned_away.latest()
    assert b"content-length: %d" % (MAX_BODY + 1) in only.fields


def test_an_outbox_that_is_full_and_a_sender_that_has_left() -> None:
    made = bench()
    made.intake.full = True
    made.request(headers=HEADERS, query=b"").now()
    made.intake.full = False
    made.request({"type": "http.disconnect"}, method="POST", headers=[*HEADERS, (b"content-length", b"5")]).now()
    assert [each[:2] for each in kept(made)] == [("gone", 0), ("full", 503)]
    assert kept(made)[1][4] == b"GET /g/collect HTTP/1.1"


def test_a_visitor_who_comes_too_often() -> None:
    made = bench(rate_limit={"per_second": 0.1, "burst": 1})
    for _ in range(2):
        made.request(headers=HEADERS).now()
    assert [each[:4] for each in kept(made)] == [("rate_limit", 429, "203.0.113.9", "198.51.100.4")]


def test_what_a_client_was_asked_about_is_none_of_them() -> None:
    made = bench()
    made.client.claims = lambda _: None
    made.request(headers=HEADERS).now()
    assert kept(made) == []
    assert isinstance(next(made.observer.recorder.since(0)).request, Request)
