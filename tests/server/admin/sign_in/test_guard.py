"""What every request passes, and what every reply carries."""

from __future__ import annotations

import asyncio
import json

import pytest

from server.admin.sign_in.guard import POLICY
from server.admin.sign_in.session import UNKNOWN
from tests.server.admin.conftest import AMBER, SECRET_REASON, TOKEN, Port, Reply, Worker

BEARER = f"Bearer {TOKEN}"


def carries(reply: Reply) -> None:
    _, headers, _ = reply
    assert headers["content-security-policy"] == POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] in ("no-store", "no-cache")
    assert "access-control-allow-origin" not in headers


def test_the_policy_lets_nothing_in_from_outside_and_nothing_inline() -> None:
    rules = dict(rule.split(" ", 1) for rule in POLICY.split("; "))
    assert rules.pop("default-src") == rules.pop("frame-ancestors") == rules.pop("base-uri") == "'none'"
    assert set(rules.values()) == {"'self'"}


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/", {"authorization": BEARER}, 200),
        ("GET", "/static/page.css", {}, 200),
        ("GET", "/static/none.js", {}, 404),
        ("GET", "/ready", {}, 200),
        ("GET", "/metrics", {"authorization": BEARER}, 200),
        ("GET", "/", {}, 303),
        ("POST", "/logout", {"origin": "http://localhost", "authorization": BEARER}, 303),
        ("GET", "/api/requests", {}, 401),
        ("POST", "/try", {"origin": "http://localhost"}, 401),
        ("POST", "/login", {"origin": "http://localhost"}, 403),
        ("POST", "/login", {"origin": "null"}, 403),
        ("GET", "/nowhere", {"authorization": BEARER}, 404),
        ("POST", "/", {"authorization": BEARER}, 405),
        ("GET", "/", {"host": ""}, 421),
        ("GET", "/requests/0/x", {"authorization": BEARER}, 500),
    ],
)
def test_every_reply_carries_what_keeps_a_browser_in(
    closed: Port, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    closed.workers = [Worker(request={"no such": "answer"})]
    reply = closed.ask(method, path, b"", **headers)
    assert reply[0] == status
    carries(reply)


@pytest.mark.parametrize("path", ["/", "/requests/0/abc", "/try", "/deliveries", "/deliveries/0-1", "/configuration", "/scripts"])
def test_a_browser_without_the_token_is_sent_to_sign_in(closed: Port, path: str) -> None:
    status, headers, _ = closed.get(path)
    assert (status, headers["location"]) == (303, f"/login?next={path}")


def test_where_it_wanted_to_go_is_carried_as_text(closed: Port) -> None:
    assert closed.get("/a%0d%0aset-cookie:b%26next=//evil?x=y")[1]["location"] == (
        "/login?next=/a%0D%0Aset-cookie%3Ab%26next%3D//evil%3Fx%3Dy"
    )


@pytest.mark.parametrize("path", ["/api/requests", "/api/requests/0/a", "/api/deliveries", "/api/scripts", "/metrics"])
def test_a_program_without_the_token_is_told_what_to_send(closed: Port, path: str) -> None:
    status, headers, _ = closed.get(path)
    assert (status, headers["www-authenticate"]) == (401, "Bearer")
    assert closed.get(path, authorization="Bearer wrong")[0] == 401
    (worker,) = closed.workers
    assert worker is not None
    assert worker.asked == []


def test_a_stream_without_the_token_is_no_page(closed: Port) -> None:
    assert closed.get("/live/stream")[0] == 401


@pytest.mark.parametrize(
    "path", ["/deliveries/drop", "/deliveries/retry", "/requests/0/a/reveal", "/requests/0/a/send", "/logout"]
)
def test_nothing_is_changed_without_the_token(closed: Port, path: str) -> None:
    assert closed.post(path, {"all": "dead", "sure": "yes"})[0] == 401


def test_readiness_says_only_yes_or_no_to_whoever_has_no_token(closed: Port) -> None:
    closed.workers = [Worker(health=AMBER)]
    status, _, body = closed.get("/ready")
    assert (status, json.loads(body)) == (200, {"accepting": True})
    assert json.loads(closed.get("/ready", authorization=BEARER)[2])["reasons"] == [SECRET_REASON]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/static/a/b"),
        ("POST", "/ready"),
        ("PUT", "/login"),
        ("GET", "/ready/x"),
        ("GET", "/login/x"),
        ("GET", "/loginx"),
        ("GET", "/ready.json"),
    ],
)
def test_no_path_beside_the_open_ones_tells_strangers_how_the_server_is(closed: Port, method: str, path: str) -> None:
    closed.workers = [Worker(health=AMBER)]
    status, _, body = closed.ask(method, path, origin="http://localhost")
    assert status in (303, 401, 404, 405)
    assert SECRET_REASON.encode() not in body
    if status in (404, 405):
        assert json.loads(body)["page"]["reasons"] == UNKNOWN["reasons"]


def test_what_is_no_http_is_left_alone(port: Port) -> None:
    async def never(*_: object) -> None:
        raise AssertionError("nothing is said")

    asyncio.run(port.app()({"type": "websocket", "path": "/", "headers": []}, never, never))


def test_static_files_come_with_their_type_and_are_asked_for_again(closed: Port) -> None:
    status, headers, body = closed.get("/static/page.css")
    assert (status, headers["content-type"], headers["cache-control"], body) == (
        200,
        "text/css; charset=utf-8",
        "no-cache",
        b"a{}",
    )


@pytest.mark.parametrize("name", ["..%2f__init__.py", "%2e%2e/guard.py", "../guard.py", "page.css%00", "%2fetc%2fpasswd", ""])
def test_there_is_no_way_from_the_static_files_to_others(port: Port, name: str) -> None:
    assert port.get(f"/static/{name}")[0] == 404
