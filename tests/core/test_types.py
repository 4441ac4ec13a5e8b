"""Requests, replies and the other values that pass through the container."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.query import parse_pairs
from core.types import NOWHERE, Claim, Geo, Payload, Reply, Request, Response


def request(query: str = "", *headers: tuple[str, str]) -> Request:
    return Request("r", 1, "GET", "/g/collect", query, headers)


@pytest.mark.parametrize(
    ("query", "read"),
    [
        ("", {}),
        ("a=1&b=2", {"a": "1", "b": "2"}),
        ("a=1&a=2", {"a": "1"}),
        ("flag", {"flag": ""}),
        ("flag=&flag=1", {"flag": ""}),
        ("&&a=1&", {"a": "1"}),
        ("dl=https%3A%2F%2Fx.de%2F%3Fa%3D1", {"dl": "https://x.de/?a=1"}),
        ("t=a+b%2Bc", {"t": "a b+c"}),
        ("a=b=c", {"a": "b=c"}),
        ("=v", {"": "v"}),
        ("n%61me=v", {"name": "v"}),
        ("bad=%ff", {"bad": "\ufffd"}),
        ("bad=%zz%", {"bad": "%zz%"}),
    ],
)
def test_a_query_is_decoded_once_and_the_first_of_a_name_counts(query: str, read: dict[str, str]) -> None:
    assert request(query).query == read


@pytest.mark.parametrize(
    ("header", "read"),
    [
        ("_ga=GA1.1.2.3; FPID=x%20y", {"_ga": "GA1.1.2.3", "FPID": "x y"}),
        ("a=1; a=2", {"a": "1"}),
        (" a = 1 ;;b", {"a ": " 1", "b": ""}),
        ("a=1+2", {"a": "1+2"}),
        ("", {}),
    ],
)
def test_cookies_are_decoded_and_a_plus_in_them_is_a_plus(header: str, read: dict[str, str]) -> None:
    assert request("", ("cookie", header)).cookies == read


def test_cookies_may_stand_on_several_lines() -> None:
    assert request("", ("cookie", "a=1; b=2"), ("x", "y"), ("cookie", "a=3; c=4")).cookies == {"a": "1", "b": "2", "c": "4"}


def test_a_request_without_cookies_has_none() -> None:
    assert request().cookies == {}


def test_query_and_cookies_are_parsed_once() -> None:
    one = request("a=1", ("cookie", "b=2"))
    assert one.query is one.query
    assert one.cookies is one.cookies


def test_parsing_does_not_change_what_a_request_equals() -> None:
    parsed = request("a=1")
    assert parsed.query
    assert parsed == request("a=1")
    assert "_parsed" not in repr(parsed)


def test_the_first_header_of_a_name_counts() -> None:
    headers = (("accept", "image/gif"), ("accept", "text/html"))
    assert request("", *headers).header("accept") == "image/gif"
    assert request("", *headers).header("host") is None
    assert Response(200, headers).header("accept") == "image/gif"
    assert Response(200, headers).header("retry-after") is None


@given(st.text())
@settings(max_examples=200)
def test_any_query_can_be_read(query: str) -> None:
    assert all(isinstance(value, str) for value in request(query).query.values())


@given(st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=1), st.text(st.characters(codec="utf-8"))))
@settings(max_examples=100)
def test_what_was_percent_encoded_comes_back(pairs: dict[str, str]) -> None:
    encoded = [f"{_escaped(name)}={_escaped(value)}" for name, value in pairs.items()]
    assert parse_pairs(encoded) == pairs


def _escaped(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


@pytest.mark.parametrize("bad", ["\r", "\n", "\0"])
@pytest.mark.parametrize("place", ["name", "value"])
def test_a_reply_refuses_a_header_that_could_become_two(bad: str, place: str) -> None:
    header = (f"x{bad}", "v") if place == "name" else ("x", f"v{bad}set-cookie: a=1")
    with pytest.raises(ValueError, match="a line break, a NUL"):
        Reply(200, (("content-type", "text/plain"), header))


@given(st.text(), st.text())
@settings(max_examples=200)
def test_no_text_creates_a_header_line(name: str, value: str) -> None:
    try:
        reply = Reply(200, ((name, value),))
    except ValueError:
        return
    assert not {"\r", "\n", "\0"} & set("".join("".join(pair) for pair in reply.headers))


def test_the_message_about_a_bad_header_does_not_break_lines_itself() -> None:
    with pytest.raises(ValueError, match="x") as raised:
        Reply(200, (("x\r\ny", "v"),))
    assert "\n" not in str(raised.value)


def _what_the_type_checker_refuses(request: Request, reply: Reply, claim: Claim, payload: Payload, response: Response) -> None:
    """Never called: an ignored error that is none would be one, so each of these lines is checked by ``mypy --strict``."""
    request.path = "/other"  # type: ignore[misc]  # that is the test
    reply.status = 200  # type: ignore[misc]  # that is the test
    claim.skipped = 1  # type: ignore[misc]  # that is the test
    payload.body = {}  # type: ignore[misc]  # that is the test
    response.body = b""  # type: ignore[misc]  # that is the test


@pytest.mark.parametrize(
    "value", [request(), Reply(204), Claim([], Reply(204)), Payload({}, "https://x.de"), Response(200), NOWHERE]
)
def test_the_nouns_have_no_room_for_another_field(value: object) -> None:
    with pytest.raises(AttributeError):
        setattr(value, "anything", "other")  # noqa: B010  the type checker would refuse the plain form


def test_nobody_is_anywhere_until_somebody_trusted_says_so() -> None:
    assert Geo() == NOWHERE == request().geo
    assert (NOWHERE.country, NOWHERE.region, NOWHERE.city) == (None, None, None)


def test_a_request_has_32_bytes_of_randomness() -> None:
    assert len(request().entropy) == 32
