"""The reply to the browser, and its cookies in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.types import Headers, Reply
from server.inspection.look import Look
from server.inspection.reply import cookies, remembered, reply
from tests.server.inspection.conftest import FILE, Desk


def told(desk: Desk, sets: Headers = (), body: bytes = b"", *, reveal: bool = False, **request: Any) -> Look:
    record = desk.hit(**request)
    record.run = replace(record.run, reply=Reply(200, sets, body))
    return Look(record, 0, reveal)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            "FPID=x; Domain=shop.example; Path=/; Max-Age=34560000; Secure; HttpOnly; SameSite=Lax",
            "kept for 400 days, on shop.example and below, unseen by the page’s scripts, over https alone, SameSite Lax",
        ),
        ("_fbp=fb.1; Max-Age=1", "kept for 1 second, on this host alone, readable by the page’s scripts, over plain http too"),
        ("a=b; Max-Age=0; Secure", "removed, on this host alone, readable by the page’s scripts, over https alone"),
        ("a=b; max-age=-5; secure", "removed, on this host alone, readable by the page’s scripts, over https alone"),
        (
            "a=b; Path=/x; Secure",
            "kept until the browser is closed, on this host alone, below /x, readable by the page’s scripts, over https alone",
        ),
        (
            "a=b; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Secure; HttpOnly",
            "kept until Wed, 21 Oct 2026 07:28:00 GMT, on this host alone, unseen by the page’s scripts, over https alone",
        ),
        ("a=b; Max-Age=7200; Secure", "kept for 2 hours, on this host alone, readable by the page’s scripts, over https alone"),
    ],
)
def test_a_cookie_is_told_in_words(desk: Desk, line: str, words: str) -> None:
    (cookie,) = cookies(told(desk, (("set-cookie", line),), reveal=True))
    assert cookie["words"] == words


def test_a_cookie_of_the_sites_own_is_masked_and_googles_is_not(desk: Desk) -> None:
    headers = (("set-cookie", "session=s3ssion; Path=/"), ("set-cookie", "FPID=FPID2.1; Path=/"))
    assert [(each["name"], each["value"]) for each in cookies(told(desk, headers))] == [("session", "•••"), ("FPID", "FPID2.1")]
    assert cookies(told(desk, headers, reveal=True))[0]["value"] == "s3ssion"


def test_the_headers_are_those_that_the_browser_got(desk: Desk) -> None:
    look = told(desk, (("cache-control", "no-store"),), headers=(("origin", "https://www.x.example"), ("host", "data.x.example")))
    assert reply(look)["headers"] == [
        ("cache-control", "no-store"),
        ("access-control-allow-origin", "https://www.x.example"),
        ("access-control-allow-credentials", "true"),
        ("vary", "Origin"),
        ("cross-origin-resource-policy", "cross-origin"),
    ]


def test_a_stranger_s_page_is_told_nothing_of_who_may_read(desk: Desk) -> None:
    look = told(desk, headers=(("origin", "https://stranger.example"), ("host", "data.shop.example")))
    assert not [name for name, _ in reply(look)["headers"] if name.startswith("access-control")]


def test_of_a_long_body_the_beginning_is_told_masked(desk: Desk) -> None:
    shown = reply(told(desk, body=b"ann@b.example " + b"x" * 9000))
    assert (shown["body"][:4], len(shown["body"]), shown["status"]) == ("••• ", 4096, 204)


def test_what_is_kept_for_platforms_is_told(desk: Desk, tmp_path: Path) -> None:
    assert remembered(told(desk)) == ""
    keeping = Desk(tmp_path, FILE.replace("web: {type: ga4,", "web: {type: ga4, remember: meta,"))
    look = Look(keeping.hit(), 0)
    assert remembered(look) == "_fbp new"
    assert [each["name"] for each in cookies(look)] == ["_fbp"]
