"""The public port: from a request to its reply."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import structlog

from core.types import Once, Payload, Reply
from server.delivery import Accepted, Suppressed
from server.observe.recorder import OF_DELIVERY
from server.outbox.keyfile import digest
from tests.server.public.bench import HOST, Bench, ga4, piece
from tests.server.raw import connected, exchange, serving


def test_a_hit_is_claimed_accepted_and_answered() -> None:
    bench = Bench()
    call = bench.request().now()
    assert (call.status, call.body, call.read) == (204, b"", 0)
    assert call.headers == {"cache-control": "no-cache", "vary": "Origin", "cross-origin-resource-policy": "cross-origin"}
    assert [tag for tag, _ in bench.intake.accepted] == ["ga4"]
    assert bench.counts.replies == {204: 1}
    assert bench.counts.fired == {"ga4": 1}


def test_the_container_is_given_the_request_as_it_came() -> None:
    bench = Bench()
    headers = [HOST, (b"user-agent", "Bröwser".encode("latin-1")), (b"content-length", b"4")]
    bench.request(
        piece(b"en", True), piece(b"=x"), method="POST", path="/a/g/collect", query=b"v=2&t=%ff+a", headers=headers
    ).now()
    (request,) = bench.client.requests
    assert (request.method, request.path, request.query_string, request.body) == ("POST", "/a/g/collect", "v=2&t=%ff+a", b"en=x")
    assert request.header("user-agent") == "Bröwser"
    assert request.ip == "203.0.113.9"
    assert len(request.entropy) == 32
    assert 1_700_000_000_000_000 < request.received_at < 4_000_000_000_000_000


def test_each_request_has_an_id_and_randomness_of_its_own() -> None:
    bench = Bench()
    for _ in range(5):
        bench.request().now()
    assert len({request.id for request in bench.client.requests}) == 5
    assert len({request.entropy for request in bench.client.requests}) == 5


@pytest.mark.parametrize(
    ("client", "headers", "ip"),
    [
        (None, [HOST], None),
        (("10.0.0.1", 1), [HOST], "10.0.0.1"),
        (("10.0.0.1", 1), [HOST, (b"x-forwarded-for", b"8.8.8.8")], None),
        (("8.8.4.4", 1), [HOST, (b"x-forwarded-for", b"8.8.8.8")], "8.8.4.4"),
    ],
)
def test_the_visitors_address_is_the_peers_or_unknown(client: Any, headers: Any, ip: str | None) -> None:
    bench = Bench()
    bench.request(client=client, headers=headers).now()
    assert bench.client.requests[0].ip == ip


def test_what_nobody_claims_is_400_and_kept_nowhere() -> None:
    bench = Bench()
    call = bench.request(path="/other").now()
    assert call.status == 400
    assert call.headers["vary"] == "Origin"
    assert int(call.headers["content-length"]) == len(call.body)
    assert not bench.intake.accepted


def test_a_duplicate_is_answered_like_any_other_and_told_with_the_first_ones_time(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def scenario() -> None:
        committed: asyncio.Future[Accepted] = asyncio.get_running_loop().create_future()
        payload = Payload({}, "https://x.example", event_name="purchase", once=Once("order", 1))
        committed.set_result((Suppressed("ga4", payload, 1_764_340_311_502_000),))
        bench.intake.committed = committed
        assert (await bench.request().run()).status == 204

    bench = Bench()
    with structlog.testing.capture_logs() as said, caplog.at_level("INFO", "tagyard"):
        asyncio.run(scenario())
    assert said == []
    with structlog.testing.capture_logs() as said, caplog.at_level("DEBUG", "tagyard"):
        asyncio.run(scenario())
    assert said == [
        {
            "event": "a duplicate was left out",
            "tag": "ga4",
            "key": digest("order"),
            "first": "2025-11-28T14:31:51.502+00:00",
            "request": next(bench.observer.recorder.since(0)).request.id,
            "log_level": "debug",
        }
    ]
    assert bench.counts.suppressed == {"ga4": 2}


def test_a_proxy_that_nobody_configured_is_warned_of_once() -> None:
    bench = Bench()
    with structlog.testing.capture_logs() as said:
        for _ in range(3):
            bench.request(headers=[HOST, (b"x-forwarded-for", b"203.0.113.7")], client=("127.0.0.1", 5)).now()
    assert bench.counts.without_visitor_address == 3
    assert [each["proxy"] for each in said] == ["127.0.0.1"]


def test_a_request_that_sends_nothing_needs_no_intake() -> None:
    bench = Bench()
    bench.intake.refusal = RuntimeError("must not be asked")
    bench.client.reply = Reply(204)
    assert bench.request(method="OPTIONS").now().status == 204


@pytest.mark.parametrize("kind", ["lifespan", "websocket"])
def test_only_http_is_answered(kind: str) -> None:
    assert Bench().request(type=kind).now().sent == []


def test_a_hit_over_a_real_port() -> None:
    async def scenario() -> None:
        bench = Bench(ga4())
        async with serving(bench.app) as (_, port):
            hit = b"/g/collect?v=2&tid=G-ABC1234567&cid=1.2&en=page_view"
            status, headers, body = await exchange(
                port, b"GET " + hit + b" HTTP/1.1\r\nHost: metrics.example.com\r\nOrigin: https://www.example.com\r\n\r\n"
            )
            assert (status, body) == (204, b"")
            assert headers["access-control-allow-origin"] == "https://www.example.com"
            assert "content-length" not in headers
            post = b"POST " + hit + b" HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nen=a\r\nen=b"
            assert (await exchange(port, post))[0] == 204
            assert next(payload.event_name for _, payload in bench.intake.accepted) == "page_view"
            async with connected(port) as raw:
                await raw.send(b"HEAD /healthy HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                assert (await raw.reader.read()).endswith(b"content-length: 3\r\nconnection: close\r\n\r\n")

    asyncio.run(scenario())


def test_what_is_remembered_of_a_request_is_weighed_with_its_deliveries() -> None:
    with_one, without = Bench(), Bench()
    with_one.request(piece(b"")).now()
    without.request(piece(b""), method="OPTIONS").now()
    assert (len(with_one.intake.accepted), len(without.intake.accepted)) == (1, 0)
    assert with_one.observer.recorder.bytes - without.observer.recorder.bytes == OF_DELIVERY
