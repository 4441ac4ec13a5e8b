from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.types import Event
from wire import limits
from wire.ga4.decode import decode_event, decode_hit


def test_without_a_body_the_url_is_the_event() -> None:
    decoded = decode_hit("en=a&cid=1", b"")
    assert (decoded.events, decoded.skipped) == ([{"event_name": "a", "client_id": "1"}], 0)


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_each_line_is_an_event_and_overrides_the_url(ending: bytes) -> None:
    body = ending.join([b"en=a&dt=two", b"", b"en=b", b""])
    assert decode_hit("cid=1&dt=one", body).events == [
        {"client_id": "1", "page_title": "two", "event_name": "a"},
        {"client_id": "1", "page_title": "one", "event_name": "b"},
    ]


def test_a_body_of_empty_lines_is_no_body() -> None:
    assert decode_hit("en=a", b"\r\n\r\n").events == [{"event_name": "a"}]


def test_a_line_without_an_event_name_is_skipped_and_counted() -> None:
    decoded = decode_hit("cid=1", b"en=a\r\nep.x=1\r\nen=b")
    assert [event["event_name"] for event in decoded.events] == ["a", "b"]
    assert decoded.skipped == 1
    assert decode_hit("cid=1", b"").skipped == 1


def test_bytes_that_are_no_utf8_become_replacement_characters() -> None:
    assert decode_hit("en=a", b"ep.x=\xff").events == [{"event_name": "a", "x": "�"}]


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("&" * 1000, b""),
        ("en=a", b"=" + b"&" * 1000),
        ("en=a", b"en=b\n" * (limits.MOST_EVENTS + 1)),
        ("&".join(f"a{n}=1" for n in range(900)), b"en=a\n" * 100),
        ("en=a", b"&".join(b"a%d=1" % n for n in range(500)).join([b"", b"\n"]) * 10),
    ],
)
def test_a_hit_beyond_all_measure_is_refused(query: str, body: bytes) -> None:
    with pytest.raises(limits.OversizedError, match="more than"):
        decode_hit(query, body)


def test_a_full_batch_of_long_hits_is_within_measure() -> None:
    assert len(decode_hit("&".join(f"a{n}=1" for n in range(100)), b"en=a&ep.x=1\r\n" * 20).events) == 20


def test_a_number_that_none_can_hold_is_told_of_as_that() -> None:
    long, odd = decode_hit("en=a&epn.long=12345678901234567890&epn.odd=4%2C2", b"").findings
    assert "[12345678901234567890], which no number can hold exactly" in long.description
    assert "[4,2], which is no number" in odd.description
    assert {long.code, odd.code} == {"NOT_A_NUMBER"}


LIST = "x-ga-custom_parameters"
ASIDE = "x-ga-mp2-epn.page_title"
CONFLICTS: list[tuple[str, dict[str, str], Event]] = [
    ("a text beside a named one", {"ep.page_location": "x", "dl": "y"}, {"page_location": "y", "x-ga-mp2-ep.page_location": "x"}),
    ("a text beside items", {"ep.items": "x", "pr1": "ida"}, {"items": [{"item_id": "a"}], "x-ga-mp2-ep.items": "x"}),
    ("a text beside a number", {"ep.x": "a", "epn.x": "1"}, {"x": 1, "x-ga-mp2-ep.x": "a"}),
    ("a number beside a named one", {"epn.page_title": "1", "dt": "a"}, {"page_title": "a", "x-ga-mp2-epn.page_title": "1"}),
    ("a text alone has the key", {"ep.currency": "EUR"}, {"currency": "EUR", LIST: ["ep.currency"]}),
    ("a number alone has the key", {"epn.page_title": "1"}, {"page_title": 1, LIST: ["epn.page_title"]}),
    ("a number that is none", {"epn.x": "abc"}, {"x": "abc", LIST: ["epn.x"]}),
    ("a number that is none, beside a named one", {"epn.page_title": "x", "dt": "a"}, {"page_title": "a", ASIDE: "x"}),
    ("a number that is none, beside a text", {"epn.x": "abc", "ep.x": "d"}, {"x": "d", "x-ga-mp2-epn.x": "abc"}),
    (
        "not a number is kept",
        {"epn.x": "NaN", "_et": "NaN", "upn.y": "Infinity"},
        {"engagement_time_msec": "NaN", "x-ga-mp2-user_properties": {"y": "Infinity"}, LIST: ["upn.y", "epn.x"], "x": "NaN"},
    ),
    ("user properties", {"up.x": "a", "upn.x": "1"}, {"x-ga-mp2-user_properties": {"x": 1}, "x-ga-mp2-up.x": "a"}),
    ("a user property that is no number", {"upn.x": "01"}, {"x-ga-mp2-user_properties": {"x": "01"}, LIST: ["upn.x"]}),
    (
        "a user property that is no number, beside a text",
        {"upn.x": "01", "up.x": "a"},
        {"x-ga-mp2-user_properties": {"x": "a"}, "x-ga-mp2-upn.x": "01"},
    ),
    (
        "who it is, and what happened",
        {"ep.client_id": "x", "ep.event_name": "y", "epn.event_location": "1"},
        {"x-ga-mp2-ep.client_id": "x", "x-ga-mp2-ep.event_name": "y", "x-ga-mp2-epn.event_location": "1"},
    ),
    (
        "what the request itself tells",
        {"ep.user_agent": "x", "ep.ip_override": "y"},
        {"x-ga-mp2-ep.user_agent": "x", "x-ga-mp2-ep.ip_override": "y"},
    ),
    (
        "what a page cannot set",
        {"ep.x-ga-js_client_id": "x", "epn.x-sst-y": "1"},
        {"x-ga-mp2-ep.x-ga-js_client_id": "x", "x-ga-mp2-epn.x-sst-y": "1"},
    ),
    ("client hints as a parameter", {"ep.client_hints": "x"}, {"x-ga-mp2-ep.client_hints": "x"}),
]


