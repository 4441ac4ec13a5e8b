"""The demo client: one page, nothing from elsewhere, nothing that could be slipped into it."""

from __future__ import annotations

import base64
import hashlib
import re

import orjson
import pytest
from pydantic import ValidationError

from clients.demo import Demo, DemoSettings
from core.component import Setup
from core.types import Claim, Declined, Reply, Request
from tests.core.tiny import replied


def reply(**settings: object) -> Reply:
    claim = Demo(DemoSettings.model_validate(settings), Setup("demo")).claim(Request("r", 0, "GET", "/", "utm_source=a"))
    assert isinstance(claim, Claim)
    assert list(claim.events) == []
    return replied(claim)


def header(name: str) -> str:
    return dict(reply().headers)[name]


@pytest.mark.parametrize(("method", "path"), [("POST", "/"), ("OPTIONS", "/"), ("GET", "/g/collect"), ("GET", ""), ("GET", "//")])
def test_only_the_page_is_claimed(method: str, path: str) -> None:
    assert isinstance(Demo(DemoSettings.model_validate({}), Setup("demo")).claim(Request("r", 0, method, path)), Declined)


def test_it_is_a_page() -> None:
    assert reply().status == 200
    assert reply().body.startswith(b"<!doctype html>")
    assert header("content-type") == "text/html; charset=utf-8"
    assert b"$SETTINGS" not in reply().body


@pytest.mark.parametrize(
    "text", ["G-ABC1234567", "</script><script>alert(1)</script>", "<!--", '"', "\\", "$SETTINGS", "é\u2028"]
)
def test_the_id_stays_data_whatever_it_is(text: str) -> None:
    page = reply(measurement_id=text).body.decode()
    block = re.search(r'<script type="application/json" id="settings">(.*?)</script>', page, re.DOTALL)
    assert block
    assert orjson.loads(block[1]) == {"measurement_id": text, "debug_page": None}
    assert page.count("<script") == 2


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)//", "http://localhost:8081", "http://localhost:8081/x/", "//localhost/", "http://a b/"]
)
def test_the_debug_page_is_an_address_that_others_can_be_made_of(address: str) -> None:
    assert b'"debug_page":"http://localhost:8081/"' in reply(debug_page="http://localhost:8081/").body
    with pytest.raises(ValidationError):
        DemoSettings.model_validate({"debug_page": address})


@pytest.mark.parametrize(("tag", "directive"), [("script", "script-src"), ("style", "style-src")])
def test_the_policy_allows_its_own_blocks_and_nothing_else(tag: str, directive: str) -> None:
    block = re.search(f"<{tag}>(.*?)</{tag}>", reply().body.decode(), re.DOTALL)
    assert block
    digest = base64.b64encode(hashlib.sha256(block[1].encode()).digest()).decode()
    policy = dict(part.split(" ", 1) for part in header("content-security-policy").split("; "))
    assert policy[directive] == f"'sha256-{digest}'"
    assert policy["default-src"] == "'none'"


def test_nothing_comes_from_elsewhere_and_nothing_is_inserted_as_html() -> None:
    page = reply().body.decode()
    assert re.findall(r"""(?:src|href)=["']?([^"'\s>]+)""", page) == ["data:,"]
    assert set(re.findall(r"https?://[^\"'\s]+", page)) == {"http://www.w3.org/2000/svg"}
    assert "innerHTML" not in page
    assert not re.search(r"\son\w+=", page)
    assert " style=" not in page


def test_an_empty_id_is_refused() -> None:
    with pytest.raises(ValidationError, match="measurement_id"):
        DemoSettings.model_validate({"measurement_id": ""})
