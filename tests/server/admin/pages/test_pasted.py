"""What somebody pastes on the Try page."""

from __future__ import annotations

import json
from typing import Any

import pytest

from server.admin.pages import pasted
from server.explain.hit import HitError

HIT = "/g/collect?v=2&tid=G-ABC1234567&en=page_view&dt=a%20b"


def commands(text: str, kind: str = "auto") -> list[dict[str, Any]]:
    found = pasted.commands(text, kind, "web", "203.0.113.7")
    json.dumps(found)
    return found


def tried(**more: Any) -> dict[str, Any]:
    plain = {"do": "try", "method": "GET", "path": "/", "query": "", "headers": [], "body": "", "ip": "203.0.113.7"}
    return {**plain, "raw_path": more.get("path", "/"), **more}


@pytest.mark.parametrize("kind", ["auto", "url", "no such kind"])
def test_a_url_is_a_request(kind: str) -> None:
    query = HIT.partition("?")[2]
    assert commands(f"  {HIT}\n", kind) == [tried(path="/g/collect", query=query)]
    assert commands(f"https://t.example{HIT}", kind) == [tried(path="/g/collect", query=query, headers=[["host", "t.example"]])]


def test_each_line_is_a_request_and_a_body_may_follow() -> None:
    first, second = commands(f"{HIT}\ten=a&x=1\n\n{HIT}")
    assert (first["method"], first["body"]) == ("POST", "en=a&x=1")
    assert (second["method"], second["body"]) == ("GET", "")


def test_a_path_is_decoded_once_as_a_visitors_is() -> None:
    assert commands("/a%20b%2525?c=%20")[0] | {"headers": []} == tried(path="/a b%25", raw_path="/a%20b%2525", query="c=%20")


def test_a_curl_command_is_a_request_with_its_headers() -> None:
    (command,) = commands(
        "curl 'https://t.example/g/collect?v=2' \\\n -X POST -H 'User-Agent: Me' --data-raw $'en=a&x=\\ud83d\\ude00\\u00e9'"
    )
    assert (command["method"], command["path"], command["query"]) == ("POST", "/g/collect", "v=2")
    assert ["user-agent", "Me"] in command["headers"]
    assert command["body"] == "en=a&x=😀é"


def test_half_a_character_of_a_curl_command_is_no_reason_to_fail() -> None:
    assert commands("curl https://t.example/ --data-raw $'\\ud83d'")[0]["body"] == "\ufffd"


@pytest.mark.parametrize("text", ['{"client_id": "1.2", "events": []}', '{\n "client_id": "1.2",\n "events": []\n}'])
@pytest.mark.parametrize("kind", ["auto", "payload"])
def test_a_payload_is_what_servers_post(text: str, kind: str) -> None:
    assert commands(text, kind) == [
        tried(method="POST", path="/mp/collect", headers=[["content-type", "application/json"]], body=text)
    ]


@pytest.mark.parametrize("kind", ["auto", "event"])
def test_event_data_is_tried_as_the_client_would_have_read_it(kind: str) -> None:
    assert commands('{"event_name": "purchase",\n "value": 1}', kind) == [
        {"do": "try_event", "event": {"event_name": "purchase", "value": 1}, "client": "web", "ip": "203.0.113.7"}
    ]


def test_a_recorded_hit_is_a_request() -> None:
    (command,) = commands('{"method": "post", "url": "/g/collect?v=2", "headers": {"X-A": "b"}, "body": "en=a"}')
    assert command == tried(method="POST", path="/g/collect", query="v=2", headers=[["x-a", "b"]], body="en=a")


def test_of_many_requests_the_first_are_tried() -> None:
    found = commands("\n".join(f"/g/collect?n={number}" for number in range(pasted.MOST + 5)))
    assert [each["query"] for each in found] == [f"n={number}" for number in range(pasted.MOST)]


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("", "auto", "there is nothing to try"),
        (" \n ", "payload", "there is nothing to try"),
        ("hello", "auto", "pasted:1: is neither a JSON object nor a URL"),
        ("/a\nhello", "url", "pasted:2: "),
        ("{broken", "auto", "is not JSON"),
        ("{broken", "payload", "is not JSON"),
        ("[1]", "event", "must be a JSON object"),
        ("[" * 100_000, "event", "is not JSON"),
        ('{"event_name":' * 5000 + "1" + "}" * 5000, "auto", "is not JSON"),
        ("7", "payload", "must be a JSON object"),
        ("curl", "auto", "a curl command with no URL"),
        ("curl 'https://t.example", "auto", "a quote is not closed"),
        ("wget https://t.example", "curl", "is not curl"),
        ("curl https://t.example/ -d @/etc/passwd", "auto", "files are not read"),
        ("https://[broken/g/collect", "auto", "is not a URL"),
        ('{"url": 7}', "auto", "url must be a text"),
        ('{\n  "log": {"entries": []}\n}', "auto", "this is a visit that is saved as HAR"),
    ],
)
def test_what_cannot_be_read_is_told_in_words(text: str, kind: str, words: str) -> None:
    with pytest.raises(HitError, match=words.replace("(", r"\(")):
        commands(text, kind)
