"""The link that marks a browser: what it sets and says, and that nothing else is answered by it."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from typing import Any

import pytest

from config import ServerSettings
from core.container import UNCLAIMED, Container
from core.types import Headers, Reply, Request
from server.public.debug_link import FOLDER, DebugLinks
from server.public.reception import Reception
from server.visitors.marks import Mark, Marks
from server.visitors.visitor import Visitors

NOW = 1_764_340_311
MARKS = Marks("the installation's secret")
LINKS = DebugLinks(MARKS, Visitors(ServerSettings(trusted_proxies=["private"])))
HTTPS: Headers = (("x-forwarded-proto", "https"), ("x-forwarded-for", "203.0.113.7"))


def link(seconds: int = 8 * 3600, marks: Marks = MARKS) -> str:
    return f"{FOLDER}{marks.signed(Mark('0123456789ab', NOW + seconds))}"


def opened(path: str, prefix: str = "", method: str = "GET", headers: Headers = ()) -> tuple[Reply, Any]:
    reception = Reception(prefix, LINKS)
    request = Request("r1", NOW * 1_000_000, method, reception.inside(path), headers=headers)
    _, run = reception.handle(Container((), ()), request, path)
    assert isinstance(run.reply, Reply)
    return run.reply, run


def cookie(reply: Reply) -> str:
    return dict(reply.headers)["set-cookie"]


@pytest.mark.parametrize(("prefix", "path"), [("", ""), ("/metrics", "/metrics"), ("/metrics", "")])
def test_a_link_sets_a_cookie_that_ends_with_it_and_says_so(prefix: str, path: str) -> None:
    reply, run = opened(f"{path}{link()}", prefix)
    value = link().removeprefix(FOLDER)
    assert cookie(reply) == f"tagyard_debug={value}; Max-Age=28800; Path=/; SameSite=Lax; HttpOnly"
    assert (reply.status, run.probe, run.events) == (200, "debug_link", ())
    assert b"For 8 hours, until 2025-11-28 22:31 UTC" in reply.body
    assert b'<form method="post"><button>Stop</button>' in reply.body
    assert value.encode() not in reply.body


def test_behind_tls_it_is_sent_with_what_any_page_sends_and_never_in_clear() -> None:
    assert cookie(opened(link(), headers=HTTPS)[0]).endswith("; Path=/; Secure; SameSite=None; HttpOnly")


def test_the_button_takes_the_cookie_back() -> None:
    reply, _ = opened(link(), method="POST", headers=HTTPS)
    assert cookie(reply) == "tagyard_debug=; Max-Age=0; Path=/; Secure; SameSite=None; HttpOnly"
    assert b"no longer marked" in reply.body
    assert b"<form" not in reply.body


@pytest.mark.parametrize(
    "path",
    [
        FOLDER,
        f"{FOLDER}0123456789ab",
        link()[:-1],
        f"{link()}0",
        f"{link()}/",
        f"/x{link()}",
        link(0),
        link(-1),
        link(marks=Marks("another")),
        link().replace("0123456789ab", "0123456789ac"),
        link().upper(),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_any_other_path_is_what_it_is_without_links(path: str, method: str) -> None:
    reply, run = opened(path, method=method)
    assert (reply, run.probe) == (UNCLAIMED, "")


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "DELETE"])
def test_nothing_but_a_visit_opens_it(method: str) -> None:
    reply, run = opened(link(), method=method)
    assert (reply, run.probe) == (UNCLAIMED, "")


def test_its_page_may_do_no_more_than_it_says() -> None:
    reply, _ = opened(link())
    headers, page = dict(reply.headers), reply.body.decode()
    found = re.search("<style>(.*)</style>", page, re.DOTALL)
    assert found
    assert f"'sha256-{b64encode(sha256(found[1].encode()).digest()).decode()}'" in headers["content-security-policy"]
    assert "script" not in headers["content-security-policy"] + page
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("seconds", "said"), [(24 * 3600, "24 hours"), (7000, "116 minutes"), (90, "1 minute,"), (5, "1 minute,"), (7200, "2 hours")]
)
def test_how_long_it_lasts_is_told_in_words(seconds: int, said: str) -> None:
    assert said.encode() in opened(link(seconds))[0].body
