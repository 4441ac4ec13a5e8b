"""The page of a request is no heavier for what a visitor sends, and shows it as text."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

import pytest

from core.types import Rejected, Response
from server.admin.rendering import page
from server.inspection.view import TABS
from server.observe import Record
from tests.server.inspection.conftest import HIT, Desk

HEAVIEST = 150_000
MARKS = "'\"<script>&lt;\u202e"
VIEWS = [*({"tab": tab} for tab in TABS), *({"tag": tag} for tag in ("ga4", "hook", "archive"))]


class Elements(HTMLParser):
    """Which elements a page has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.scripts: list[str | None] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        if tag == "script":
            self.scripts.append(dict(attrs).get("src"))


def batch(desk: Desk, name: str, params: dict[str, Any]) -> Record:
    return desk.measurement({"client_id": "1.2", "events": [{"name": name, "params": params} for _ in range(25)]})


def hostile(desk: Desk) -> dict[str, Record]:
    """Requests of up to 64 kB that are made to be long."""
    return {
        "one value": desk.hit("purchase", body=b"ep.x=" + b"'%22%26" * 9000),
        "many names": desk.hit("purchase", body=b"&".join(b"ep.k%d=%%3Cb%%3E" % at for at in range(900))),
        "many lines": desk.met(desk.request("v=2&tid=G-ABC1234567&cid=1.2", b"\r\n".join(b"en='%d'" % at for at in range(100)))),
        "a long query": desk.hit("purchase", "&ep.q=" + "'" * 15_000),
        "a batch": batch(desk, "purchase", {f"{MARKS}{at}": MARKS * 9 for at in range(25)}),
        "a deep one": batch(desk, "a", {"items": [{"item_id": MARKS, "n": at} for at in range(60)]}),
        "headers": desk.hit(headers=tuple((f"x-{at}", MARKS * 30) for at in range(60))),
        "a long path": desk.met(desk.request("x=" + MARKS * 900, path="/" + MARKS * 600, method="GET")),
        "no json": desk.met(desk.request(HIT.format(event="a"), b'{"' + b"'<" * 30_000, path="/mp/collect")),
    }


@pytest.mark.parametrize("reveal", [False, True])
def test_no_view_of_any_request_is_heavy_or_has_an_element_that_somebody_sent(desk: Desk, reveal: bool) -> None:
    heavy: dict[str, int] = {}
    for name, record in hostile(desk).items():
        for tag in {tag for tag, _ in record.run.deliveries()}:
            answer = Response(400, tuple((f"x-{at}", MARKS * 20) for at in range(40)), (MARKS * 3000).encode())
            desk.attempted(record, tag, Rejected(MARKS * 100), answer)
        for view in VIEWS:
            shown = desk.ask("request", id=record.request.id, reveal=reveal, view={**view, "event": "9"})
            html = bytes(page("request", "A request", {"colour": "green", "reasons": []}, shown).body)
            if len(html) > HEAVIEST:
                heavy[f"{name}, {json.dumps(view)}"] = len(html)
            elements = Elements(html.decode())
            assert elements.scripts == ["/static/page.js", "/static/request.js"]
            assert not elements.names & {"b", "i", "img", "iframe", "style", "svg"}
    assert heavy == {}
