"""A request that was seen becomes a test that holds: whatever it was, in every example, and after it was pasted into the file."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config import SourceFile, load
from core.registry import installed
from core.types import Request
from server.cases import Result, Suite
from server.cases.keep import keep
from server.explain.explanation import Explainer, explainer_of
from server.explain.hit import Hit
from server.loading.configuration import Configuration
from server.system.files import folder_of, reader
from tests.hits.captured import hits

EXAMPLES = sorted((Path(__file__).parents[3] / "config" / "examples").glob("*.yaml"))
ENTROPY = bytes(range(32))
NOW = 1_764_340_311_502_345
AGENT = "Mozilla/5.0 (X11; Linux x86_64)"


def explainer(configuration: Configuration) -> Explainer:
    loaded = configuration.load_masked()
    assert loaded.settings is not None
    return explainer_of(configuration, loaded, loaded.settings, now=NOW)


def pasted(file: Path, kept: Sequence[str]) -> Sequence[Result]:
    """The results of the kept tests, once they stand in the file behind those that it has."""
    text = file.read_text()
    whole = text + ("" if "\ntests:" in text else "\ntests:\n") + "".join(indent(each, "  ") for each in kept)
    source = SourceFile(str(file), whole.encode())
    environ = dict.fromkeys(("COOKIE_SECRET", "MP_SECRET", "GA4_API_SECRET", "ADS_TOKEN"), "***")
    environ |= dict.fromkeys(("WEBHOOK_KEY", "WEBHOOK_PASSWORD", "WEBHOOK_SIGNATURE"), "***")
    loaded = load([source], registry=installed(), environ=environ, read=reader(file), serve=False)
    assert loaded.settings is not None, loaded.problems
    return list(Suite(Configuration(file), loaded, loaded.settings, time.perf_counter).run())[-len(kept) :]


def wrong(results: Sequence[Result]) -> list[str]:
    return [str(failure.problem) for result in results for failure in result.failures]


def id_of(file: Path) -> str:
    found: dict[str, Any] = yaml.safe_load(file.read_text())
    client = next(iter(found["clients"].values()))
    given: Any = client["measurement_ids"]
    return str(found.get("environment", {}).get(given[0][2:-1], given[0]))


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_every_real_hit_becomes_a_test_that_holds(file: Path) -> None:
    explain, id = explainer(Configuration(file)), id_of(file)
    kept = []
    for number, hit in enumerate(hits()):
        query = re.sub(r"(?<=[?&]tid=)[^&]+", id, f"?{hit['url'].partition('?')[2]}")
        agent = hit["headers"]["user-agent"].replace("Headless", "")  # or it is a bot
        pairs = (*{**hit["headers"], "user-agent": agent}.items(), ("cookie", hit["page_cookies"]))
        url = f"{explain.prefix}/g/collect{query}"
        request = Hit(hit["method"], url, pairs, hit["body"].encode()).request(f"seen-{number}", NOW + number, "192.0.2.7")
        kept.append(keep(replace(request, entropy=ENTROPY), explain, f"{hit['scenario']} {number}"))
    results = [result for at in range(0, len(kept), 50) for result in pasted(file, kept[at : at + 50])]
    assert wrong(results) == []
    assert len(results) == len(hits())
    nothing_left = [each for each in kept if "query:" not in each or "client: null" in each]
    assert len(nothing_left) == sum("sst.gcut=" in each and "&gcut=" not in each for each in nothing_left) == 5, "gtag's repeats"


@pytest.fixture(scope="module")
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    file = tmp_path_factory.mktemp("kept") / "container.yaml"
    file.write_text(
        """
server: {geo: {country: X-Country, fill_event: true}}
clients:
  web: {type: ga4, measurement_ids: [G-ABC1234567], cookies: {mode: server, migrate_from_js: false}}
  backend: {type: measurement_protocol, api_secrets: ["${MP_SECRET}"]}
