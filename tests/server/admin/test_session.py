"""Signing in and out."""

from __future__ import annotations

import json

import pytest

from server.admin.access import COOKIE
from server.admin.forms import LARGEST
from server.admin.session import LASTS
from tests.server.admin.conftest import AMBER, SECRET_REASON, TOKEN, Port, Worker


def test_the_token_is_traded_for_a_cookie_that_no_script_reads_and_no_other_site_sends(closed: Port) -> None:
    status, headers, _ = closed.post("/login", {"token": f" {TOKEN} ", "next": "/deliveries"})
    assert (status, headers["location"]) == (303, "/deliveries")
    cookie, *attributes = headers["set-cookie"].split("; ")
    assert {each.lower() for each in attributes} == {"httponly", "samesite=strict", "path=/", f"max-age={LASTS}"}
    assert cookie.startswith(f"{COOKIE}=")
    assert TOKEN not in headers["set-cookie"]
    assert closed.get("/", cookie=cookie)[0] == 200
    assert closed.get("/api/requests", cookie=cookie)[0] == 200
    assert closed.get("/", cookie=f"{cookie}x")[0] == 303


@pytest.mark.parametrize("fields", [{}, {"token": ""}, {"token": "wrong"}, {"token": TOKEN.upper()}, {"token": "é" * 32}])
def test_a_wrong_token_gets_the_form_again_and_no_cookie(closed: Port, fields: dict[str, str]) -> None:
    status, headers, body = closed.post("/login", {**fields, "next": "/try"})
    assert status == 403
    assert "set-cookie" not in headers
    page = json.loads(body)
    assert page["template"] == "login.html"
    assert page["data"] == {"error": "This is not the admin token.", "next": "/try"}
    assert all(not token or token not in body.decode() for token in fields.values())


def test_the_form_does_not_tell_how_the_server_is(closed: Port) -> None:
    closed.workers = [Worker(health=AMBER)]
    page = closed.page("/login?next=/try")
    assert (page["status"], page["data"], page["page"]["signed_in"]) == (200, {"error": None, "next": "/try"}, False)
    assert SECRET_REASON not in json.dumps(page)


OUTSIDE = [
    *("https://evil.example", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example"),
    *("/\n/evil.example", "javascript:alert(1)", "evil.example", "", " /x", "/a\\b", "/\r\nset-cookie: a=b", "/\x00", "\u2028/"),
]


@pytest.mark.parametrize("target", OUTSIDE)
def test_signing_in_leads_to_no_other_host(closed: Port, target: str) -> None:
    status, headers, _ = closed.post("/login", {"token": TOKEN, "next": target})
    assert (status, headers["location"]) == (303, "/")


@pytest.mark.parametrize("target", ["/", "/requests/0/abc", "/deliveries?tag=ga4&x=%2F", "/?client=web"])
def test_signing_in_leads_to_the_page_that_was_asked_for(closed: Port, target: str) -> None:
    assert closed.post("/login", {"token": TOKEN, "next": target})[1]["location"] == target


def test_signing_out_forgets_the_cookie(closed: Port) -> None:
    status, headers, _ = closed.post("/logout", authorization=f"Bearer {TOKEN}")
    assert (status, headers["location"]) == (303, "/login")
    assert headers["set-cookie"].startswith(f'{COOKIE}="";')
    assert "Max-Age=0" in headers["set-cookie"]


def test_where_no_token_is_set_there_is_none_to_give(port: Port) -> None:
    status, headers, _ = port.post("/login", {"token": "", "next": "/"})
    assert status == 403
    assert "set-cookie" not in headers


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"token=" + b"x" * LARGEST, "the form is larger than 2 MiB"),
        (b"a=b&" * 5001, "the form has more than 5000 fields"),
    ],
    ids=["bytes", "fields"],
)
def test_a_form_that_no_page_sends_is_refused(closed: Port, body: bytes, words: str) -> None:
    status, _, answer = closed.ask("POST", "/login", body, origin="http://localhost")
    assert (status, json.loads(answer)["data"]["words"]) == (413, words)


def test_a_form_that_is_no_text_is_read_as_far_as_it_is(closed: Port) -> None:
    assert closed.ask("POST", "/login", b"\xff\xfe=%ff&token=%00", origin="http://localhost")[0] == 403