@pytest.mark.parametrize(("parameters", "event"), [row[1:] for row in CONFLICTS], ids=[row[0] for row in CONFLICTS])
@pytest.mark.parametrize("turned", [False, True])
def test_what_would_land_on_one_key(parameters: dict[str, str], event: Event, turned: bool) -> None:
    assert decode_event(dict(reversed(parameters.items())) if turned else parameters) == event


def test_server_side_properties_are_one_object() -> None:
    assert decode_event({"sst.navt": "n", "sst.a.b": ""}) == {"x-sst-system_properties": {"navt": "n", "a.b": ""}}


def test_items_are_sorted_by_number_and_gaps_are_closed() -> None:
    parameters = {"pr10": "idj", "pr2": "idb", "pr1": "ida", "pr200": "idz"}
    assert [item["item_id"] for item in decode_event(parameters)["items"]] == ["a", "b", "j", "z"]


USER_DATA: list[tuple[dict[str, str], Any]] = [
    ({"ep.user_data.email": "a@b.c"}, {"email": "a@b.c"}),
    (
        {"ep.user_data.address.0.city": "Oslo", "ep.user_data.address.1.city": "Rome"},
        {"address": {"0": {"city": "Oslo"}, "1": {"city": "Rome"}}},
    ),
    (
        {"ep.user_data.address.first_name": "A", "ep.user_data._tag_mode": "AUTO"},
        {"address": {"first_name": "A"}, "_tag_mode": "AUTO"},
    ),
    ({"epn.user_data.x": "1"}, {"x": 1}),
    ({"ep.user_data.a": "1", "ep.user_data.a.b": "2"}, {"a": "1"}),
    ({"ep.user_data.a.b": "2", "ep.user_data.a": "1"}, {"a": {"b": "2"}}),
    ({"ep.user_data." + "x." * 500 + "y": "1"}, {"x": {"x": {"x": {"x." * 497 + "y": "1"}}}}),
]


@pytest.mark.parametrize(("parameters", "data"), USER_DATA)
def test_user_data_is_nested_again(parameters: dict[str, str], data: Any) -> None:
    assert decode_event(parameters) == {"user_data": data}


def test_user_data_as_a_plain_text_is_kept_aside() -> None:
    assert decode_event({"ep.user_data": "x"}) == {"x-ga-mp2-ep.user_data": "x"}


@settings(max_examples=200)
@given(st.text(max_size=80), st.binary(max_size=80))
def test_nothing_raises(query: str, body: bytes) -> None:
    decode_hit(query, body)


fragments = st.sampled_from(
    [
        "en=",
        "ep.",
        "epn.",
        "up.",
        "upn.",
        "sst.",
        "pr1",
        "pr",
        ".x",
        "user_data.",
        "=",
        "&",
        "~",
        "%00",
        "%FF",
        "+",
        "NaN",
        "1e5",
        "\r\n",
        "\n",
        "_eu=",
        "uafvl=",
        "ur=",
        "_p=",
        "k0",
        "v0",
        "|",
        ";",
        "999999",
        "٣",
    ]
)


@settings(max_examples=300)
@given(st.lists(fragments, max_size=20), st.lists(fragments, max_size=20))
def test_nothing_that_looks_like_a_hit_raises(query: list[str], body: list[str]) -> None:
    decode_hit("".join(query), "".join(body).encode())


def test_a_number_of_5000_digits_stays_text() -> None:
    many = "1" * 5000
    assert decode_event({"_p": many, "epn.x": many}) == {"x-ga-page_id": many, "x": many, LIST: ["epn.x"]}


def test_a_long_url_is_not_multiplied_by_many_lines() -> None:
    with pytest.raises(limits.OversizedError, match="characters over all events"):
        decode_hit("v=2&tid=G-1&dl=" + "x" * 15_000, b"\n".join([b"en=a"] * 99))
