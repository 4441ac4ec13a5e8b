"""Requests are read from a URL, a hits file and a HAR file; whatever cannot be read is named with its place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.explain.hit import Hit, HitError, with_headers
from server.explain.readers import header, of_url, read_har, read_hits, recorded


def test_a_recorded_request_keeps_method_url_headers_and_body() -> None:
    line = {
        "method": "post",
        "url": "https://a.example/g/collect?v=2",
        "headers": {"User-Agent": "x"},
        "body": "en=a",
        "page_cookies": "",
    }
    assert read_hits(json.dumps(line), "f") == [Hit("POST", "https://a.example/g/collect?v=2", (("user-agent", "x"),), b"en=a")]


@pytest.mark.parametrize(
    ("line", "hit"),
    [
        ("/g/collect?v=2", Hit("GET", "/g/collect?v=2")),
        ("/g/collect?v=2\ten=a", Hit("POST", "/g/collect?v=2", (), b"en=a")),
        ("https://a.example/x\t", Hit("GET", "https://a.example/x")),
        ("/x\r", Hit("GET", "/x")),
        ('{"url": "/x"}', Hit("GET", "/x")),
        ('{"url": "/x", "body": null, "headers": null, "method": null}', Hit("GET", "/x")),
        ('{"url": "/x", "body": "é"}', Hit("POST", "/x", (), "é".encode())),
        ('  {"url": "/x", "method": "OPTIONS"}', Hit("OPTIONS", "/x")),
    ],
)
def test_a_line_is_a_request(line: str, hit: Hit) -> None:
    assert read_hits(line, "f") == [hit]


def test_empty_lines_are_no_requests_and_a_file_may_hold_both_forms() -> None:
    assert [hit.url for hit in read_hits('\n/a\n\n{"url": "/b"}\n', "f")] == ["/a", "/b"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("hello", "neither a JSON object nor a URL"),
        ("not a /url", "neither a JSON object nor a URL"),
        ("{", "is not JSON"),
        ('{"url": 1}', "url must be a text"),
        ("{}", "url must be a text"),
        ('{"url": "/x", "body": {}}', "body must be a text"),
        ('{"url": "/x", "method": 1}', "method must be a text"),
        ('{"url": "/x", "headers": []}', "headers must be an object of texts"),
        ('{"url": "/x", "headers": ["a"]}', "headers must be an object of texts"),
        ('{"url": "/x", "headers": {"a": 1}}', "headers must be an object of texts"),
        ('{"url": "/x", "headers": {"origin": "https://a\\r\\nb"}}', "line break"),
        ("http://[::1", "is not a URL"),
    ],
)
def test_a_line_that_is_no_request_is_named_by_file_and_number(line: str, why: str) -> None:
    with pytest.raises(HitError, match=rf"^my\.jsonl:2: .*{why}"):
        read_hits(f"/fine\n{line}\n/fine", "my.jsonl")


@settings(max_examples=200)
@given(st.text(max_size=80))
def test_whatever_a_line_holds_it_is_read_or_refused_in_words(line: str) -> None:
    try:
        hits = read_hits(line, "f")
    except HitError:
        return
    for hit in hits:
        hit.request("1", 0, None)


def test_the_request_is_what_the_server_would_see() -> None:
    hit = Hit("GET", "https://a.example:8080/caf%C3%A9/g/collect?dt=%E2%82%AC&x=a b€", (("user-agent", "x"),), b"b")
    request = hit.request("id", 7, "203.0.113.9")
    assert (request.path, request.query_string) == ("/café/g/collect", "dt=%E2%82%AC&x=a%20b%E2%82%AC")
    assert request.headers == (("host", "a.example:8080"), ("user-agent", "x"))
    assert (request.body, request.ip, request.received_at, request.id) == (b"b", "203.0.113.9", 7, "id")
    assert request.entropy == bytes(32)


def test_a_path_alone_has_no_host_and_a_host_header_wins_over_the_url() -> None:
    assert Hit("GET", "/").request("1", 0, None).headers == ()
    assert Hit("GET", "https://a.example", (("host", "b.example"),)).request("1", 0, None).headers == (("host", "b.example"),)
    assert Hit("GET", "https://a.example").request("1", 0, None).path == "/"


@pytest.mark.parametrize(("method", "body", "chosen"), [(None, b"", "GET"), (None, b"x", "POST"), ("PUT", b"", "PUT")])
def test_a_body_makes_it_a_post(method: str | None, body: bytes, chosen: str) -> None:
    assert of_url("/x", method, body).method == chosen


def test_headers_of_the_same_name_are_replaced() -> None:
    assert with_headers((("a", "1"), ("b", "2")), (("a", "3"),)) == (("b", "2"), ("a", "3"))


def test_a_header_is_a_name_and_a_value() -> None:
    assert header("User-Agent:  x: y ") == ("user-agent", "x: y")


@pytest.mark.parametrize("line", ["no colon", ": value", "a: b\r\nc: d"])
def test_what_is_no_header_is_refused(line: str) -> None:
    with pytest.raises(HitError, match="is not a header"):
        header(line)


def har(*requests: Any) -> str:
    return json.dumps({"log": {"entries": [{"request": request} for request in requests]}})


def test_a_har_file_holds_requests() -> None:
    headers = [{"name": ":authority", "value": "a.example"}, {"name": ":method", "value": "POST"}, {"name": "DNT", "value": "1"}]
    post = {"method": "POST", "url": "https://a.example/g/collect", "headers": headers, "postData": {"text": "en=a"}}
    get = {"method": "GET", "url": "https://a.example/"}
    assert read_har(har(post, get), "f") == [
        Hit("POST", "https://a.example/g/collect", (("host", "a.example"), ("dnt", "1")), b"en=a"),
        Hit("GET", "https://a.example/"),
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<html>", "is not JSON"),
        ("[]", "is not a HAR file"),
        ('{"log": {"entries": [{}]}}', "is not a HAR file"),
        (har({"method": "GET", "url": "/", "headers": [1]}), "is not a HAR file"),
        (har({"method": "GET", "url": 3}), "url must be a text"),
    ],
)
def test_what_is_no_har_file_is_refused(text: str, why: str) -> None:
    with pytest.raises(HitError, match=rf"^my\.har: .*{why}"):
        read_har(text, "my.har")


def test_a_har_file_in_place_of_a_hits_file_is_known() -> None:
    with pytest.raises(HitError, match=r"^my\.har is a HAR file, and a hits file has a request in each line: jq -c .* my\.har$"):
        read_hits(json.dumps({"log": {"entries": []}}, indent=2), "my.har")


def test_surrogates_in_a_body_do_not_stop_it() -> None:
    assert recorded({"url": "/x", "body": "\ud800"}).body == b"\xed\xa0\x80"
