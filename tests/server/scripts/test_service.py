"""What a visitor gets: the bytes, the headers, and what they may depend on."""

from __future__ import annotations

import asyncio
import gzip
from collections import Counter
from collections.abc import Callable

import brotli
import pytest

from core.types import Geo, Reply, Upstream
from server.scripts.budget import BURST
from server.scripts.fetch import FetchError
from server.scripts.hosts import KnownHosts
from server.scripts.variants import MOST
from tests.server.scripts.conftest import FRAME, SCRIPT, SOURCE, WORKER, WORKER_FRAME, Bench
from tests.server.scripts.made import CHANGED, KEPT, expected, made

Run = Callable[..., None]


def headers(reply: Reply) -> dict[str, str]:
    named = dict(reply.headers)
    assert len(named) == len(reply.headers), "no header is sent twice"
    return named


DECODERS: dict[str, Callable[[bytes], bytes]] = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}


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


class TestHosts:
    @pytest.mark.parametrize("host", ["", "a b", 'x"+alert(1)+"', "user@host", "a/b", "evil.example\t", "ü.example"])
    def test_one_that_is_none_is_refused(self, run: Run, host: str) -> None:
        async def test(bench: Bench) -> None:
            reply = await bench.get(host=host)
            assert (reply.status, dict(reply.headers)["cache-control"]) == (400, "no-store")
            assert bench.google.asked == []

        run(test)

    @pytest.mark.parametrize("accept", ["", "br"])
    def test_a_made_up_one_is_in_nobody_elses_script(self, run: Run, accept: str) -> None:
        async def test(bench: Bench) -> None:
            ours = (await bench.get(accept_encoding=accept)).body
            for number in range(100):
                made_up = f"evil{number}.example"
                reply = await bench.get(host=made_up, accept_encoding=accept)
                assert DECODERS[accept](reply.body) == b'load("%s")' % made_up.encode()
            assert (await bench.get(accept_encoding=accept)).body == ours
            assert len(bench.google.asked) == 1
            [row] = await bench.rows()
            assert row["variants"] == MOST

        run(test)

    def test_many_at_once_do_not_keep_anybody_waiting_for_a_compression(self, run: Run) -> None:
        async def test(bench: Bench) -> None:
            bench.google.body = made()
            await bench.get()
            replies = await asyncio.gather(*(bench.get(host=f"h{n}.example", accept_encoding="br") for n in range(20)))
            encodings = [headers(reply).get("content-encoding", "") for reply in replies]
            assert encodings.count("br") == 8
            assert all(
                f'"h{n}.example"'.encode() in DECODERS[how](reply.body)
                for n, (how, reply) in enumerate(zip(encodings, replies, strict=True))
            )

        run(test)


class TestAHostThatIsNobodys:
    @pytest.mark.parametrize("accept", ["", "br"])
    def test_it_is_in_no_script_and_is_counted(self, run: Run, accept: str) -> None:
        async def test(bench: Bench) -> None:
            for host in ("data.example.com", "example.com:8443", "localhost:8080", "127.0.0.1"):
                reply = await bench.get(host=host, accept_encoding=accept)
                assert DECODERS[accept](reply.body) == b'load("%s")' % host.encode()
            for number in range(100):
                reply = await bench.get(host=f"evil{number}.example", accept_encoding=accept)
                assert DECODERS[accept](reply.body) == SOURCE
            [row] = await bench.rows()
            assert row["variants"] <= 10
            told = (await bench.scripts.operate(refresh=False))["unknown_hosts"]
            assert (told[0], told[-1], len(told)) == (["evil0.example", 1], ["(other)", 50], 51)

        run(test, hosts=KnownHosts(sites=["example.com"]))

    def test_it_frames_nothing_of_its_own(self, run: Run) -> None:
        async def test(bench: Bench) -> None:
            policy = headers(await bench.get(FRAME, host="evil.example"))["content-security-policy"]
            assert policy == "frame-ancestors 'self'"

        run(test, hosts=KnownHosts(sites=["example.com"]))


class TestRegions:
    def test_each_has_its_own_script(self, run: Run) -> None:
        async def test(bench: Bench) -> None:
            for geo in (Geo("DE", "BY"), Geo("DE", "BY", "Munich"), Geo("DE"), Geo(), Geo("US", "CA"), Geo("US", "bad region")):
                await bench.get(geo=geo)
            assert [sent for _, sent, _ in bench.google.asked] == [
                {
                    "x-forwarded-country": "DE",
                    "x-gclb-country": "DE",
                    "x-appengine-country": "DE",
                    "x-forwarded-region": "BY",
                    "x-gclb-region": "DEBY",
                    "x-appengine-region": "by",
                },
                {"x-forwarded-country": "DE", "x-gclb-country": "DE", "x-appengine-country": "DE"},
                {},
                {
                    "x-forwarded-country": "US",
                    "x-gclb-country": "US",
                    "x-appengine-country": "US",
                    "x-forwarded-region": "CA",
                    "x-gclb-region": "USCA",
                    "x-appengine-region": "ca",
                },
                {"x-forwarded-country": "US", "x-gclb-country": "US", "x-appengine-country": "US"},
            ]
            assert sorted(row["region"] for row in await bench.rows()) == ["", "DE", "DE-BY", "US", "US-CA"]

        run(test)

    @pytest.mark.parametrize("geo", [Geo("de"), Geo("DE\r\nx: y"), Geo("DEU"), Geo(None, "BY"), Geo("Ü1")])
    def test_what_is_no_country_is_not_passed_on(self, run: Run, geo: Geo) -> None:
        async def test(bench: Bench) -> None:
            await bench.get(geo=geo)
            assert bench.google.asked[0][1] == {}

        run(test)

    def test_the_worker_is_everywhere_the_same(self, run: Run) -> None:
        async def test(bench: Bench) -> None:
            await bench.get(WORKER, geo=Geo("DE", "BY"))
            await bench.get(WORKER, geo=Geo("FR"))
            assert [sent for _, sent, _ in bench.google.asked] == [{}]

        run(test)


