"""A head that is read all at once is read as field by field, and one that is taken for usual has nothing wrong with it."""

from __future__ import annotations

from typing import Final

from httptools import HttpParserError, HttpRequestParser
from hypothesis import example, given
from hypothesis import strategies as st

from server.connections import fields
from server.connections.fields import LONGEST_NAME, MAX_COOKIES, MOST_NAMES
from server.connections.head import Head, Names, pairs, texts
from server.connections.refusals import RefusedError

NAMES: Final = st.sampled_from([b"Host", b"host", b"Cookie", b"cookie", b"X-A", b"Expect", b"Transfer-Encoding", b"x|~"])
VALUES: Final = st.one_of(
    st.sampled_from([b"m.example.com", b"a b", b"100-continue", b"chunked", b"a=b", b""]),
    st.binary(max_size=8),
)
FIELDS: Final = st.lists(st.tuples(NAMES, VALUES), max_size=8)


class Heard:
    """What the parser tells of, as the protocol keeps it."""

    def __init__(self) -> None:
        self.fields: list[bytes] = []
        self.one_by_one: list[tuple[bytes, bytes]] = []

    def on_header(self, name: bytes, value: bytes) -> None:
        self.fields += (name, value)
        self.one_by_one.append((name.lower(), value))


def heard(sent: list[tuple[bytes, bytes]]) -> Heard | None:
    heard = Heard()
    try:
        HttpRequestParser(heard).feed_data(b"GET / HTTP/1.1\r\n%s\r\n" % b"".join([b"%s: %s\r\n" % each for each in sent]))
    except HttpParserError:
        return None
    return heard


@given(FIELDS)
@example([(b"X-A", b"\x85\xa0"), (b"x-a", b"")])
@example([])
def test_all_at_once_is_one_by_one(sent: list[tuple[bytes, bytes]]) -> None:
    if (told := heard(sent)) is not None:
        headers = texts(told.fields)
        assert headers == tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in told.one_by_one)
        assert pairs(headers) == told.one_by_one


def test_no_value_that_the_parser_lets_through_has_a_line_break_in_it() -> None:
    for byte in range(256):
        told = heard([(b"X", b"a%cb" % byte)])
        assert (told is None) == (byte not in (0x09, *range(0x20, 0x7F), *range(0x80, 0x100)))


@given(FIELDS)
@example([(b"Host", b"m.example.com"), (b"Cookie", b"a=b")])
@example([(b"Host", b"m.example.com"), (b"Cookie", b"a=b"), (b"Cookie", b"c=d")])
def test_what_is_usual_needs_no_check(sent: list[tuple[bytes, bytes]]) -> None:
    fields.check([(b"host", b"m.example.com")], 20, MAX_COOKIES, lambda: "1.1")
    if (told := heard(sent)) is None:
        return
    headers = texts(told.fields)
    checked = pairs(headers)
    try:
        waits = fields.check(checked, 200, MAX_COOKIES, lambda: "1.1")
    except RefusedError:
        waits = True
    if fields.is_usual(headers, dict(headers), 200, MAX_COOKIES):
        assert not waits
        assert checked == told.one_by_one


def test_the_path_is_decoded_once() -> None:
    head = Head("GET", "1.1", "/%C3%A4%252F", "a=%20", (("host", "a"),), {"host": "a"}, 20)
    scope = head.scope({"type": "http"})
    assert (scope["path"], scope["raw_path"], scope["query_string"]) == ("/ä%2F", b"/%C3%A4%252F", b"a=%20")
    assert scope["headers"] == [(b"host", b"a")]


def test_names_that_senders_make_up_are_not_remembered_without_an_end() -> None:
    names = Names()
    for number in range(2 * MOST_NAMES):
        assert names[b"X-%d" % number] == f"x-{number}"
    assert names[b"X-" + b"y" * LONGEST_NAME] == "x-" + "y" * LONGEST_NAME
    assert len(names) <= MOST_NAMES + 1
    assert names[b"X-1"] is names[b"x-1"] is names[b"X-1"]
