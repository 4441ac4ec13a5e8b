"""What a sender gets of Google's answer, and what is counted."""

from __future__ import annotations

import asyncio

import pytest

from core.types import OutboundRequest, Reply, Response
from server.http import HttpLimits, HttpSender, TimedOut
from server.scripts.passing_on import AT_ONCE, LARGEST, LIMITS, PassingOn
from tests.server.http.scripted import READ, serving

REQUEST = OutboundRequest("POST", "https://google.example/ccm/collect?a=1", (), b"x", ())
SAFE = {"cache-control": "no-store", "x-content-type-options": "nosniff", "cross-origin-resource-policy": "cross-origin"}


def answered(response: Response | None, request: OutboundRequest = REQUEST) -> tuple[Reply, dict[tuple[str, str], int]]:
    async def send(_: OutboundRequest) -> Response:
        if response is None:
            raise TimedOut("late")
        return response

    passing = PassingOn(send)
    return asyncio.run(passing.answer(request, "ads")), dict(passing.counts)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("image/gif", b"GIF89a"),
        ("text/plain; charset=utf-8", b"ok"),
        ("text/event-stream", b"event: message"),
        ("text/javascript", b";"),
    ],
)
def test_a_pixel_a_stream_and_a_script_are_given_back(kind: str, body: bytes) -> None:
    headers = (("content-type", kind), ("set-cookie", "IDE=1"), ("access-control-allow-origin", "*"))
    reply, counts = answered(Response(200, headers, body))
    assert (reply.status, reply.body) == (200, body)
    assert dict(reply.headers) == {"content-type": kind.partition(";")[0], **SAFE}
    assert counts == {("ads", "passed_on"): 1}


@pytest.mark.parametrize(
    ("response", "status", "outcome"),
    [
        (Response(204), 204, "passed_on"),
        (Response(200, (("content-type", "text/html"),), b"<script>"), 204, "passed_on"),
        (Response(200, (("content-type", "image/svg+xml"),), b"<svg>"), 204, "passed_on"),
        (Response(200, (("content-type", "image/gif"), ("content-encoding", "gzip")), b"x"), 204, "passed_on"),
        (Response(200, (("content-type", "text/plain"),), bytes(LIMITS.body)), 204, "passed_on"),
        (Response(302, (("location", "https://evil.example/"),)), 204, "redirected"),
        (Response(400, (("content-type", "text/html"),), b"<script>"), 400, "rejected"),
        (Response(500), 502, "failed"),
        (None, 502, "unreached"),
    ],
)
def test_the_rest_stays_behind(response: Response | None, status: int, outcome: str) -> None:
    reply, counts = answered(response)
    assert (reply.status, b"<" in reply.body) == (status, False)
    assert "location" not in dict(reply.headers)
    assert counts == {("ads", outcome): 1}


def test_what_no_hit_is_as_large_as_is_refused() -> None:
    reply, counts = answered(Response(204), OutboundRequest("POST", REQUEST.url, (), bytes(LARGEST + 1), ()))
    assert (reply.status, counts) == (413, {("ads", "too_large"): 1})


def test_a_dry_run_sends_nothing() -> None:
    passing = PassingOn(None)
    assert asyncio.run(passing.answer(REQUEST, "ads")).status == 204
    assert dict(passing.counts) == {("ads", "dry_run"): 1}


def test_a_google_that_is_slow_keeps_so_many_waiting_and_no_more() -> None:
    async def test() -> None:
        gate = asyncio.Event()

        async def send(_: OutboundRequest) -> Response:
            await gate.wait()
            return Response(204)

        passing = PassingOn(send)
        waiting = [asyncio.create_task(passing.answer(REQUEST, "ads")) for _ in range(AT_ONCE)]
        await asyncio.sleep(0)
        crowded = await passing.answer(REQUEST, "ads")
        assert (crowded.status, dict(crowded.headers)["retry-after"]) == (503, "5")
        gate.set()
        assert {reply.status for reply in await asyncio.gather(*waiting)} == {204}
        assert (await passing.answer(REQUEST, "ads")).status == 204

    asyncio.run(test())


def test_a_google_that_never_answers_is_given_up() -> None:
    async def test() -> None:
        http = HttpSender(limits=HttpLimits(total=0.2, sweep=0.02))
        try:
            async with serving([READ]) as server:
                request = OutboundRequest("POST", f"http://127.0.0.1:{server.port}/ccm/collect", (), b"", ())
                reply = await PassingOn(lambda each: http.send(each, literal_host=True)).answer(request, "ads")
                assert reply.status == 502
        finally:
            await http.close()

    asyncio.run(test())
