"""Signing in and out."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from typing import Any

import pytest
from structlog.testing import capture_logs

from config import ServerSettings
from server.admin.forms import LARGEST
from server.admin.sign_in.attempts import EACH
from server.admin.sign_in.door import HELD_LINES, LINES, MOST_WAITING, PAUSE, Door
from server.admin.sign_in.signed_in import COOKIE, LASTS
from server.system.descriptors import ADMIN_CONNECTIONS
from tests.server.admin.conftest import AMBER, SECRET_REASON, TOKEN, Port, Time, Worker
from tests.server.raw import connected


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


@pytest.mark.parametrize("fields", [{"token": "wrong"}, {"token": TOKEN.upper()}, {"token": "é" * 32}])
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


@pytest.mark.parametrize("fields", [{}, {"token": ""}, {"token": " \t"}])
def test_a_blank_token_is_none_at_all(closed: Port, fields: dict[str, str]) -> None:
    for _ in range(2 * EACH[0]):
        status, headers, body = closed.post("/login", fields)
        assert (status, json.loads(body)["data"]["error"]) == (403, "Give the admin token.")
        assert "set-cookie" not in headers
    assert closed.time.slept == []


def test_signing_out_ends_it_wherever_the_cookie_has_got_to(closed: Port) -> None:
    cookie, other = sign_in(closed), sign_in(closed)
    status, headers, _ = closed.post("/logout", cookie=cookie)
    assert (status, headers["location"]) == (303, "/login")
    assert headers["set-cookie"].startswith(f'{COOKIE}="";')
    assert "Max-Age=0" in headers["set-cookie"]
    assert closed.get("/", cookie=cookie)[0] == 303
    assert closed.get("/", cookie=other)[0] == 200


def test_signing_out_ends_the_live_page_that_is_still_open(closed: Port) -> None:
    cookie = sign_in(closed)

    async def scenario() -> None:
        async with AsyncExitStack() as stack:
            number = await closed.open(stack)
            raw = await stack.enter_async_context(connected(number))
            await raw.send(f"GET /live/stream HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n".encode())
            await asyncio.wait_for(raw.reader.readuntil(b"retry: 1000\n\n"), 60)
            closed.door.signed_in.remove({"cookie": cookie})
            await asyncio.wait_for(raw.reader.readuntil(b"\r\n0\r\n\r\n"), 60)

    asyncio.run(scenario())


def test_tokens_that_wait_leave_places_for_whoever_asks_for_readiness() -> None:
    assert MOST_WAITING <= ADMIN_CONNECTIONS // 2


def test_a_restart_ends_every_session(closed: Port) -> None:
    cookie = sign_in(closed)
    closed.restart()
    assert closed.get("/", cookie=cookie)[0] == 303


BEHIND = ServerSettings.model_validate({"trusted_proxies": ["loopback"]})


@pytest.mark.parametrize(
    ("settings", "headers", "secure"),
    [
        (ServerSettings(), {}, False),
        (ServerSettings(), {"origin": "https://localhost"}, True),
        (ServerSettings(), {"x_forwarded_proto": "https"}, False),
        (BEHIND, {"x_forwarded_proto": "https"}, True),
        (BEHIND, {"x_forwarded_proto": "http"}, False),
        (BEHIND, {"x_forwarded_proto": "https", "x_forwarded_for": "192.0.2.1"}, True),
        (BEHIND, {"forwarded": "for=192.0.2.1;proto=https"}, True),
        (BEHIND, {"forwarded": "for=192.0.2.1;proto"}, False),
    ],
)
def test_over_tls_no_browser_sends_the_cookie_without_it(
    closed: Port, settings: ServerSettings, headers: dict[str, str], secure: bool
) -> None:
    closed.settings = settings
    _, answer, _ = closed.post("/login", {"token": TOKEN}, **headers)
    assert ("secure" in answer["set-cookie"].lower().split("; ")) is secure


def test_wrong_tokens_are_slowed_down_and_after_a_few_not_looked_at(closed: Port) -> None:
    for _ in range(EACH[0]):
        assert closed.post("/login", {"token": "wrong"})[0] == 403
    status, headers, body = closed.post("/login", {"token": TOKEN})
    assert (status, headers["retry-after"]) == (429, "5")
    assert json.loads(body)["data"]["error"] == "There were too many wrong tokens. Try again in 5 s."
    status, headers, _ = closed.get("/metrics", authorization=f"Bearer {TOKEN}")
    assert (status, headers["retry-after"]) == (429, "5")
    assert closed.time.slept == [PAUSE] * (EACH[0] + 2)
    closed.time.now += EACH[1]
    assert closed.post("/login", {"token": TOKEN})[0] == 303


@pytest.mark.parametrize("path", ["/api/requests", "/ready", "/login", "/static/page.css", "/", "/nowhere"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_path_tells_faster_whether_a_token_is_right(closed: Port, method: str, path: str) -> None:
    for _ in range(EACH[0]):
        closed.ask(method, path, authorization="Bearer wrong")
    assert closed.time.slept == [PAUSE] * EACH[0]
    right, wrong = (closed.ask(method, path, authorization=f"Bearer {token}") for token in (TOKEN, "wrong"))
    assert right[0] == wrong[0]
    assert right[2] == wrong[2]


def test_whoever_is_signed_in_is_not_slowed_down(closed: Port) -> None:
    cookie = sign_in(closed)
    for _ in range(EACH[0] + 1):
        closed.post("/login", {"token": "wrong"})
    assert closed.get("/", cookie=cookie)[0] == 200


def test_readiness_is_told_whatever_token_comes_with_the_question(closed: Port) -> None:
    for _ in range(EACH[0] + 1):
        status, _, body = closed.get("/ready", authorization="Bearer wrong")
        assert (status, json.loads(body)) == (200, {"accepting": True})


def test_the_loop_goes_on_and_only_so_many_answers_wait() -> None:
    async def scenario() -> tuple[int, int]:
        waiting: list[float] = []
        gate = asyncio.Event()

        async def sleep(seconds: float) -> None:
            waiting.append(seconds)
            await gate.wait()

        door = Door(Port.LOCKED, ServerSettings(), Time(), sleep)
        slow = [asyncio.create_task(door.slow_down()) for _ in range(2 * MOST_WAITING)]
        await asyncio.sleep(0)
        at_once = sum(task.done() for task in slow)
        gate.set()
        await asyncio.gather(*slow)
        return len(waiting), at_once

    assert asyncio.run(scenario()) == (MOST_WAITING, MOST_WAITING)


def test_refused_sign_ins_are_logged_with_the_address_and_never_the_token(closed: Port) -> None:
    closed.settings = BEHIND
    with capture_logs() as lines:
        closed.post("/login", {"token": "wrong-0000"}, x_forwarded_for="192.0.2.7")
        closed.get("/api/requests", authorization="Bearer wrong-1111")
        sign_in(closed)
    wrong = {"event": "a sign-in was refused", "log_level": "warning", "why": "the token is wrong", "unsaid": 0}
    assert lines == [
        {**wrong, "by": "form", "address": "192.0.2.7"},
        {**wrong, "by": "header", "address": "127.0.0.1"},
        {"event": "signed in to the debug page", "log_level": "info", "address": "127.0.0.1"},
    ]


def test_a_flood_of_wrong_tokens_fills_no_log_and_is_counted() -> None:
    time = Time()
    door = Door(Port.LOCKED, ServerSettings(), time)
    caller = door.caller("192.0.2.1", ())
    with capture_logs() as lines:
        for _ in range(500):
            door.tried("wrong", caller, "form")
        time.now += LINES[1]
        door.tried("wrong", caller, "form")
    held = [line for line in lines if line["event"] == "sign-ins of an address are held up"]
    assert [(line["address"], line["seconds"]) for line in held] == [("192.0.2.1", 5.0), ("192.0.2.1", 4.0)]
    assert len(lines) == LINES[0] + 1 + len(held)
    assert [line for line in lines if line not in held][-1]["unsaid"] == 500 - LINES[0]
    assert door.refused == {"wrong": EACH[0] + 1, "too_many": 495}


def test_an_address_that_goes_on_and_on_is_told_of_now_and_then() -> None:
    time = Time()
    door = Door(Port.LOCKED, ServerSettings(), time)
    with capture_logs() as lines:
        for _ in range(720):
            time.now += EACH[1]
            for _ in range(EACH[0]):
                door.tried("wrong", door.caller("192.0.2.1", ()), "form")
    assert sum(line["event"] == "sign-ins of an address are held up" for line in lines) <= HELD_LINES[0] + 60


def test_what_was_refused_is_a_metric(closed: Port) -> None:
    closed.post("/login", {"token": "wrong"})
    _, _, body = closed.get("/metrics", authorization=f"Bearer {TOKEN}")
    assert b'tagyard_refused_sign_ins_total{reason="wrong"} 1.0\n' in body


def test_where_no_token_is_set_there_is_none_to_give(port: Port) -> None:
    for token in ("", "anything"):
        status, headers, _ = port.post("/login", {"token": token, "next": "/"})
        assert status == 403
        assert "set-cookie" not in headers


def sign_in(port: Port) -> str:
    cookie: Any = port.post("/login", {"token": TOKEN})[1]["set-cookie"]
    return str(cookie).partition(";")[0]


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
