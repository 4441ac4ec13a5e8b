"""Values, times, queries and bodies as pages show them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.secret import MASK
from core.types import Headers, OutboundRequest
from core.undefined import UNDEFINED
from server.explain.curl import read_curl
from server.inspection import present
from server.inspection.present import LONGEST_BODY, body, duration, masked_query, masked_url, outbound, value
from server.inspection.privacy import HIDDEN, Privacy

PLAIN = Privacy(())


def test_times_are_told_in_utc() -> None:
    at = 1_764_340_311_502_999
    assert present.moment(at) == "2025-11-28 14:31:51.502 UTC"
    assert present.clock(at) == "14:31:51.502"
    assert present.day(at) == "2025-11-28"


@pytest.mark.parametrize(
    ("microseconds", "words"),
    [(0, "0.0 ms"), (3249, "3.2 ms"), (999_900, "999.9 ms"), (1_000_000, "1.00 s"), (1_250_000, "1.25 s")],
)
def test_a_duration_is_told_in_the_unit_that_fits(microseconds: int, words: str) -> None:
    assert duration(microseconds) == words


@pytest.mark.parametrize(
    ("given", "text", "kind"),
    [
        ("a", "a", "text"),
        ("12", "12", "text"),
        (12, "12", "number"),
        (1.5, "1.5", "number"),
        (float("inf"), "Infinity", "number"),
        (True, "true", "boolean"),
        (None, "null", "text"),
        ([1, "é"], '[1, "é"]', "list"),
        ({"a": {}}, '{"a": {}}', "object"),
        (UNDEFINED, "undefined", "undefined"),
        ("undefined", "undefined", "text"),
        (HIDDEN, HIDDEN, "masked"),
    ],
)
def test_a_value_is_told_with_its_kind(given: Any, text: str, kind: str) -> None:
    assert value(given) == {"text": text, "kind": kind}


PIECES = st.text("abc%=+;/?0257EFéü.", max_size=8)


@given(st.lists(PIECES, max_size=5).map("&".join))
def test_what_is_not_masked_stands_byte_for_byte_as_it_was_written(query: str) -> None:
    assert masked_query(query, PLAIN) == query
    assert masked_url(f"/path?{query}", PLAIN) == (f"/path?{query}" if query else "/path?")


def test_only_what_is_masked_changes_and_stays_a_query() -> None:
    privacy = Privacy(["canary-secret"], ["Max Muster"])
    query = "a=%7e+&em=1&dl=https%3A%2F%2Fx%2F%3Fm%3Da%2540b.de%26c%3Dd&key=x%20canary-secret%26&who=Max+Muster&b&=&a=%zz"
    assert masked_query(query, privacy) == (
        f"a=%7e+&em={HIDDEN}&dl=https%3A%2F%2Fx%2F%3Fm%3D{HIDDEN}%26c%3Dd&key=x%20{MASK}%26&who={HIDDEN}&b&=&a=%zz"
    )
    assert present.pairs(query, privacy)[1:4] == [
        ("em", HIDDEN),
        ("dl", f"https://x/?m={HIDDEN}&c=d"),
        ("key", f"x {MASK}&"),
    ]


def test_a_body_of_lines_is_decoded_line_by_line() -> None:
    told = body(b"en=a&ep.email=a%40b.example\r\nen=b&ep.x=%C3%A9\x0b\xe2\x80\xa8&flag\n", PLAIN)
    assert told["body"] == f"en=a&ep.email={HIDDEN}\nen=b&ep.x=%C3%A9\x0b\u2028&flag"
    assert told["body_parts"] == [[("en", "a"), ("ep.email", HIDDEN)], [("en", "b"), ("ep.x", "é\x0b\u2028"), ("flag", "")]]
    assert (told["body_json"], told["truncated"]) == (None, False)


def test_what_stands_behind_an_ampersand_escaped_for_html_is_masked_by_its_name() -> None:
    query = "v=2&amp;api_secret=canary&amp;amp;ep.phone=49171&#38;_uip=203.0.113.9"
    assert masked_query(query, PLAIN) == f"v=2&amp;api_secret={MASK}&amp;amp;ep.phone={HIDDEN}&#38;_uip={HIDDEN}"
    assert present.pairs(query, PLAIN) == [("v", "2"), ("api_secret", MASK), ("ep.phone", HIDDEN), ("_uip", HIDDEN)]


def test_a_body_of_lines_may_end_them_with_a_carriage_return() -> None:
    assert body(b"en=a&ep.phone=49171\ren=b", PLAIN)["body_parts"] == [[("en", "a"), ("ep.phone", HIDDEN)], [("en", "b")]]


@pytest.mark.parametrize(
    "raw", [b'{"a": "b@c.example", "n": 1, "phone": 49171}', b'  {"a":"b\\u0040c.example","n":1,"phone":49171}']
)
def test_a_body_of_json_is_masked_part_by_part(raw: bytes) -> None:
    told = body(raw, PLAIN)
    assert json.loads(told["body"]) == json.loads(told["body_json"] or "") == {"a": HIDDEN, "n": 1, "phone": HIDDEN}
    assert told["body_parts"] == []
    assert body(raw, Privacy((), reveal=True))["body"] == raw.decode()


@pytest.mark.parametrize(
    "raw",
    [b"hello", b"{broken", b"[" * 5000, b'{"a":' * 900 + b"1" + b"}" * 900, b"\xff\xfe", b"", b'{"n": ' + b"9" * 5000 + b"}"],
)
def test_any_body_can_be_shown(raw: bytes) -> None:
    told = body(raw, PLAIN)
    json.dumps(told, allow_nan=False, ensure_ascii=False).encode()
    assert told["body_parts"] == []


@pytest.mark.parametrize(
    "raw",
    [b"x" * (LONGEST_BODY + 1), b'{"a": "' + b"x" * LONGEST_BODY + b'"}', b"a=b&" * LONGEST_BODY, b"=" + b"&" * LONGEST_BODY],
)
def test_of_a_long_body_the_beginning_is_shown(raw: bytes) -> None:
    told = body(raw, PLAIN)
    assert LONGEST_BODY - 4096 <= len(told["body"]) <= LONGEST_BODY
    assert raw.startswith(told["body"].encode()[: LONGEST_BODY // 2].replace(b'"a":', b'"a": '))
    assert told["truncated"]
    assert len(told["body_json"] or "") <= LONGEST_BODY
    assert not body(raw[: LONGEST_BODY - 10], PLAIN)["truncated"]


@pytest.mark.parametrize("cut", range(0, 14, 3))
def test_no_half_of_a_secret_is_left_where_a_long_body_ends(cut: int) -> None:
    raw = b"a=" + b"x" * (LONGEST_BODY - 5 - cut) + b"&k=canary-secret&" + b"y" * LONGEST_BODY
    for privacy in (Privacy(["canary-secret"]), Privacy(["canary-secret"], reveal=True)):
        assert "can" not in json.dumps(body(raw, privacy))


SENT: list[tuple[str, str, Headers, bytes]] = [
    ("POST", "https://v.example/g/collect?v=2&en=a%20b&flag", (("user-agent", "Tagyard"),), b""),
    ("GET", "https://v.example/?a='b'&c=$HOME`x`", (("x-a", 'it\'s "quoted" \\ $x; y'),), b""),
    ("POST", "https://v.example/", (("content-type", "application/json"),), '{"a":"it\'s","b":"\\\\n é"}'.encode()),
    ("POST", "https://v.example/", (("content-type", "text/plain"),), b"en=a&b=1\nen=b&c='2'"),
    ("PUT", "https://v.example/x", (("content-type", "text/plain"),), "@file é 😀".encode()),
]


@pytest.mark.parametrize(("method", "url", "headers", "sent"), SENT)
def test_a_message_can_be_sent_again_by_curl(method: str, url: str, headers: Headers, sent: bytes) -> None:
    told = outbound(OutboundRequest(method, url, headers, sent, (0,)), PLAIN)
    (hit,) = read_curl(told["curl"], "shown")
    assert (hit.method, hit.url) == (method, url)
    assert dict(headers).items() <= dict(hit.headers).items()
    assert hit.body == sent
    assert (told["method"], told["url"], told["target"], told["line"]) == (method, url, url.partition("?")[0], False)


@given(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0\r@"), max_size=30))
def test_a_shell_takes_no_part_of_a_message_for_a_command(text: str) -> None:
    command = present.curl("POST", "https://v.example/", [("x-a", f"<{text.strip()}>".replace("\n", " "))], text)
    (hit,) = read_curl(command, "shown")
    assert hit.body.decode() == text
    assert dict(hit.headers)["x-a"] == f"<{text.strip()}>".replace("\n", " ")


def test_a_masked_message_holds_its_masks_in_every_form() -> None:
    request = OutboundRequest(
        "POST",
        "https://v.example/o/a%40b.example?api_secret=canary&em=x&ip=203.0.113.7",
        (("authorization", "Basic eDp5"), ("x-forwarded-for", "203.0.113.7"), ("x-b", "canary-secret")),
        b'{"user_data":{"email":"a@b.example"},"ip":"203.0.113.7"}',
        (0,),
    )
    told = outbound(request, Privacy(["canary", "canary-secret"], ["203.0.113.7"]))
    text = json.dumps(told, ensure_ascii=False)
    for hidden in ("canary", "203.0.113.7", "b.example", "eDp5", "em=x"):
        assert hidden not in text
    assert told["target"] == f"https://v.example/o/{HIDDEN}"
    assert told["query"] == [("api_secret", MASK), ("em", HIDDEN), ("ip", HIDDEN)]
