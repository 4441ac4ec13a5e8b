"""The form that a payload has on the disk."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.types import Payload, SecretPlace
from server.outbox.row import COLUMNS, RARE_COLUMNS, Row, State, json_body, leased_row, named_row, rare_record, record, row_name

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(st.characters()),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3),
    max_leaves=10,
)


def stored(payload: Payload) -> Row:
    values = dict(zip((*COLUMNS, *RARE_COLUMNS), rare_record(1, "t", payload, State.LEASED, 0), strict=True))
    names = ("received_at", "event_group", "position", "client_id", "event_name")
    texts = [values["body"].decode(), values["secrets"].decode() if values["secrets"] else None]
    return leased_row("t", payload.destination, [1, 1, 0, 5, *(values[name] for name in names), *texts])


@settings(max_examples=200)
@given(body=JSON)
def test_a_body_comes_back_as_it_was(body: Any) -> None:
    assert stored(Payload(body, "https://v")).payload.body == body


@pytest.mark.parametrize("body", ["\ud800", {"n": 2**70}, -(2**63) - 1, [2**64 + 1], [1, {"\udfff": None}]])
def test_what_the_fast_codec_refuses_is_kept_too(body: Any) -> None:
    assert stored(Payload(body, "https://v")).payload.body == body


def test_secrets_keep_their_places() -> None:
    payload = Payload("", "https://v", (SecretPlace("/a/0", 3, "KEY"), SecretPlace("/b", 0, "OTHER")), 7, "g", 2, "ü", "n")
    assert stored(payload) == Row(1, "t", payload, 5, 1, 0)


def test_a_text_that_is_no_unicode_does_not_reach_the_disk() -> None:
    assert stored(Payload("", "https://v", client_id="a\ud800")).payload.client_id == "a?"


def test_a_body_that_is_no_json_is_an_error() -> None:
    with pytest.raises(ValueError, match="Expecting"):
        json_body("{")


@given(store=st.integers(0, 999_999), id=st.integers(0, 10**18 - 1))
def test_a_row_is_found_by_its_name(store: int, id: int) -> None:
    assert named_row(row_name(store, id)) == (store, id)


@pytest.mark.parametrize(
    "name", ["", "0", "0-", "-1", "0-1-2", " 0-1", "0-1\n", "٣-1", "1234567-1", f"0-{1 << 63}", "container.yaml"]
)
def test_what_is_no_name_of_a_row(name: str) -> None:
    assert named_row(name) is None


@pytest.mark.parametrize("field", ["destination", "group", "client_id", "event_name"])
@pytest.mark.parametrize("value", [None, 7, ["a"]], ids=str)
def test_what_should_be_a_text_and_is_none_is_no_record(field: str, value: Any) -> None:
    given: Any = {"destination": "https://v", field: value}
    with pytest.raises(TypeError):
        record(1, "t", Payload("a", **given), State.QUEUED, 0)