class TestPreviews:
    @pytest.mark.parametrize(
        "query", ["gtm_auth=a", "gtm_preview=env-3", "gtm_debug=x", "gtm%5Fpreview=X", "a=1&gtm_auth=a&gtm_preview=b"]
    )
    def test_they_are_fetched_every_time_and_kept_nowhere(self, run: Run, query: str) -> None:
        preview = Upstream("script", "GTM-1", f"https://up.example/gtm.js?id=GTM-1&{query}")

        async def test(bench: Bench) -> None:
            for number in (1, 2):
                bench.google.body = b'"www.googletagmanager.com";%d' % number
                reply = await bench.get(preview, accept_encoding="br")
                assert (reply.status, reply.body) == (200, b'"data.example.com";%d' % number)
                sent = headers(reply)
                assert sent["cache-control"] == "private, no-store"
                assert "etag" not in sent
            assert await bench.rows() == []
            assert not bench.scripts._copies._disk._folder.exists()
            bench.google.failure = FetchError("HTTP 500", 500)
            assert (await bench.get(preview)).status == 502

        run(test)

    @pytest.mark.parametrize(
        "query", ["xgtm_auth=1&l=gtm_preview", "gtm_auth=&gtm_preview=&gtm_cookies_win=x", "gtm_auth", "GTM_AUTH=1"]
    )
    def test_a_name_that_only_looks_like_it_is_none_nor_is_a_blank_one(self, run: Run, query: str) -> None:
        async def test(bench: Bench) -> None:
            await bench.get(Upstream("script", "GTM-1", f"https://up.example/gtm.js?id=GTM-1&{query}"))
            assert len(await bench.rows()) == 1

        run(test)


class TestWithoutACopy:
    @pytest.mark.parametrize("failure", [FetchError("HTTP 500", 500), FetchError("HTTP 503", 503, 3600), FetchError("timed out")])
    def test_a_failure_is_a_short_502_that_nobody_keeps(self, run: Run, failure: FetchError) -> None:
        async def test(bench: Bench) -> None:
            bench.google.failure = failure
            for _ in range(2):
                reply = await bench.get()
                assert (reply.status, headers(reply)["cache-control"]) == (502, "no-store")
                assert len(reply.body) < 100
            assert len(bench.google.asked) == 2
            bench.google.failure = None
            assert (await bench.get()).status == 200

        run(test)

    @pytest.mark.parametrize("upstream", [WORKER, WORKER_FRAME])
    def test_a_worker_that_is_not_there_is_404(self, run: Run, upstream: Upstream) -> None:
        async def test(bench: Bench) -> None:
            bench.google.failure = FetchError("HTTP 404", 404)
            assert (await bench.get(upstream)).status == 404
            bench.google.failure = FetchError("HTTP 500", 500)
            bench.now += 61
            assert (await bench.get(upstream)).status == 502

        run(test)

    @pytest.mark.parametrize("query", ["&l=a{}", "&gtm_auth=a{}"])
    def test_made_up_queries_cannot_wait_for_upstream_without_end(self, run: Run, query: str) -> None:
        async def test(bench: Bench) -> None:
            bench.google.gate.clear()
            files = [Upstream("script", "G-1", SCRIPT.url + query.format(number)) for number in range(600)]
            asking = [asyncio.create_task(bench.get(file)) for file in files]
            while len(bench.google.asked) < BURST:
                await asyncio.sleep(0.001)
            bench.google.gate.set()
            replies = await asyncio.gather(*asking)
            assert Counter(reply.status for reply in replies) == {200: BURST, 302: 600 - BURST}
            elsewhere = [(file, reply) for file, reply in zip(files, replies, strict=True) if reply.status == 302]
            assert all(dict(reply.headers)["location"] == file.url for file, reply in elsewhere), "Google has it"
            assert len(bench.google.asked) == BURST
            assert (await bench.get(SCRIPT)).status == 200, "what has nothing but an id is not made up"
            assert (await bench.get(elsewhere[0][0])).status == 302
            bench.now += 5
            assert (await bench.get(elsewhere[0][0])).status == 200

        run(test)

    def test_what_is_known_costs_nothing_of_it_in_any_region(self, run: Run) -> None:
        async def test(bench: Bench) -> None:
            await bench.get()
            for number in range(100):
                await bench.get(Upstream("script", "G-1", f"{SCRIPT.url}&l=a{number}"))
            assert (await bench.get(geo=Geo("DE"))).status == 200
            bench.now += 3601
            assert (await bench.get()).status == 200
            assert (await bench.get(WORKER)).status == 200, "one more every few seconds"

        run(test)

    def test_a_worker_of_a_made_up_version_is_not_there(self, run: Run) -> None:
        async def test(bench: Bench) -> None:
            bench.google.failure = FetchError("HTTP 404", 404)
            for number in range(200):
                url = f"https://up.example/static/service_worker/{number}/sw.js"
                assert (await bench.get(Upstream("worker", str(number), url))).status == 404
            assert len(bench.google.asked) == BURST
            assert bench.scripts.reasons() == []

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
