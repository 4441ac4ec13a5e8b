"""What a visitor gets: the bytes, the headers, and what they may depend on."""

from __future__ import annotations

import asyncio

import pytest

from core.types import Upstream
from server.scripts.fetch import FetchError
from tests.server.scripts.conftest import FRAME, SCRIPT, SOURCE, WORKER, WORKER_FRAME, Bench, Run, headers
from tests.server.scripts.made import CHANGED, DECODERS, KEPT, expected, made


class TestAScriptOfTheSizeOfGtag:
    @pytest.mark.parametrize(
        ("host", "prefix", "place", "escaped", "encoded"),
        [
            ("data.example.com", "", "data.example.com", "data.example.com", "data.example.com"),
            ("example.com:8443", "/m", "example.com:8443/m", r"example.com:8443\/m", "example.com%3A8443%2Fm"),
        ],
    )
    def test_it_comes_as_it_was_but_for_our_host(
        self, run: Run, host: str, prefix: str, place: str, escaped: str, encoded: str
    ) -> None:
        source = made()
        assert len(source) >= 500_000
        assert all(form.encode() in source for form in (*CHANGED, *KEPT))

        async def test(bench: Bench) -> None:
            bench.google.body = source
            wanted = expected(source, place, escaped, encoded)
            for accept, encoding in [("", ""), ("gzip, deflate, br, zstd", "br"), ("gzip", "gzip")]:
                reply = await bench.get(host=host, accept_encoding=accept)
                assert headers(reply).get("content-encoding", "") == encoding
                assert DECODERS[encoding](reply.body) == wanted
                assert not encoding or len(reply.body) < len(source) / 2
            assert len(bench.google.asked) == 1

        run(test, prefix=prefix)

    def test_compressing_is_done_once_for_each_version(self, run: Run) -> None:
        async def test(bench: Bench) -> None:
            bench.google.body = made()
            first = await bench.get(accept_encoding="br")
            assert (await bench.get(accept_encoding="br")).body is first.body
            bench.now += 901
            await bench.get()
            await bench.settled()
            assert len(bench.google.asked) == 2
            assert (await bench.get(accept_encoding="br")).body is first.body, "the same version, only fetched again"
            bench.google.body = made(510_000)
            bench.now += 901
            await bench.get()
            await bench.settled()
            assert (await bench.get(accept_encoding="br")).body != first.body

        run(test)


def test_a_thousand_visitors_at_once_are_one_request_upstream(run: Run) -> None:
    async def test(bench: Bench) -> None:
        bench.google.body = made()
        bench.google.gate.clear()
        asking = [asyncio.create_task(bench.get(accept_encoding="br")) for _ in range(1000)]
        while not bench.google.asked:
            await asyncio.sleep(0.001)
        bench.google.gate.set()
        replies = await asyncio.gather(*asking)
        assert {reply.status for reply in replies} == {200}
        assert len({id(reply.body) for reply in replies}) == 1
        assert len(bench.google.asked) == 1

    run(test)


def test_a_visitor_who_leaves_takes_nothing_from_the_others(run: Run) -> None:
    async def test(bench: Bench) -> None:
        bench.google.gate.clear()
        leaving, staying = asyncio.create_task(bench.get()), asyncio.create_task(bench.get())
        while not bench.google.asked:
            await asyncio.sleep(0.001)
        leaving.cancel()
        bench.google.gate.set()
        assert (await staying).status == 200
        assert len(bench.google.asked) == 1

    run(test)


@pytest.mark.parametrize(
    ("upstream", "content_type", "cache_control", "framed"),
    [
        (SCRIPT, "text/javascript; charset=utf-8", "private, max-age=900", False),
        (FRAME, "text/html; charset=utf-8", "private, max-age=900", True),
        (WORKER, "text/javascript; charset=utf-8", "public, max-age=604800", False),
        (WORKER_FRAME, "text/html; charset=utf-8", "public, max-age=604800", True),
    ],
)
def test_the_headers_of_each_kind(run: Run, upstream: Upstream, content_type: str, cache_control: str, framed: bool) -> None:
    async def test(bench: Bench) -> None:
        sent = headers(await bench.get(upstream))
        csp = sent.pop("content-security-policy", None)
        assert csp == ("frame-ancestors 'self' https://example.com:* https://*.example.com:*" if framed else None)
        assert sent.pop("etag").startswith('"')
        assert sent.pop("service-worker-allowed", None) == ("/_/service_worker" if upstream is WORKER else None)
        assert sent == {
            "content-type": content_type,
            "cache-control": cache_control,
            "age": "0",
            "vary": "Accept-Encoding",
            "x-content-type-options": "nosniff",
            "cross-origin-resource-policy": "cross-origin",
        }
        assert "x-frame-options" not in sent
        [(url, _, accepted)] = bench.google.asked
        assert url == upstream.url
        assert ("text/html" in accepted) is framed

    run(test)


def test_frames_may_be_shown_by_the_allowed_origins(run: Run) -> None:
    async def test(bench: Bench) -> None:
        allowed = headers(await bench.get(WORKER_FRAME))["content-security-policy"]
        assert allowed == "frame-ancestors 'self' https://www.example.com https://*.example.org"
        bench.scripts.allowed_origins = ["https://new.example"]
        assert headers(await bench.get(WORKER_FRAME))["content-security-policy"] == "frame-ancestors 'self' https://new.example"

    run(test, allowed_origins=["https://www.example.com", "https://*.example.org"])


class TestNotModified:
    @pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*", '"a",W/{} , "b"'])
    def test_who_has_these_bytes_is_sent_none(self, run: Run, form: str) -> None:
        async def test(bench: Bench) -> None:
            etag = headers(await bench.get(accept_encoding="br"))["etag"]
            reply = await bench.get(accept_encoding="br", if_none_match=form.format(etag))
            assert (reply.status, reply.body) == (304, b"")
            assert headers(reply).keys() == {"etag", "cache-control", "age", "vary"}

        run(test)

    def test_other_bytes_are_sent(self, run: Run) -> None:
        async def test(bench: Bench) -> None:
            etag = headers(await bench.get(accept_encoding="br"))["etag"]
            assert (await bench.get(accept_encoding="gzip", if_none_match=etag)).status == 200
            assert (await bench.get(host="other.example", accept_encoding="br", if_none_match=etag)).status == 200
            assert (await bench.get(accept_encoding="br", if_none_match='"1"')).status == 200
            bench.google.body += b";"
            bench.now += 901
            await bench.get()
            await bench.settled()
            assert (await bench.get(accept_encoding="br", if_none_match=etag)).status == 200

        run(test)


def test_what_an_operator_sees_and_renews(run: Run) -> None:
    async def test(bench: Bench) -> None:
        assert await bench.rows(refresh=True) == []
        await bench.get()
        bench.now += 30
        about = {"url": SCRIPT.url, "region": "", "bytes": len(SOURCE), "fresh": True, "failure": None}
        assert await bench.rows() == [{**about, "age": 30, "variants": 1}]
        bench.google.body = b"newer"
        assert await bench.rows(refresh=True) == [{**about, "age": 0, "bytes": 5, "variants": 0}]
        bench.google.failure = FetchError("HTTP 500", 500)
        assert [row["failure"] for row in await bench.rows(refresh=True)] == ["HTTP 500"]
        assert (await bench.get()).body == b"newer"

    run(test)
