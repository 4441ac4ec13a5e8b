from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.secret import SealedText, SecretValue
from core.types import Event
from core.undefined import UNDEFINED
from tests.wire.ga4.parameters import all_texts, texts
from wire.ga4.decode import decode_event
from wire.ga4.encode import encode, leaves_as_custom, write_user_data

SECRET = SealedText(("a", SecretValue("NAME", "value")))


def sent(event: Event) -> dict[str, Any]:
    return all_texts(encode(event))


CUSTOM: list[tuple[Any, dict[str, Any]]] = [
    ("007", {"ep.x": "007"}),
    ("", {"ep.x": ""}),
    (14, {"epn.x": "14"}),
    (14.0, {"epn.x": "14"}),
    (0, {"epn.x": "0"}),
    (float("nan"), {}),
    (True, {"ep.x": "true"}),
    (False, {"ep.x": "false"}),
    (None, {}),
    (UNDEFINED, {}),
    ([1, "ä"], {"ep.x": '[1,"ä"]'}),
    ({"a": {"b": None}}, {"ep.x": '{"a":{"b":null}}'}),
    (SECRET, {"ep.x": SECRET}),
    ([SECRET], {"ep.x": '["a***"]'}),
]


@pytest.mark.parametrize(("value", "parameters"), CUSTOM)
def test_any_other_key_is_a_custom_parameter(value: Any, parameters: dict[str, Any]) -> None:
    assert sent({"x": value}) == {"v": "2", **parameters}


@pytest.mark.parametrize(("value", "parameters"), CUSTOM)
def test_user_properties_follow_the_same_rule(value: Any, parameters: dict[str, Any]) -> None:
    assert sent({"x-ga-mp2-user_properties": {"x": value}}) == {
        "v": "2",
        **{name.replace("ep.", "up.").replace("epn.", "upn."): text for name, text in parameters.items()},
    }


@pytest.mark.parametrize(
    "event",
    [
        {"x-ga-mp2-richsstsse": ""},
        {"x-ga-mp2-_fplc": "0"},
        {"x-sst-system_properties": {"navt": "n"}},
        {"x-ga-mp2-sst.x": "1"},
        {"x-ga-js_client_id": "1.2"},
        {"x-ga-mp1-plt": "3"},
        {"x-ga-unknown": "3"},
        {"x-sst-unknown": "3"},
        {"x-mp-consent": {}},
        {"user_agent": "x"},
        {"user_data": {"email": "a@b.c"}},
        {"user_data": "a@b.c"},
        {"x-ga-mp2-user_data": "a@b.c"},
        {"x-ga-mp2-ep.user_data": "a@b.c"},
        {"x-ga-mp2-ep.user_data.email": "a@b.c"},
        {"x-ga-mp2-_uip": "1.2.3.4"},
        {"x-ga-system_properties": {"uip": "1.2.3.4", "fplc": "x", "ss": None, "zz": None}},
        {"x-ga-system_properties": "text", "x-ga-mp2-user_properties": "text"},
        {"client_hints": {"brands": [{"brand": "x"}], "model": None}},
        {"items": []},
        {"items": ["x", 1]},
        {"campaign": {}},
        {"x-ga-ur": None},
        {"page_title": None},
    ],
)
def test_what_is_never_sent(event: Event) -> None:
    assert sent(event) == {"v": "2"}


@pytest.mark.parametrize("key", ["client_hints", "items", "campaign"])
def test_an_object_key_that_holds_a_text_is_a_custom_parameter(key: str) -> None:
    assert sent({key: "x"}) == {"v": "2", f"ep.{key}": "x"}
    assert decode_event({f"ep.{key}": "x"}) in ({key: "x"}, {f"x-ga-mp2-ep.{key}": "x"})


def test_at_most_200_items_are_sent() -> None:
    assert len(sent({"items": [{"item_id": str(n)} for n in range(300)]})) == 201


def test_a_parameter_kept_aside_goes_out_as_it_came_unless_its_key_is_free_now() -> None:
    assert sent({"x": 1, "x-ga-mp2-ep.x": "a"}) == {"v": "2", "epn.x": "1", "ep.x": "a"}
    assert sent({"x": "b", "x-ga-mp2-ep.x": "a"}) == sent({"x-ga-mp2-ep.x": "a", "x": "b"}) == {"v": "2", "ep.x": "b"}
    assert sent({"x-ga-mp2-ep.user_database": "a"}) == {"v": "2", "ep.user_database": "a"}


