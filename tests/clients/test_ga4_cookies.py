"""The cookie that says who a visitor is: which one is read, and what is set of it."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.ga4 import Ga4
from core.component import Setup
from core.types import Claim, Reply, Request
from tests.clients.server_cookies import NOW, OLD, SECRET, VECTOR, VECTOR_ID, claim, cookies_of, event_of, hit
from wire.cookies.fpid import Fpid


def test_by_default_no_cookie_is_read_or_set() -> None:
    request = hit("&_fplc=0", f"FPID={VECTOR}")
    found = Ga4(Ga4.Settings(), Setup("web")).claim(request)  # type: ignore[arg-type]  # Settings is the class's own
    assert isinstance(found, Claim)
    assert cookies_of(found) == {}
    assert event_of(found)["client_id"] == OLD
    assert "x-ga-js_client_id" not in event_of(found)
    assert request._parsed == {}


def test_a_known_visitor_keeps_the_servers_client_id_and_the_cookie_is_refreshed() -> None:
    found = claim(hit(cookie=f"a=b; FPID={VECTOR}; c=d"))
    assert event_of(found)["client_id"] == VECTOR_ID
    assert event_of(found)["x-ga-js_client_id"] == OLD
    assert found.reply == Reply(
        204,
        (
            ("cache-control", "no-cache"),
            ("set-cookie", f"FPID={VECTOR}; Max-Age=63072000; Domain=shop.example; Path=/; Secure; SameSite=Lax; HttpOnly"),
        ),
    )


@pytest.mark.parametrize(
    ("host", "domain", "level"),
    [
        ("shop.example.co.uk", "Domain=example.co.uk", 3),
        ("data.example.com", "Domain=example.com", 2),
        ("data.example.com:8443", "Domain=example.com", 2),
        ("localhost", None, 1),
        ("192.0.2.1", None, 1),
        ("[2001:db8::1]", None, 1),
        ("evil.com;Domain=bank.com", None, 1),
    ],
)
def test_the_cookies_domain(host: str, domain: str | None, level: int) -> None:
    reply = claim(hit("&_fplc=0", host=host), secret=SECRET).reply
    assert isinstance(reply, Reply)
    for _, line in reply.headers[1:]:
        assert [part for part in line.split("; ") if part.startswith("Domain")] == ([domain] if domain else [])
    assert reply.headers[1][1].startswith(f"FPID=FPID2.{level}.")


@pytest.mark.parametrize(
    ("more", "accept", "status", "type"),
    [("", "*/*", 204, None), ("", "image/avif,*/*", 200, "image/gif"), ("&richsstsse", "*/*", 200, "text/event-stream")],
)
def test_every_kind_of_reply_sets_it_and_is_kept_by_nobody(more: str, accept: str, status: int, type: str | None) -> None:
    for _ in range(2):  # the second shows that the first left no trace in what is shared
        found = claim(hit(more, headers=(("accept", accept),)))
        assert isinstance(found.reply, Reply)
        headers = dict(found.reply.headers)
        assert (found.reply.status, headers.get("content-type"), headers["cache-control"]) == (status, type, "no-cache")
        assert list(cookies_of(found)) == ["FPID"]


@pytest.mark.parametrize("request_", [hit(body=b"dt=x"), Request("r", 0, "OPTIONS", "/g/collect"), hit("&a" * 1000)])
def test_where_no_event_came_no_cookie_is_set(request_: Request) -> None:
    assert cookies_of(claim(request_)) == {}


BAD = [
    "FPID2.1.AAEC.5",
    "GA1.1.5.5",
    VECTOR.replace("FPID2", "FPID1"),
    VECTOR + "9" * 5000,
    VECTOR.replace("AAEC", "%0d%0aSet-Cookie:"),
    "",
]


@pytest.mark.parametrize("bad", BAD)
def test_a_cookie_that_cannot_be_read_is_none(bad: str) -> None:
    assert claim(hit(cookie=f"FPID={bad}"), secret=SECRET) == claim(hit(), secret=SECRET)
    assert event_of(claim(hit(cookie=f"FPID={bad}; FPID={VECTOR}")))["client_id"] == VECTOR_ID


def test_of_two_cookies_the_first_that_parses_counts() -> None:
    other = Fpid(bytes(32), 5).text
    assert event_of(claim(hit(cookie=f"FPID={VECTOR}; FPID={other}")))["client_id"] == VECTOR_ID
    assert event_of(claim(hit(cookie=f"FPID={other}", headers=(("cookie", f"FPID={VECTOR}"),))))["client_id"] == "A" * 43 + "=.5"


def test_a_batch_is_one_visitor_with_one_cookie() -> None:
    found = claim(hit(body=b"en=a\r\nen=b&cid=9.9\r\nen=c", cookie=f"FPID={VECTOR}"))
    assert [event["client_id"] for event in found.events] == [VECTOR_ID] * 3
    assert [event["x-ga-js_client_id"] for event in found.events] == [OLD, "9.9", OLD]
    assert cookies_of(found) == {"FPID": VECTOR}


LINE = re.compile(
    r"(FPID=FPID2\.\d+\.[A-Za-z0-9%]+\.\d+|FPLC=[A-Za-z0-9_-]{96}); Max-Age=\d+; (Domain=[a-z0-9_.-]+; )?"
    r"Path=/; Secure; SameSite=Lax(; HttpOnly)?"
)
TEXT = st.text(max_size=40) | st.sampled_from(
    ["\r\nset-cookie: a=b", "; Domain=evil.com", "a=b; c=d", "%0d%0a", "\0", "0", VECTOR]
)


@settings(max_examples=300)
@given(TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, st.booleans())
def test_no_byte_of_input_makes_a_header_or_another_cookie(
    cid: str, fplc: str, location: str, cookie: str, host: str, junk: str, raw: bool
) -> None:
    encode = str if raw else (lambda text: quote(text.encode("utf-8", "replace")))
    query = f"v=2&tid=G-ABC&en=a&cid={encode(cid)}&_fplc={encode(fplc)}&dl={encode(location)}&{encode(junk)}"
    headers = (("host", host), ("cookie", f"FPID={cookie}; FPLC={fplc}; {junk}"), ("cookie", junk))
    request = Request("r", NOW * 1_000_000, "GET", "/g/collect", query, headers)
    found = claim(request, secret=SECRET)
    assert isinstance(found.reply, Reply)
    set_cookies = [value for name, value in found.reply.headers if name != "cache-control"]
    assert len(found.reply.headers) == len(set_cookies) + 1
    assert all(LINE.fullmatch(line) for line in set_cookies)
    assert len(cookies_of(found)) in (1, 2)