triggers: {purchases: {event: purchase}}
deduplicate: {orders: {triggers: purchases, key: "{{ event.transaction_id }}"}}
tags:
  ga4: {}
  hook:
    type: http_request
    url: https://e.example/x
    body: {id: "{{ request.id }}", all: "{{ event }}", at: "{{ request.time }}"}
  text:
    type: http_request
    url: https://e.example/{{ request.id }}
    format: text
    body: "{{ event.a }} {{ request.headers['x-b'] }}"
  form: {type: http_request, url: "https://e.example/f", format: form, body: {a: "{{ event.a }}", id: "{{ request.id }}"}}
  orders: {type: log, triggers: purchases}
"""
    )
    return Configuration(file)


QUERY = "v=2&tid=G-ABC1234567&cid=1.2&en=page_view"


def request(query: str = QUERY, **values: Any) -> Request:
    return Request("seen", NOW, **{"method": "GET", "path": "/g/collect", "query_string": query, "entropy": ENTROPY, **values})


def read(kept: str) -> dict[str, Any]:
    (item,) = yaml.safe_load(kept)
    found: dict[str, Any] = item
    return found


def test_what_was_seen_is_expected(configuration: Configuration) -> None:
    kept = read(keep(request(f"{QUERY}&ep.a=5", ip="192.0.2.1"), explainer(configuration), "a page view"))
    assert kept["name"] == "a page view"
    assert kept["request"] == {"url": f"/g/collect?{QUERY}&ep.a=5", "ip": "192.0.2.1"}
    assert kept["clock"] == "2025-11-28T14:31:51.502345Z"
    assert (kept["client"], kept["not_sent"], kept["reply"]) == ("web", ["orders"], {"status": 204})
    (hit,) = kept["sent"]["ga4"]
    assert hit["url"] == "https://www.google-analytics.com/g/collect"
    assert hit["query"]["en"] == "page_view"
    assert hit["query"]["_uip"] == "192.0.2.1"


def test_what_chance_has_made_is_not(configuration: Configuration) -> None:
    """The id of the request, and the client id of a visitor of whom nothing is known."""
    kept = read(keep(request(QUERY.replace("&cid=1.2", "")), explainer(configuration), "a"))
    (hit,), (hook,), (text,) = (kept["sent"][tag] for tag in ("ga4", "hook", "text"))
    assert "cid" not in hit["query"]
    assert ("id" in hook["body"], "client_id" in hook["body"]["all"], hook["body"]["at"]) == (False, False, NOW)
    assert "url" not in text


def test_a_client_id_that_follows_from_the_hit_is_expected(configuration: Configuration) -> None:
    kept = [read(keep(request(), explainer(configuration), "a"))["sent"]["ga4"][0]["query"]["cid"] for _ in range(2)]
    assert kept[0] == kept[1] != "1.2"


def test_a_visitor_who_has_the_cookie_is_expected_to_be_known_and_no_other_cookie_is_kept(configuration: Configuration) -> None:
    cookies = "PHPSESSID=s3cret; FPID=FPID2.3.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8%3D.1760043792; _ga=GA1.1.1.2"
    kept = read(keep(request(headers=(("cookie", cookies),)), explainer(configuration), "a"))
    assert kept["request"]["headers"] == {"cookie": cookies.split("; ")[1]}
    assert kept["sent"]["ga4"][0]["query"]["cid"] == "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=.1760043792"


def test_headers_are_kept_that_a_page_tells_or_that_make_a_difference(configuration: Configuration) -> None:
    told = {"user-agent": AGENT, "referer": "https://shop.example/", "accept-language": "de", "sec-ch-ua-mobile": "?0"}
    matters = {"x-country": "DE", "x-b": "b"}
    noise = {"x-forwarded-for": "192.0.2.1", "accept": "*/*", "connection": "keep-alive", "authorization": "Bearer s3cret"}
    headers = tuple({**noise, **told, **matters}.items())
    kept = read(keep(request(headers=headers), explainer(configuration), "a"))
    assert kept["request"]["headers"] == {**told, **matters}


def test_the_secret_of_a_sender_is_not_written_down(configuration: Configuration) -> None:
    body = b'{"client_id": "1.2", "events": [{"name": "a"}]}'
    url = "measurement_id=G-1&api%5Fsecret=s3cret&x=1"
    kept = keep(request(url, method="POST", path="/mp/collect", body=body), explainer(configuration), "a")
    assert "s3cret" not in kept
    assert read(kept)["request"]["url"] == "/mp/collect?measurement_id=G-1&api%5Fsecret=***&x=1"
    assert read(kept)["client"] == "backend"
    assert wrong(pasted(configuration.path, [kept])) == []


@pytest.mark.parametrize(
    ("values", "written"),
    [
        ({"method": "OPTIONS"}, {"method": "OPTIONS"}),
        ({"method": "POST"}, {"method": "POST"}),
        ({"method": "POST", "body": b"en=a\r\nen=b"}, {"body": "en=a\r\nen=b"}),
        ({"method": "POST", "body": b"\xff\x00"}, {"body_base64": "/wA="}),
        ({"method": "POST", "body": b"{{ ${A} }}"}, {"body_base64": "e3sgJHtBfSB9fQ=="}),
        ({"path": "//x/ü?#%"}, {"url": f"//x/%C3%BC%3F%23%25?{QUERY}"}),
        ({"path": "*"}, {"url": f"/*?{QUERY}"}),
        ({"query_string": ""}, {"url": "/g/collect"}),
        ({"query_string": "a={{${B}#\n"}, {"url": "/g/collect?a=%7B%7B$%7BB%7D%23%0A"}),
        ({"headers": (("user-agent", "{{ ${A} }}"), ("referer", "a\nb"), ("origin", "${A}"))}, {"headers": {"origin": "$${A}"}}),
    ],
)
def test_any_request_can_be_written(configuration: Configuration, values: dict[str, Any], written: dict[str, Any]) -> None:
    kept = keep(request(**{"query_string": QUERY, **values}), explainer(configuration), "a")
    found = read(kept)["request"]
    assert {key: found.get(key) for key in written} == written
    assert wrong(pasted(configuration.path, [kept])) == []


@pytest.mark.parametrize(
    ("name", "written"),
    [("", "a request as it was seen"), (" a\n b", "a b"), ("{{ ${A} }}", "{ { ${A} }}"), ("\ud800", "?"), ("null", "null")],
)
def test_any_name_will_do(configuration: Configuration, name: str, written: str) -> None:
    kept = keep(request(), explainer(configuration), name)
    (result,) = pasted(configuration.path, [kept])
    assert (result.name, result.failures) == (written, ())


ODD = ("${A}", "{{ a }}", "{{${A}}}", "null", "true", "1.50", "1.5e3", "1e5", "~", "- a", "a: b", "\x85\u2028", "\ufeff", "'")
TEXT = st.text(max_size=12) | st.sampled_from([*ODD, "2026-01-01", "", "9" * 20])
HEADER = st.sampled_from(["user-agent", "referer", "cookie", "x-b", "x-country", "origin", "host", "sec-ch-ua"])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from(["ep.a", "epn.b", "up.c", "dt", "en", "${x}", "ep.{{"]), TEXT), max_size=4),
    st.lists(st.tuples(HEADER, TEXT), max_size=3),
    st.binary(max_size=20) | TEXT.map(lambda text: f"en=a&ep.z={text}".encode("utf-8", "replace")),
    st.sampled_from(["/g/collect", "/mp/collect", "/x"]),
)
def test_whatever_was_seen_holds_once_it_is_pasted(
    configuration: Configuration, pairs: list[tuple[str, str]], headers: list[tuple[str, str]], body: bytes, path: str
) -> None:
    query = "&".join([QUERY, *(f"{name}={value}" for name, value in pairs)])
    seen = request(query, path=path, headers=tuple(headers), body=body, method="POST")
    assert wrong(pasted(configuration.path, [keep(seen, explainer(configuration), "seen")])) == []


def test_the_path_starts_with_the_prefix(tmp_path: Path) -> None:
    file = tmp_path / "container.yaml"
    file.write_text("server: {path_prefix: /m}\nclients: {ga4: {measurement_ids: G-ABC1234567}}\ntags: {ga4: {}}\n")
    kept = keep(request(path="/m/g/collect"), explainer(Configuration(file)), "a")
    assert read(kept)["client"] == "ga4"
    assert folder_of(file) == tmp_path
    assert wrong(pasted(file, [kept])) == []