def test_hashed_user_data_is_flattened_with_dots() -> None:
    out = encode({})
    write_user_data(out, {"sha256_email_address": ["a", "b"], "address": {"sha256_first_name": "c"}})
    assert texts(out.own) == {
        "ep.user_data.sha256_email_address.0": "a",
        "ep.user_data.sha256_email_address.1": "b",
        "ep.user_data.address.sha256_first_name": "c",
    }


@pytest.mark.parametrize(
    ("key", "value", "custom"),
    [
        ("x", "", True),
        ("value", 1, True),
        ("items", [], True),
        ("x-ga-mp2-ep.page_location", "", True),
        ("x-ga-mp2-epn.x", "", True),
        ("campaign", "", True),
        ("campaign", {}, False),
        ("client_hints", {}, False),
        ("page_title", "", False),
        ("event_name", "", False),
        ("user_data", {}, False),
        ("x-ga-mp2-user_properties", {}, False),
        ("x-ga-mp2-frm", "", False),
        ("x-mp-x", "", False),
    ],
)
def test_which_keys_leave_as_custom_parameters(key: str, value: Any, custom: bool) -> None:
    assert leaves_as_custom(key, value) is custom


short = st.text(max_size=8)
keys = st.text("abcxyz._~", min_size=1, max_size=6).map("c{}".format)
numbers = st.one_of(st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False))
items = st.dictionaries(st.sampled_from(["item_id", "item_name", "x-ga-mp2-zz"]) | keys, short, max_size=4)
objects = st.fixed_dictionaries(
    {"event_name": short, "client_id": short},
    optional={
        "page_title": short,
        "x-ga-mp2-frm": short,
        "x-ga-page_id": numbers,
        "engagement_time_msec": numbers,
        "event_location": st.sampled_from([{}, {"country": "DE"}, {"country": "BR", "region": "SP"}]),
        "client_hints": st.fixed_dictionaries(
            {"mobile": st.booleans()},
            optional={
                "full_version_list": st.lists(
                    st.fixed_dictionaries({"brand": short, "version": st.just("1.2")}), min_size=1, max_size=3
                )
            },
        ),
        "x-ga-system_properties": st.fixed_dictionaries(
            {"ee": st.just(True)}, optional={"eu": st.sets(st.integers(0, 60)).map(sorted), "ss": st.sampled_from(["1", "2"])}
        ),
        "x-ga-mp2-user_properties": st.dictionaries(keys, short | numbers, min_size=1, max_size=3),
        "items": st.lists(items, min_size=1, max_size=3),
    },
)
events = st.builds(lambda named, custom: {**custom, **named}, objects, st.dictionaries(keys, short | numbers, max_size=5))


@settings(max_examples=300)
@given(events)
def test_decoding_what_was_encoded_is_the_identity(event: Event) -> None:
    decoded = decode_event(sent(event))
    assert decoded.pop("x-ga-protocol_version") == "2"
    assert decoded == event


@settings(max_examples=200)
@given(
    st.dictionaries(
        st.text(max_size=12), st.one_of(st.text(max_size=5), st.booleans(), numbers, st.none(), st.lists(st.text(max_size=2)))
    )
)
def test_no_event_gains_a_parameter_that_nobody_set(event: Event) -> None:
    assert len(sent(event)) <= 1 + len(event)


@pytest.mark.parametrize("event", [{"user_data.email": "a@b.c"}, {"x-ga-mp2-user_data.email": "a@b.c"}, {"user_data.age": 5}])
def test_personal_data_under_a_flat_name_does_not_leave(event: dict[str, Any]) -> None:
    encoded = encode({"event_name": "x", **event})
    assert "user_data" not in str(encoded)


def test_a_number_that_is_kept_as_a_text_leaves_as_the_number_it_is() -> None:
    event = {"value": "33.33333333333333333333", "note": "0.1", "x-ga-custom_parameters": ["epn.value", "epn.gone", 5]}
    assert texts(encode(event).own) == {"epn.value": "33.33333333333333333333", "ep.note": "0.1"}
    assert texts(encode({"value": "1", "x-ga-custom_parameters": "epn.value"}).own) == {"ep.value": "1"}
