"""No 2xx before an event is kept: a reply waits for the commit, and where there is none it is a 503."""

from __future__ import annotations

import asyncio

import pytest
import structlog

from tests.server.public.bench import HOST, ORIGIN, Bench, length, refused
from tests.server.raw import connected, serving


def test_a_full_intake_is_503_before_the_body_is_read() -> None:
    bench = Bench()
    bench.intake.full = True
    call = bench.request(method="POST", headers=[*length(4), ORIGIN]).now()
    refused(call, 503)
    assert call.headers["retry-after"] == "60"
    assert call.read == 0
    assert not bench.client.requests


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), RuntimeError(), ValueError("visitor")])
@pytest.mark.parametrize("at_once", [True, False])
def test_what_could_not_be_kept_is_never_a_2xx(error: Exception, at_once: bool) -> None:
    async def scenario() -> None:
        bench = Bench()
        if at_once:
            bench.intake.refusal = error
        else:
            bench.intake.committed = asyncio.get_running_loop().create_future()
            bench.intake.committed.set_exception(error)
        call = await bench.request(headers=[HOST, ORIGIN]).run()
        refused(call, 503)
        assert call.headers["retry-after"] == "60"

    asyncio.run(scenario())


def test_a_reply_waits_for_the_commit() -> None:
    async def scenario() -> None:
        bench = Bench()
        bench.intake.committed = asyncio.get_running_loop().create_future()
        call = bench.request()
        running = asyncio.create_task(call.run())
        for _ in range(5):
            await asyncio.sleep(0)
        assert bench.intake.accepted
        assert not call.sent
        bench.intake.committed.set_result(())
        await running
        assert call.status == 204

    asyncio.run(scenario())


def test_a_full_intake_refuses_over_a_real_port_before_the_body_comes() -> None:
    async def scenario() -> None:
        bench = Bench()
        bench.intake.full = True
        async with serving(bench.app) as (_, port), connected(port) as raw:
            await raw.send(b"POST /g/collect HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            status, headers, _ = await raw.reply()
            assert (status, headers["connection"], headers["retry-after"]) == (503, "close", "60")
            assert await raw.closed()

    asyncio.run(scenario())


def test_what_is_given_up_at_a_stop_is_no_failure_and_no_2xx() -> None:
    async def scenario() -> None:
        bench = Bench()
        bench.intake.committed = asyncio.get_running_loop().create_future()
        call = bench.request()
        running = asyncio.create_task(call.run())
        await asyncio.sleep(0)
        bench.intake.committed.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert not call.sent

    with structlog.testing.capture_logs() as said:
        asyncio.run(scenario())
    assert said == []
