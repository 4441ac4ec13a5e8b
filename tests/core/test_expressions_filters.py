"""The filters, row by row."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.context import Context
from core.expressions import compile_condition, urls
from core.expressions.filters import FILTERS
from core.types import Request
from core.undefined import UNDEFINED

EVENT: dict[str, Any] = {
    "text": " Größe ",
    "word": "Seven",
    "number": 2.5,
    "whole": 7,
    "price": "12.50",
    "empty": "",
    "yes": True,
    "nothing": None,
    "list": ["b", "a", None, 3],
    "numbers": [1, "2.5", None],
    "mixed": [1, "x"],
    "none_left": [],
    "items": [{"item_id": "A", "at": {"shop": 1}}, {"item_id": None}, {}, 7, ["item_id"], {"item_id": 3, "at.shop": 2}],
    "object": {"k": [1.5, "ü"]},
    "url": "https://User:pw@Shop.Example:8443/a%20b/c?utm_source=news+letter&x=%C3%BC&x=2#frag?utm_source=no",
    "time": 1764340309313999,
    "first_is_null": [None, 1],
    "longest": "x" * 65_536,
    "too_long": "x" * 65_537,
    "broken": "\ud800",
    "huge": 10**5000,
    "infinite": float("inf"),
    "separator": "e",
    "depth": 1,
    "client_id": "1307714608.1760043792",
}


def evaluate(source: str, event: dict[str, Any] = EVENT) -> Any:
    return compile_condition(source).evaluate(Context(Request("r1", 0, "GET", "/"), "web", event).on(event))


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("event.items | pluck('item_id')", ["A", 3]),
        ("event.items | pluck('at.shop')", [1, 2]),
        ("event.items | pluck('none')", []),
        ("event.items | pluck(event.none)", UNDEFINED),
        ("event.items | pluck(event.longest)", UNDEFINED),
        ("event.items | pluck('item_id') | join(',')", "A,3"),
        ("event.none_left | pluck('item_id')", []),
        ("event.object | pluck('k')", UNDEFINED),
        ("event.missing | default(0.3)", 0.3),
        ("event.nothing | default('x')", "x"),
        ("event.empty | default('x')", ""),
        ("event.missing | default(event.word)", "Seven"),
        ("event.missing | default(event.missing)", UNDEFINED),
        ("event.word | number | default(1)", 1),
        ("event.word | lower", "seven"),
        ("event.word | upper", "SEVEN"),
        ("event.whole | lower", "7"),
        ("event.text | trim", "Größe"),
        ("event.text | trim | upper", "GRÖSSE"),
        ("event.price | number", 12.5),
        ("event.whole | number", 7),
        ("'007' | number", 7),
        ("event.whole | text", "7"),
        ("event.yes | text", "true"),
        ("event.object | text", '{"k":[1.5,"ü"]}'),
        ("event.number | round", 3),
        ("-2.5 | round", -3),
        ("2.675 | round(2)", 2.68),
        ("1.005 | round(2)", 1.01),
        ("event.price | round(1)", 12.5),
        ("1e17 | round(10)", 1e17),
        ("event.price | round(event.depth)", 12.5),
        ("event.word | sha256", sha256(b"Seven").hexdigest()),
        ("event.text | trim | lower | sha256", sha256("größe".encode()).hexdigest()),
        ("event.whole | sha256", sha256(b"7").hexdigest()),
        ("event.empty | sha256", UNDEFINED),
        ("event.word | base64", "U2V2ZW4="),
        ("event.text | base64", "IEdyw7bDn2Ug"),
        ("event.empty | base64", ""),
        ("event.url | url_host", "shop.example"),
        ("event.url | url_path", "/a%20b/c"),
        ("event.url | url_query('utm_source')", "news letter"),
        ("event.url | url_query('x')", "ü"),
        ("event.url | url_query('y')", UNDEFINED),
        ("event.price | split('.')", ["12", "50"]),
        ("'a,b' | split", ["a", "b"]),
        ("event.word | split(event.separator)", ["S", "v", "n"]),
        ("event.list | first", "b"),
        ("event.list | last", 3),
        ("event.first_is_null | first", UNDEFINED),
        ("event.none_left | first", UNDEFINED),
        ("event.list | join", "ba3"),
        ("event.list | join(', ')", "b, a, 3"),
        ("event.list | join(0)", "b0a03"),
        ("event.list | length", 4),
        ("event.word | length", 5),
        ("event.object | length", 1),
        ("event.numbers | sum", 3.5),
        ("event.none_left | sum", 0),
        ("event.mixed | sum", UNDEFINED),
        ("event.word | truncate(3)", "Sev"),
        ("event.word | truncate(100)", "Seven"),
        ("event.time | iso", "2025-11-28T14:31:49.313Z"),
        ("event.time | date", "2025-11-28"),
        ("0 | iso", "1970-01-01T00:00:00.000Z"),
        ("event.object | json", '{"k":[1.5,"ü"]}'),
        ("event.word | json", '"Seven"'),
        ("event.yes | json", "true"),
        ("event.longest | lower | length", 65_536),
    ],
)
def test_filters(source: str, value: Any) -> None:
    found = evaluate(source)

    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    "source",
    [
        *[f"event.missing | {entry.example or name}" for name, entry in FILTERS.items() if name != "default"],
        *[f"event.huge | {name}" for name in ("lower", "number", "text", "round", "sha256", "iso", "json", "length", "first")],
        *[f"event.too_long | {name}" for name in ("lower", "upper", "trim", "text", "sha256", "base64", "split", "json")],
        *[
            f"event.object | {name}"
            for name in ("lower", "number", "round", "sha256", "url_host", "split", "first", "sum", "join")
        ],
        *[f"event.broken | {name}" for name in ("sha256", "base64", "json", "bucket(2)", "url_host")],
        *[f"event.word | {name}" for name in ("number", "round", "first", "last", "join", "sum", "iso", "date")],
        *[f"event.yes | {name}" for name in ("lower", "number", "length", "iso")],
        "event.longest | base64",
        "event.longest | json",
        "[event.longest, 'x'] | join",
        "event.list | join(event.object)",
        "event.price | round(event.word)",
        "event.price | round(event.missing)",
        "event.word | truncate(event.yes)",
        "event.word | split(event.empty)",
        "event.empty | bucket(10)",
        "1e18 | iso",
        "-1e18 | date",
        "event.infinite | round",
        "event.infinite | text",
    ],
)
def test_a_filter_on_what_it_cannot_take_is_undefined(source: str) -> None:
    assert evaluate(source) is UNDEFINED


@pytest.mark.parametrize(
    ("url", "host", "path"),
    [
        ("https://shop.example", "shop.example", "/"),
        ("https://shop.example?a=1", "shop.example", "/"),
        ("https://shop.example#a/b", "shop.example", "/"),
        ("http://[2001:DB8::1]:80/x", "2001:db8::1", "/x"),
        ("//shop.example/x", "shop.example", "/x"),
        ("/only/path?q", UNDEFINED, "/only/path"),
        ("android-app://com.example/x", "com.example", "/x"),
        ("https:///x", UNDEFINED, "/x"),
        ("http://[", UNDEFINED, "/"),
        ("shop.example/x", UNDEFINED, UNDEFINED),
        ("mailto:a//b", UNDEFINED, UNDEFINED),
        ("see https://shop.example", UNDEFINED, UNDEFINED),
        ("://x/y", UNDEFINED, UNDEFINED),
        ("", UNDEFINED, UNDEFINED),
    ],
)
def test_parts_of_urls(url: str, host: Any, path: Any) -> None:
    assert evaluate("event.url | url_host", {"url": url}) == host
    assert evaluate("event.url | url_path", {"url": url}) == path


@settings(max_examples=500)
@given(st.from_regex(r"\A(https?:)?//[a-zA-Z0-9.@:?#\[ ü-]*(/[a-z/?#:@]*)?\Z"))
def test_the_host_of_a_plain_address_is_what_the_long_way_finds(url: str) -> None:
    assert urls.url_host(url) == urls._host(url)


def test_a_bucket_is_the_same_for_ever_and_the_buckets_fill_evenly() -> None:
    assert evaluate("event.client_id | bucket(100)") == 62

    expression = compile_condition("event.id | bucket(10)")
    events = [{"id": f"visitor {n}"} for n in range(5_000)]
    found = [expression.evaluate(Context(Request("r1", 0, "GET", "/"), "web", event).on(event)) for event in events]

    assert set(found) == set(range(10))
    assert all(400 < found.count(bucket) < 600 for bucket in range(10))


def test_the_list_of_filters_is_the_documented_one() -> None:
    documented = """default lower upper trim number text round sha256 base64 url_host url_path url_query split first last join
    pluck length sum truncate bucket iso date json"""
    assert list(FILTERS) == documented.split()
