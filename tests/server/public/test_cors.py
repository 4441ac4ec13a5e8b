"""Which pages may read replies: those of the visitor's own site, and those that are listed."""

from __future__ import annotations

import pytest

from server.visitors.origins import Origins
from tests.server.public.bench import HOST, ORIGIN, Bench


@pytest.mark.parametrize("path", ["/g/collect", "/other", "/healthy"])
def test_cors_is_on_every_reply(path: str) -> None:
    headers = Bench().request(path=path, headers=[HOST, ORIGIN]).now().headers
    assert headers["access-control-allow-origin"] == "https://www.example.com"
    assert headers["access-control-allow-credentials"] == "true"
    assert headers["vary"] == "Origin"


@pytest.mark.parametrize("origin", [b"https://evilexample.com", b"https://example.com.evil", b"null", b"", b"\xff"])
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
@pytest.mark.parametrize("path", ["/g/collect", "/other", "/healthy"])
def test_a_foreign_page_may_read_nothing(origin: bytes, method: str, path: str) -> None:
    headers = Bench().request(path=path, method=method, headers=[HOST, (b"origin", origin)]).now().headers
    assert not [name for name in headers if name.startswith("access-control")]
    assert headers["vary"] == "Origin"


def test_a_preflight_is_answered() -> None:
    headers = Bench().request(method="OPTIONS", headers=[HOST, ORIGIN]).now().headers
    assert headers["access-control-allow-methods"] == "GET, POST, OPTIONS"
    assert headers["access-control-max-age"] == "7200"
    assert "access-control-max-age" not in Bench().request(headers=[HOST, ORIGIN]).now().headers


def test_listed_origins_are_allowed_and_may_be_replaced_while_it_runs() -> None:
    bench = Bench(origins=["https://shop.example"])
    shop = [HOST, (b"origin", b"https://shop.example")]
    assert "access-control-allow-origin" in bench.request(headers=shop).now().headers
    bench.app.origins = Origins([])
    assert "access-control-allow-origin" not in bench.request(headers=shop).now().headers
