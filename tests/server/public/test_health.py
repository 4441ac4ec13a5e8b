"""Which requests ask how the server is, and what they are answered."""

from __future__ import annotations

import pytest

from tests.server.public.bench import HOST, ORIGIN, Bench


@pytest.mark.parametrize("path", ["/healthy", "/healthz", "/metrics/healthy", "/a/b/healthz", "/healthy/"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_health_is_answered_on_any_path_that_ends_so(path: str, method: str) -> None:
    bench = Bench()
    call = bench.request(path=path, method=method).now()
    assert (call.status, call.body) == (200, b"ok\n")
    assert call.headers["content-type"].startswith("text/plain")
    assert "cache-control" not in call.headers
    bench.intake.full = True
    assert bench.request(path=path, method=method).now().status == 503
    assert not bench.client.requests


@pytest.mark.parametrize("path", ["/", "*"])
@pytest.mark.parametrize("headers", [[], [HOST], [(b"host", b"")]], ids=["no host", "a host", "an empty host"])
def test_the_check_that_haproxy_makes_by_itself_is_one_of_health(path: str, headers: list[tuple[bytes, bytes]]) -> None:
    bench = Bench()
    assert bench.request(path=path, method="OPTIONS", headers=headers).now().status == 200
    bench.intake.full = True
    assert bench.request(path=path, method="OPTIONS", headers=headers).now().status == 503
    assert not bench.client.requests


def test_a_preflight_of_a_browser_is_no_check_of_health() -> None:
    bench = Bench()
    bench.request(path="/", method="OPTIONS", headers=[HOST, ORIGIN]).now()
    assert len(bench.client.requests) == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/unhealthy"), ("GET", "/healthy/x"), ("GET", "/healthy?"), ("POST", "/healthy"), ("OPTIONS", "/healthz")],
)
def test_anything_else_is_for_the_clients(method: str, path: str) -> None:
    bench = Bench()
    bench.request(path=path, method=method).now()
    assert [request.path for request in bench.client.requests] == [path]
