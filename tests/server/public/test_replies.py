"""How a reply is written: its length, its cookies, and files of somebody else's."""

from __future__ import annotations

from typing import Any

import pytest

from core.types import Headers, Reply
from server.connections import head
from server.connections.fields import MOST_NAMES
from server.public import asgi
from tests.server.public.bench import HOST, UPSTREAM, Bench, piece


@pytest.mark.parametrize(
    ("reply", "size"), [(Reply(204), None), (Reply(200), "0"), (Reply(200, (("content-type", "image/gif"),), b"GIF"), "3")]
)
def test_a_reply_says_how_long_it_is_where_it_has_a_body(reply: Reply, size: str | None) -> None:
    bench = Bench()
    bench.client.reply = reply
    call = bench.request().now()
    assert (call.headers.get("content-length"), call.body) == (size, reply.body)


def test_cookies_of_a_reply_are_sent_one_by_one() -> None:
    bench = Bench()
    cookies: Headers = (("set-cookie", "a=1"), ("set-cookie", "b=2"))
    bench.client.reply = Reply(204, cookies)
    sent = bench.request().now().sent[0]["headers"]
    assert [value for name, value in sent if name == b"set-cookie"] == [b"a=1", b"b=2"]


def test_a_file_of_somebody_elses_is_answered_by_whoever_keeps_it() -> None:
    bench = Bench()
    bench.client.reply = UPSTREAM
    call = bench.request().now()
    assert (call.status, call.body) == (200, UPSTREAM.url.encode())
    embeddable = {"vary": "Origin", "cross-origin-resource-policy": "cross-origin"}
    assert call.headers == {"etag": '"1"', **embeddable, "content-length": str(len(UPSTREAM.url))}
    assert len(bench.intake.accepted) == 1, "events that come with it are kept all the same"
    unchanged = bench.request(headers=[HOST, (b"if-none-match", b'"1"')]).now()
    assert (unchanged.status, unchanged.headers) == (304, {"etag": '"1"', **embeddable})


def test_what_visitors_make_up_is_not_kept_without_an_end() -> None:
    for number in range(2 * MOST_NAMES):
        name, cookie = b"x-%d" % number, f"_ga={number}; Path=/"
        assert asgi.decoded([(name, b"\xe9")]) == ((name.decode(), "é"),)
        assert asgi.head(Reply(204, (("set-cookie", cookie),)), [])["headers"] == [(b"set-cookie", cookie.encode())]
        asgi.head(Reply(204, (("content-type", f"text/{number}"),)), [])
    assert len(head.NAMES) <= MOST_NAMES >= len(asgi._written)
    assert not [name for name, _ in asgi._written if name == "set-cookie"]


def test_headers_of_a_plugin_may_be_lists() -> None:
    bench = Bench()
    headers: Any = (["content-type", "text/plain"], ["x-own", "1"])
    bench.client.reply = Reply(200, headers, b"ok")
    call = bench.request(piece(b"")).now()
    assert (call.status, call.headers["content-type"], call.headers["x-own"], call.body) == (200, "text/plain", "1", b"ok")
