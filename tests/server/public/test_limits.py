"""How much one visitor may take, by a clock that is ours."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from config import ServerSettings
from config.settings import RateLimitSettings
from server.public import limits
from server.public.limits import MOST_REMEMBERED, RateLimit, limits_of
from server.visitors.visitor import Visitors
from tests.server.public.bench import HOST, Bench, length, piece

ME, OTHER = "198.51.100.7", "198.51.100.8"
PROXY = ("10.0.0.5", 1)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def rate(per_second: float = 2, burst: int = 4) -> tuple[RateLimit, Clock]:
    clock = Clock()
    return RateLimit(RateLimitSettings(per_second=per_second, burst=burst), clock), clock


def test_a_burst_is_taken_and_then_so_many_a_second() -> None:
    limit, clock = rate()
    assert [limit.wait(ME) for _ in range(6)] == [0, 0, 0, 0, 0.5, 0.5]
    clock.now += 0.5
    assert [limit.wait(ME) for _ in range(2)] == [0, 0.5]
    clock.now += 1
    assert [limit.wait(ME) for _ in range(3)] == [0, 0, 0.5]


def test_whoever_rests_gets_no_more_than_a_burst() -> None:
    limit, clock = rate()
    limit.wait(ME)
    clock.now += 1_000_000
    assert [limit.wait(ME) > 0 for _ in range(5)] == [False] * 4 + [True]


def test_what_is_refused_costs_nothing() -> None:
    limit, clock = rate(per_second=1, burst=1)
    limit.wait(ME)
    for _ in range(10):
        clock.now += 0.09
        assert limit.wait(ME) > 0
    clock.now += 0.11
    assert limit.wait(ME) == 0


def test_one_visitor_does_not_pay_for_another() -> None:
    limit, _ = rate(burst=1)
    assert (limit.wait(ME), limit.wait(OTHER)) == (0, 0)
    assert limit.wait(ME) > 0


def test_only_so_many_are_remembered_and_the_one_that_was_silent_for_the_longest_time_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "MOST_REMEMBERED", 3)
    limit, _ = rate(burst=1)
    for name in ("a", "b", "c", "a", "d"):
        limit.wait(name)
    assert list(limit._buckets) == ["c", "a", "d"]
    assert limit.wait("b") == 0
    assert limit.wait("d") > 0
    assert MOST_REMEMBERED >= 1000


def bench(clock: Clock, **server: Any) -> Bench:
    made, settings = Bench(), ServerSettings.model_validate(server)
    made.app.visitors = Visitors(settings)
    made.app.limits = limits_of(settings, clock)
    return made


ONE = {"rate_limit": {"per_second": 0.1, "burst": 1}}


def test_nothing_is_limited_unless_it_is_configured() -> None:
    assert limits_of(ServerSettings(), Clock()) is None


def test_too_many_are_answered_with_429_and_when_to_come_again() -> None:
    clock = Clock()
    limited = bench(clock, **ONE)
    assert limited.request().now().status == 204
    clock.now += 1.5
    call = limited.request().now()
    assert (call.status, call.headers["retry-after"], call.headers["vary"]) == (429, "9", "Origin")
    assert b"server.rate_limit" in call.body
    assert "connection" not in call.headers
    assert (limited.counts.turned_away, limited.counts.replies) == ({"rate_limit": 1}, {204: 1, 429: 1})
    assert len(limited.intake.accepted) == 1
    assert limited.request(client=("203.0.113.10", 5)).now().status == 204
    clock.now += 8.5
    assert limited.request().now().status == 204


def test_a_body_that_nobody_reads_ends_the_connection() -> None:
    limited = bench(Clock(), **ONE)
    limited.request().now()
    call = limited.request(piece(b"x"), headers=length(1), method="POST").now()
    assert (call.status, call.read, call.headers["connection"]) == (429, 0, "close")


def test_a_preflight_that_is_refused_counts_as_one() -> None:
    limited = bench(Clock(), **ONE)
    limited.request().now()
    asked = [HOST, (b"origin", b"https://a.example"), (b"access-control-request-method", b"POST")]
    assert limited.request(method="OPTIONS", headers=asked).now().status == 429
    assert limited.counts.pages.preflights == {"rate_limit": 1}


@pytest.mark.parametrize("path", ["/healthy", "/x/healthz", "/alive", "/x/alive/"])
def test_whoever_asks_how_the_server_is_always_gets_an_answer(path: str) -> None:
    limited = bench(Clock(), **ONE)
    assert [limited.request(path=path).now().status for _ in range(5)] == [200] * 5
    assert limited.request().now().status == 204


def test_behind_a_trusted_proxy_it_is_the_visitor_who_counts() -> None:
    limited = bench(Clock(), trusted_proxies="private", **ONE)

    def status(visitor: bytes) -> int:
        return limited.request(headers=[HOST, (b"x-forwarded-for", visitor)], client=PROXY).now().status

    assert [status(b"198.51.100.7"), status(b"198.51.100.8"), status(b"198.51.100.7")] == [204, 204, 429]
    assert [status(b"2001:db8::1"), status(b"2001:db8::2"), status(b"2001:db8:0:1::1")] == [204, 429, 204]


def test_whose_address_nobody_knows_is_not_taken_for_everybody_else() -> None:
    limited = bench(Clock(), **ONE)
    forwarded = [HOST, (b"x-forwarded-for", b"198.51.100.7")]
    assert [limited.request(headers=forwarded, client=PROXY).now().status for _ in range(3)] == [204] * 3


def test_behind_a_trusted_proxy_a_visitor_has_only_so_many_requests_under_way() -> None:
    limited = bench(Clock(), trusted_proxies="private", max_connections_per_address=1)
    headers = [HOST, (b"x-forwarded-for", b"198.51.100.7"), (b"content-length", b"1")]

    async def scenario() -> None:
        arrived = asyncio.Event()
        slow = limited.request(headers=headers, client=PROXY, method="POST")

        async def receive() -> Any:
            await arrived.wait()
            return piece(b"x")

        slow.receive = receive  # type: ignore[method-assign]  # a sender that takes its time
        reading = asyncio.create_task(slow.run())
        await asyncio.sleep(0)
        second = await limited.request(headers=headers, client=PROXY, method="POST").run()
        assert (second.status, second.headers["retry-after"]) == (429, "1")
        other = [HOST, (b"x-forwarded-for", b"198.51.100.8")]
        assert (await limited.request(headers=other, client=PROXY).run()).status == 204
        arrived.set()
        assert (await reading).status == 204
        assert (await limited.request(headers=headers[:2], client=PROXY).run()).status == 204

    asyncio.run(scenario())
    assert limited.counts.turned_away == {"at_once": 1}
    assert limited.app.limits is not None
    assert not limited.app.limits._at_once


def test_without_a_proxy_connections_count_and_not_requests() -> None:
    limited = bench(Clock(), max_connections_per_address=1)

    async def scenario() -> None:
        calls = [limited.request().run() for _ in range(3)]
        assert [call.status for call in await asyncio.gather(*calls)] == [204] * 3

    asyncio.run(scenario())
