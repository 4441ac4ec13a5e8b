"""The public port behind proxies and below a path: which path, address, place and scheme a request has."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from config import ServerSettings
from core.types import NOWHERE, Geo
from server.observe.refused_pages import RECENT
from server.public.reception import Reception
from server.visitors.origins import Origins
from server.visitors.public_host import GARBLED_HOST
from server.visitors.visitor import SILENT, UNCONFIGURED, Visitors
from tests.server.public.bench import HOST, Bench, ga4

ME = b"198.51.100.7"
PROXY = ("10.0.0.5", 1)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def bench(prefix: str = "", client: Any = None, **server: Any) -> Bench:
    made = Bench(client)
    made.app.visitors = Visitors(ServerSettings.model_validate(server))
    made.app._reception = Reception(prefix)
    return made


@pytest.mark.parametrize(("path", "inside"), [("/metrics/g/collect", "/g/collect"), ("/metrics", "/"), ("/metrics/", "/")])
def test_clients_see_paths_without_the_prefix(path: str, inside: str) -> None:
    mounted = bench("/metrics")
    assert mounted.request(path=path).now().status == 204
    assert [request.path for request in mounted.client.requests] == [inside]


HIT = b"v=2&tid=G-ABC1234567&cid=1.2&en=page_view"


@pytest.mark.parametrize("path", ["/collect", "/metricsx/g/collect", "/x/metrics/g/collect", "/metrics/x/g/collect"])
def test_what_is_not_below_the_prefix_is_unclaimed(path: str) -> None:
    mounted = bench("/metrics", ga4())
    call = mounted.request(path=path, query=HIT).now()
    assert (call.status, call.headers["vary"], call.body) == (400, "Origin", b"no client claims this request\n")
    assert mounted.counts.unclaimed == 1
    assert mounted.counts.replies == {400: 1}


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/g/collect", "PATH_PREFIX_MISSING"),
        ("//g/collect/", "PATH_PREFIX_MISSING"),
        ("/metrics//g/collect", "PATH_SLASHES"),
        ("//metrics/g///collect", "PATH_SLASHES"),
        ("/metrics/g/collect/", "PATH_SLASHES"),
    ],
)
def test_a_path_that_a_proxy_has_bent_is_understood_and_counted(path: str, code: str) -> None:
    mounted = bench("/metrics", ga4())
    call = mounted.request(path=path, query=HIT).now()
    assert (call.status, call.headers["cross-origin-resource-policy"]) == (204, "cross-origin")
    assert [tag for tag, _ in mounted.intake.accepted] == ["ga4"]
    assert mounted.counts.findings == {code: 1}
    assert [record.request.path for record in mounted.observer.recorder.since(0)] == ["/g/collect"]


def test_a_slash_that_is_encoded_is_no_slash_too_many() -> None:
    plain = bench(client=ga4())
    assert plain.request(path="//g/collect", raw_path=b"/%2Fg/collect", query=HIT).now().status == 400
    assert plain.request(path="//g/collect", raw_path=b"//g/collect", query=HIT).now().status == 204


@pytest.mark.parametrize("path", ["/", "/metrics", "/metrics/", "/robots.txt", "/metrics/favicon.ico", "/.well-known/x"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_probe_is_answered_and_is_no_request_that_nobody_claims(path: str, method: str) -> None:
    mounted = bench("/metrics", ga4())
    assert mounted.request(path=path, method=method, query=b"").now().status in (200, 204, 404)
    assert (mounted.counts.unclaimed, sum(mounted.counts.probes.values())) == (0, 1)
    assert len(mounted.observer.recorder) == 0, "probes would push hits out of what is remembered"


def test_while_nothing_is_accepted_a_probe_says_so() -> None:
    full = bench()
    full.intake.full = True
    assert full.request(path="/", query=b"").now().status == 503
    assert full.counts.turned_away == {"full": 1}


def test_whoever_asks_by_head_gets_the_head_of_a_reply_and_is_nobody() -> None:
    plain = bench(client=ga4())
    assert plain.request(method="HEAD", query=HIT).now().status == 204
    assert (plain.intake.accepted, plain.counts.unclaimed, plain.counts.probes) == ([], 0, {"head": 1})


@pytest.mark.parametrize(
    ("headers", "server", "peer", "seen"),
    [
        ([(b"x-forwarded-host", b"data.shop.example")], {"trusted_proxies": "private"}, PROXY, "data.shop.example"),
        ([(b"forwarded", b"for=198.51.100.7;host=data.shop.example;proto=https")], {"trusted_proxies": "private"}, PROXY,
         "data.shop.example"),
        ([(b"x-forwarded-host", b"data.shop.example")], {"trusted_proxies": "private"}, ("8.8.8.8", 1), "metrics.example.com"),
        ([(b"x-forwarded-host", b"evil.example")], {"public_host": "data.shop.example", "trusted_proxies": "private"}, PROXY,
         "data.shop.example"),
        ([], {"public_host": "data.shop.example"}, ("8.8.8.8", 1), "data.shop.example"),
    ],
)  # fmt: skip
def test_the_host_of_a_request_is_the_public_one(headers: Any, server: Any, peer: Any, seen: str) -> None:
    behind = bench(**server)
    page = [HOST, (b"origin", b"https://www.shop.example"), *headers]
    told = behind.request(headers=page, client=peer).now().headers
    (request,) = behind.client.requests
    assert [value for name, value in request.headers if name == "host"] == [seen]
    assert ("access-control-allow-origin" in told) is (seen == "data.shop.example")


def test_a_host_that_is_none_is_warned_of_once_and_the_host_header_counts() -> None:
    behind = bench(trusted_proxies="private")
    headers = [HOST, (b"x-forwarded-host", b"a b"), (b"x-forwarded-for", ME)]
    with structlog.testing.capture_logs() as said:
        for _ in range(2):
            behind.request(headers=headers, client=PROXY).now()
    assert [each["why"] for each in said] == [GARBLED_HOST]
    assert {request.header("host") for request in behind.client.requests} == {"metrics.example.com"}


def preflight(origin: bytes, path: str = "/g/collect") -> dict[str, Any]:
    asked = [(b"access-control-request-method", b"POST"), (b"access-control-request-headers", b"baggage,sentry-trace")]
    return {"method": "OPTIONS", "path": path, "query": b"", "headers": [HOST, (b"origin", origin), *asked]}


def test_a_preflight_may_ask_for_headers_that_a_library_adds() -> None:
    told = bench(client=ga4()).request(**preflight(b"https://www.example.com")).now().headers
    assert told["access-control-allow-headers"] == "content-type, x-gtm-server-preview, baggage, sentry-trace"


def test_a_preflight_without_leave_is_counted_by_its_reason_and_told_once_by_its_origin() -> None:
    strict = bench(client=ga4())
    with structlog.testing.capture_logs() as said:
        for _ in range(2):
            strict.request(**preflight(b"https://other.example")).now()
            strict.request(**preflight(b"https://www.example.com", "/metrics/g/collect")).now()
        strict.request(**preflight(b"https://www.example.com")).now()
        strict.intake.full = True
        strict.request(**preflight(b"https://www.example.com")).now()
    pages = strict.counts.pages
    assert pages.preflights == {"origin": 2, "unclaimed": 2, "full": 1}
    assert [each["origin"] for each in said] == ["https://other.example", "https://www.example.com"]
    now = time.time_ns() // 1000
    assert pages.reasons(now) == [
        "preflights from https://other.example are refused, so its hits do not arrive: it is no https page of the site of "
        "metrics.example.com; list it under server.allowed_origins",
        "preflights from https://www.example.com are refused, so its hits do not arrive: no client claims /metrics/g/collect: "
        "the path is below /metrics, but no server.path_prefix is set; set path_prefix: /metrics, or let the proxy remove it",
    ]
    assert pages.reasons(now + RECENT + 60_000_000) == [], "what is over is not told of for ever"


@pytest.mark.parametrize(
    ("origin", "unreadable"), [(b"https://www.example.com", 0), (b"https://other.example", 1), (b"null", 1), (None, 0)]
)
def test_a_hit_whose_page_may_not_read_the_reply_is_counted(origin: bytes | None, unreadable: int) -> None:
    plain = bench(client=ga4())
    plain.request(query=HIT, headers=[HOST, *([(b"origin", origin)] if origin else [])]).now()
    assert plain.counts.pages.unreadable_replies == unreadable
    assert [row["name"] for row in plain.counts.pages.by_hit.rows()] == [origin.decode() for _ in range(unreadable) if origin]


def test_a_page_of_the_very_host_needs_no_leave() -> None:
    listed = bench(client=ga4())
    listed.app.origins = Origins(["https://shop.example"])
    listed.request(query=HIT, headers=[HOST, (b"origin", b"https://metrics.example.com")]).now()
    assert listed.counts.pages.unreadable_replies == 0


@pytest.mark.parametrize(("server", "doubts"), [({}, 1), ({"public_host": "data.example.com"}, 0)])
def test_hits_at_the_name_of_a_platform_are_told_of(server: Any, doubts: int) -> None:
    hosted = bench(client=ga4(), **server)
    with structlog.testing.capture_logs() as said:
        for _ in range(2):
            hosted.request(query=HIT, headers=[(b"host", b"tagyard-abc123-ew.a.run.app")]).now()
    assert len(said) == doubts
    assert len(hosted.counts.pages.reasons(time.time_ns() // 1000)) == doubts


@pytest.mark.parametrize("path", ["/metrics/healthy", "/healthy", "/metrics/healthz", "/healthz", "/healthz/"])
def test_health_is_answered_with_the_prefix_and_without(path: str) -> None:
    assert bench("/metrics").request(path=path).now().status == 200


@pytest.mark.parametrize(
    ("peer", "ip", "geo"),
    [(PROXY, ME.decode(), Geo("DE")), (("8.8.8.8", 1), "8.8.8.8", NOWHERE), (("100.64.0.1", 1), None, NOWHERE)],
)
def test_the_container_sees_whom_a_trusted_proxy_forwards_for(peer: Any, ip: str | None, geo: Geo) -> None:
    behind = bench(trusted_proxies="private")
    headers = [HOST, (b"x-forwarded-for", b"203.0.113.66, " + ME), (b"x-gclb-country", b"DE")]
    behind.request(headers=headers, client=peer).now()
    assert [(request.ip, request.geo) for request in behind.client.requests] == [(ip, geo)]


def test_each_reason_for_an_unknown_visitor_is_warned_of_once_and_only_the_unconfigured_are_counted() -> None:
    behind = bench(trusted_proxies="loopback")
    with structlog.testing.capture_logs() as said:
        for _ in range(2):
            behind.request(headers=[HOST, (b"x-forwarded-for", ME)], client=PROXY).now()
            behind.request(headers=[HOST], client=("127.0.0.1", 1)).now()
            behind.request(headers=[HOST], client=None).now()
    assert [(each["why"], each["proxy"]) for each in said] == [(UNCONFIGURED, "10.0.0.5"), (SILENT, "127.0.0.1")]
    assert behind.counts.without_visitor_address == 4


@pytest.mark.parametrize(
    ("origin", "proto", "readable"),
    [
        (b"https://www.example.com", b"https", True),
        (b"http://www.example.com", b"https", False),
        (b"http://www.example.com", None, False),
        (b"http://www.example.com", b"http", True),
        (b"https://www.example.com", b"http", True),
        (b"http://evilexample.com", b"http", False),
        (b"null", b"http", False),
    ],
)
def test_a_page_by_http_reads_replies_only_where_the_server_itself_is_reached_so(
    origin: bytes, proto: bytes | None, readable: bool
) -> None:
    headers = [HOST, (b"origin", origin), (b"x-forwarded-for", ME), *([(b"x-forwarded-proto", proto)] if proto else [])]
    behind = bench(trusted_proxies="private")
    assert ("access-control-allow-origin" in behind.request(headers=headers, client=PROXY).now().headers) is readable
    direct = behind.request(headers=headers, client=("8.8.8.8", 1)).now()
    assert ("access-control-allow-origin" in direct.headers) is origin.startswith(b"https:")


@pytest.mark.parametrize("path", ["/alive", "/alive/", "/metrics/alive", "/any/thing/alive"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_alive_is_whether_it_answers_and_not_whether_it_accepts(path: str, method: str) -> None:
    mounted = bench("/metrics", ga4())
    mounted.intake.full = True
    assert mounted.request(path=path, method=method, query=b"").now().status == 200
    assert mounted.request(path="/healthy", query=b"").now().status == 503
    assert (mounted.counts.probes, mounted.counts.turned_away) == ({"alive": 1, "health": 1}, {})


def test_a_hit_to_a_path_that_only_resembles_one_is_a_hit() -> None:
    mounted = bench(client=ga4())
    assert mounted.request(path="/alive", method="POST", query=b"").now().status == 400
    assert mounted.request(path="/stayalive", query=b"").now().status == 400
