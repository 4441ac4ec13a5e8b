from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.types import OutboundRequest
from server.http.errors import InvalidRequest
from server.http.message import serialise


def written(method: str = "POST", headers: tuple[tuple[str, str], ...] = (), body: bytes = b"", target: str = "/") -> bytes:
    return serialise(OutboundRequest(method, "", headers, body, (0,)), "example.com", target)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (written("GET", target="/a?b"), b"GET /a?b HTTP/1.1\r\nHost: example.com\r\n\r\n"),
        (written("HEAD"), b"HEAD / HTTP/1.1\r\nHost: example.com\r\n\r\n"),
        (written("POST"), b"POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 0\r\n\r\n"),
        (written("POST", body=b"hit"), b"POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 3\r\n\r\nhit"),
        (written("PUT"), b"PUT / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 0\r\n\r\n"),
        (written("DELETE", body=b"x"), b"DELETE / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 1\r\n\r\nx"),
        (written("GET", (("X-A", "1"), ("x-a", ""))), b"GET / HTTP/1.1\r\nHost: example.com\r\nX-A: 1\r\nx-a: \r\n\r\n"),
        (written("GET", (("a", "\xfc"),)), b"GET / HTTP/1.1\r\nHost: example.com\r\na: \xfc\r\n\r\n"),
        (written("GET", (("a", "\u20ac"),)), b"GET / HTTP/1.1\r\nHost: example.com\r\na: \xe2\x82\xac\r\n\r\n"),
        (written("GET", (("a", "\ud800"),)), b"GET / HTTP/1.1\r\nHost: example.com\r\na: ?\r\n\r\n"),
    ],
)
def test_writes(message: bytes, expected: bytes) -> None:
    assert message == expected


@pytest.mark.parametrize("unsafe", ["\r\nEvil: 1", "\n", "\r", "\0", "a\r\n\r\nGET / HTTP/1.1"])
def test_nothing_unsafe_enters_the_head(unsafe: str) -> None:
    for headers, target in [((("a", unsafe),), "/"), (((f"a{unsafe}", "b"),), "/"), ((), f"/{unsafe}")]:
        with pytest.raises(InvalidRequest):
            written("GET", headers, target=target)


@pytest.mark.parametrize("name", ["", "a b", "a:", "ä", " a", "a\t"])
def test_a_header_name_is_a_token(name: str) -> None:
    with pytest.raises(InvalidRequest, match="header's name"):
        written("GET", ((name, "1"),))


@pytest.mark.parametrize("name", ["Host", "content-length", "Transfer-Encoding", "Connection", "Expect", "TE", "Upgrade"])
def test_framing_belongs_to_the_connection(name: str) -> None:
    with pytest.raises(InvalidRequest, match=f"header {name} is set by the connection"):
        written("GET", ((name, "1"),))


@pytest.mark.parametrize("method", ["", "get", "CONNECT", "TRACE", "GET /x HTTP/1.1\r\nA:", "FETCH"])
def test_methods_are_the_known_ones(method: str) -> None:
    with pytest.raises(InvalidRequest, match="DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"):
        written(method)


@settings(max_examples=300)
@given(st.lists(st.tuples(st.sampled_from(["a", "User-Agent"]), st.text() | st.sampled_from(["\r\n", "a\nb"])), max_size=4))
def test_one_header_stays_one_line(headers: list[tuple[str, str]]) -> None:
    try:
        message = written("GET", tuple(headers))
    except InvalidRequest:
        assert any(set("\r\n\0") & set(value) for _, value in headers)
    else:
        assert message.count(b"\r\n") == message.count(b"\n") == message.count(b"\r") == len(headers) + 3


def test_a_header_value_that_is_no_text_is_sent_as_its_text() -> None:
    headers: Any = (("X-Number", 7), ("X-None", None))
    assert b"X-Number: 7\r\nX-None: None\r\n" in written("GET", headers)


def test_a_header_value_that_is_no_text_carries_nothing_unsafe() -> None:
    class Sly:
        def __str__(self) -> str:
            return "a\r\nEvil: 1"

    headers: Any = (("a", Sly()),)
    with pytest.raises(InvalidRequest):
        written("GET", headers)
