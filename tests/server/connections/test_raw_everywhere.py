"""What stands raw in a URL is understood the same wherever a request comes from: socket, files, debug page, a kept test."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from config.cases import RequestSettings
from core.types import Request
from server.admin.pages import pasted
from server.cases.given import hit_of
from server.cases.keep import keep
from server.cli import main
from server.cli.options import read_text
from server.explain.curl import read_curl
from server.explain.explanation import explainer_of
from server.explain.readers import of_url, read_har, read_hits
from server.loading.configuration import Configuration
from tests.server.public.bench import Bench
from tests.server.raw import exchange, serving

HIT: Final = "/g/collect?v=2&tid=G-ABC1234567&cid=1.2&en=page_view&dt="
HOST: Final = "data.example.com"

RAW: Final = {
    "UTF-8": "Köln",
    "other scripts": "日本 магазин 🛒".replace(" ", ""),
    "what no URL may hold": '|{{campaign.name}}"^`<>\\[]',
    "a percent that encodes nothing": "100%zz&ep.a=%&ep.b=%4",
    "fragments": "a#b#c&ep.route=#/cart?x=1",
    "both spellings": "K%C3%B6ln-Köln+x",
    "no UTF-8": "K\udcf6ln",
    "half a character": "K\udcc3ln",
}


def on_the_wire(text: str) -> Request:
    bench = Bench()

    async def scenario() -> None:
        async with serving(bench.app) as (_, port):
            target = text.encode("utf-8", "surrogateescape")
            status, _, _ = await exchange(port, b"GET " + target + b" HTTP/1.1\r\nHost: " + HOST.encode() + b"\r\n\r\n")
            assert status == 204

    asyncio.run(scenario())
    request: Request = bench.client.requests[0]
    return request


def in_a_test(url: str) -> Request:
    settings = RequestSettings.model_validate({"url": url.replace("{{", "{%7B").replace("}}", "}%7D")})
    return hit_of(settings).request("1", 0, None)


def on_the_debug_page(url: str) -> Request:
    (command,) = pasted.commands(url, "url", "web", "")
    return Request("1", 0, command["method"], command["path"], command["query"])


def through_a_file(text: str, folder: Path) -> str:
    path = folder / "given"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return read_text(str(path))


WAYS: Final[Mapping[str, Callable[[str, Path], Request]]] = {
    "explain --url": lambda url, _: of_url(url, None, b"").request("1", 0, None),
    "explain --hits, a URL": lambda url, folder: read_hits(through_a_file(url, folder), "f")[0].request("1", 0, None),
    "explain --hits, JSON": lambda url, folder: read_hits(
        through_a_file(json.dumps({"url": url}, ensure_ascii=False), folder), "f"
    )[0].request("1", 0, None),
    "explain --har": lambda url, folder: read_har(
        through_a_file(
            json.dumps({"log": {"entries": [{"request": {"method": "GET", "url": url}}]}}, ensure_ascii=False), folder
        ),
        "f",
    )[0].request("1", 0, None),
    "explain --curl": lambda url, folder: read_curl(through_a_file(f"curl '{url}'", folder), "f")[0].request("1", 0, None),
    "Try it": lambda url, _: on_the_debug_page(url),
}


@pytest.mark.parametrize("name", RAW)
def test_every_way_in_reads_the_same_as_the_socket(name: str, tmp_path: Path) -> None:
    url = HIT + RAW[name]
    wire = on_the_wire(url)
    assert wire.query_string.isascii()
    for way, read in WAYS.items():
        request = read(f"https://{HOST}{url}", tmp_path)
        assert (request.path, request.query_string) == (wire.path, wire.query_string), way
    if "udc" not in ascii(url):
        assert in_a_test(url).query == wire.query


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("UTF-8", "Köln"),
        ("what no URL may hold", '|{{campaign.name}}"^`<>\\[]'),
        ("a percent that encodes nothing", "100%zz"),
        ("fragments", "a#b#c"),
        ("both spellings", "Köln-Köln x"),
        ("no UTF-8", "K\ufffdln"),
        ("half a character", "K\ufffdln"),
    ],
)
def test_it_is_understood_as_what_the_page_meant(name: str, title: str) -> None:
    assert on_the_wire(HIT + RAW[name]).query["dt"] == title


def test_what_stands_behind_a_hash_is_not_lost() -> None:
    assert on_the_wire("/g/collect?v=2&dl=https://shop.example/#/cart&en=purchase").query["en"] == "purchase"


@pytest.mark.parametrize("path", ["/Köln/g/collect", "/K\udcf6ln", "/a#b", '/{a}|"^', "/%zz"])
def test_a_path_is_read_the_same(path: str, tmp_path: Path) -> None:
    wire = on_the_wire(path)
    for way, read in WAYS.items():
        assert read(f"https://{HOST}{path}", tmp_path).path == wire.path, way


CONFIG: Final = "clients: {web: {type: ga4, measurement_ids: [G-ABC1234567]}}\ntags: {ga4: {}}\n"


@pytest.mark.parametrize("name", RAW)
def test_a_request_that_was_seen_is_kept_as_a_test_that_holds(name: str, tmp_path: Path) -> None:
    wire = on_the_wire(HIT + RAW[name])
    file = tmp_path / "container.yaml"
    file.write_text(CONFIG)
    configuration = Configuration(file)
    loaded = configuration.load_masked()
    assert loaded.settings is not None
    text = keep(wire, explainer_of(configuration, loaded, loaded.settings, now=wire.received_at), name)
    file.write_text(CONFIG + "tests:\n" + text)
    result = CliRunner().invoke(main, ["test", str(file)])
    assert result.exit_code == 0, result.output
    assert "dt" in text


@settings(max_examples=60)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=" \u2028\u2029\x85'"), max_size=30))
def test_whatever_a_title_is_both_ways_read_it_alike(title: str) -> None:
    wire = on_the_wire(HIT + title)
    assert of_url(HIT + title, None, b"").request("1", 0, None).query_string == wire.query_string


def test_explain_takes_an_argument_that_is_no_utf_8(tmp_path: Path) -> None:
    (tmp_path / "container.yaml").write_text(CONFIG)
    url = HIT + RAW["no UTF-8"]
    for more in ((), ("--json",)):
        result = CliRunner().invoke(main, ["explain", str(tmp_path / "container.yaml"), "--url", url, *more])
        assert result.exit_code == 0, result.output
        assert "K%F6ln" in result.output


def test_nothing_of_a_body_is_lost_that_is_no_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "hits"
    path.write_bytes(b'/x\ten=a&dt=\xf6\n{"url": "/y", "body": "dt=\xf6"}\n')
    assert [hit.body for hit in read_hits(read_text(str(path)), "f")] == [b"en=a&dt=\xf6", b"dt=\xf6"]
