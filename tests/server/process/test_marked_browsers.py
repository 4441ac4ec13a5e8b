"""A link of the debug page marks a browser, for every worker and after a restart, and tells nobody else anything."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from server.observe.recorder import MOST_UNSEEN
from tests.server.process.destination import Destination
from tests.server.process.harness import HIT, Tagyard
from tests.waiting import until

pytestmark = pytest.mark.process

CONFIG = """
server: {{recorded_requests: 50, trusted_proxies: [private]}}
clients:
  web: {{type: ga4, measurement_ids: [G-TEST00001]}}
tags:
  ga4: {{endpoint: "{url}"}}
  hook: {{type: http_request, url: "{url}/hook", body: {{said: "{{{{ request.headers }}}} {{{{ request.cookies }}}}"}}}}
"""


@dataclass
class Front:
    """The public port and the admin port, without a browser between."""

    server: Tagyard
    vendor: Destination

    def asked(self, method: str, path: str, headers: dict[str, str] | None = None) -> tuple[int, Message, bytes]:
        """On a connection of its own, which any worker may take."""
        connection = HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        connection.request(method, path, headers={"host": "data.example.com", **(headers or {})})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, answer.headers, body

    def link(self) -> str:
        """The path of a new one."""
        form = urlencode({"address": "https://data.example.com"}).encode()
        at = f"http://127.0.0.1:{self.server.admin}"
        with urllib.request.urlopen(urllib.request.Request(f"{at}/browser", form, {"origin": at}), timeout=60) as answer:
            found = re.search(r'href="https://data\.example\.com([^"]+)"', answer.read().decode())
        assert found
        return found[1]

    def shown(self, path: str) -> list[Any]:
        """The requests of the browser that this link marks."""
        browser = path.rpartition("/")[2].partition(".")[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{self.server.admin}/api/requests?browser={browser}", timeout=60) as answer:
            lines: list[Any] = json.load(answer)["requests"]
        return lines

    def hit(self, id: str, **headers: str) -> None:
        assert self.asked("POST", HIT.format(id=id), headers)[0] == 204


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    path: Path = tmp_path_factory.mktemp("marked") / "container.yaml"
    with Destination() as vendor:
        path.write_text(CONFIG.format(url=vendor.url))
        with Tagyard(path, workers=2) as server:
            yield Front(server, vendor)


def cookie_of(headers: Message) -> str:
    return str(headers["set-cookie"]).partition(";")[0]


def test_a_link_works_at_every_worker_and_after_a_restart(front: Front) -> None:
    path = front.link()
    for _ in range(8):
        status, headers, body = front.asked("GET", path, {"x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.7"})
        assert (status, cookie_of(headers)) == (200, f"tagyard_debug={path.rpartition('/')[2]}")
        assert str(headers["set-cookie"]).endswith("; Path=/; Secure; SameSite=None; HttpOnly")
        assert b"This browser is marked" in body
    cookie = cookie_of(headers)
    front.hit("before", cookie=cookie)
    front.server.stop()
    front.server.start()
    assert front.asked("GET", path)[0] == 200
    for number in range(8):
        front.hit(f"after-{number}", cookie=cookie)
    assert {line["worker"] for line in front.shown(path)} <= {0, 1}
    assert len(front.shown(path)) == 8


def test_hits_of_the_browser_are_kept_however_many_others_come(front: Front) -> None:
    path = front.link()
    cookie = cookie_of(front.asked("GET", path)[1])
    for number in range(4):
        front.hit(f"mine-{number}", cookie=cookie)
    connection = HTTPConnection("127.0.0.1", front.server.port, timeout=60)
    for number in range(3 * MOST_UNSEEN):
        connection.request("POST", HIT.format(id=f"other-{number}"))
        connection.getresponse().read()
    connection.close()
    front.hit("mine-4", cookie=cookie)
    assert len(front.shown(path)) == 5


def test_what_is_no_link_is_answered_as_any_path_that_nobody_claims(front: Front) -> None:
    path = front.link()

    def told(method: str, target: str, **more: str) -> tuple[int, bytes, str | None]:
        status, headers, body = front.asked(method, target, more)
        return status, body, headers["set-cookie"]

    unclaimed = told("GET", "/tagyard")
    assert unclaimed[0] == 400
    for target in ("/tagyard-debug/", path[:-1], f"{path}0", path.replace("tagyard-debug", "debug"), f"{path}/x", f"{path}%00"):
        assert told("GET", target) == told("POST", target) == unclaimed
    assert told("PUT", path) == unclaimed
    assert told("GET", "/tagyard", cookie="tagyard_debug=x") == unclaimed


@pytest.mark.parametrize("value", ["", "x" * 4000, "%00", "<script>", "'; DROP", "\x80\xff", ";;;=", "0" * 12 + "." + "9" * 10])
def test_a_cookie_that_nobody_was_given_marks_nobody_and_harms_no_hit(front: Front, value: str) -> None:
    path = front.link()
    front.hit("hostile", cookie=f"tagyard_debug={value}; tagyard_debug")
    front.hit("hostile", **{"x-gtm-server-preview": value or "x"})
    assert front.shown(path) == []


def test_the_cookie_leaves_for_no_vendor(front: Front) -> None:
    path = front.link()
    cookie = cookie_of(front.asked("GET", path)[1])
    front.hit("told", cookie=f"theme=dark; {cookie}")
    until(lambda: any(b"theme=dark" in body for _, body in front.vendor.requests))
    signature = path.rpartition(".")[2]
    assert not [url for url, body in front.vendor.requests if signature in url or signature.encode() in body]
    (line,) = front.shown(path)
    with urllib.request.urlopen(f"http://127.0.0.1:{front.server.admin}/requests/{line['worker']}/{line['id']}") as answer:
        assert signature not in answer.read().decode()
