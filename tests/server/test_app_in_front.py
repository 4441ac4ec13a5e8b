"""The public port behind proxies and below a path: which path, address, place and scheme a request has."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from config import ServerSettings
from core.types import NOWHERE, Geo
from server.visitor import SILENT, UNCONFIGURED, Visitors
from tests.server.test_app import HOST, Bench

ME = b"198.51.100.7"
PROXY = ("10.0.0.5", 1)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def bench(prefix: str = "", **server: Any) -> Bench:
    made = Bench()
    made.app.visitors = Visitors(ServerSettings.model_validate(server))
    made.app._prefix = prefix
    return made


@pytest.mark.parametrize(("path", "inside"), [("/metrics/g/collect", "/g/collect"), ("/metrics", "/"), ("/metrics/", "/")])
def test_clients_see_paths_without_the_prefix(path: str, inside: str) -> None:
    mounted = bench("/metrics")
    assert mounted.request(path=path).now().status == 204
    assert [request.path for request in mounted.client.requests] == [inside]


@pytest.mark.parametrize("path", ["/g/collect", "/", "/metricsx/g/collect", "/x/metrics/g/collect"])
def test_what_is_not_below_the_prefix_is_unclaimed(path: str) -> None:
    mounted = bench("/metrics")
    call = mounted.request(path=path).now()
    assert (call.status, call.headers["vary"]) == (400, "Origin")
    assert not mounted.client.requests
    assert mounted.counts.claimed == {"": 1}
    assert mounted.counts.replies == {400: 1}


@pytest.mark.parametrize("path", ["/metrics/healthy", "/healthy", "/metrics/healthz", "/healthz"])
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
    assert [(each["event"], each["proxy"]) for each in said] == [(UNCONFIGURED, "10.0.0.5"), (SILENT, "127.0.0.1")]
    assert behind.counts.nameless == 4


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
