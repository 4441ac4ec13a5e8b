"""Secrets mask themselves, and travel into a request without ever being stored or searched for."""

from __future__ import annotations

import json
import logging
import pickle
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from core.component import Setup
from core.context import Shared
from core.secret import MASK, SealedText, Secret, SecretValue, fill, seal_off
from core.types import SecretPlace

CANARY = "hunter2-canary"
VALUE = SecretValue("TOKEN", CANARY)
SEALED = SealedText(("Bearer ", VALUE))
SECRETS = {"TOKEN": CANARY, "OTHER": "second"}


class Holder(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)
    api_secret: Secret


MASKED = [
    VALUE,
    SEALED,
    Secret(SEALED),
    Secret(CANARY),
    Holder(api_secret=Secret(CANARY)),
    Setup("webhook", SECRETS),
    Shared(secrets=SECRETS),
]


@pytest.mark.parametrize("value", MASKED, ids=lambda value: type(value).__name__)
def test_no_way_of_printing_shows_a_secret(value: object) -> None:
    shown = [repr(value), str(value), f"{value}", "%s" % value, "{!r}".format(value), f"{[value]}", ascii(value)]  # noqa: UP031, UP032
    assert not [text for text in shown if CANARY in text]


def test_a_secret_that_is_a_whole_is_the_mask_everywhere() -> None:
    secret = Secret(SEALED)
    assert (str(secret), repr(secret)) == (MASK, f"Secret({MASK})")
    assert Holder(api_secret=secret).model_dump_json() == '{"api_secret":"***"}'
    assert Holder(api_secret=secret).model_dump() == {"api_secret": MASK}


def test_a_sealed_text_shows_the_text_around_the_mask() -> None:
    assert str(SEALED) == "Bearer ***"
    assert repr(SEALED) == "SealedText('Bearer ***')"
    assert repr(VALUE) == "SecretValue(TOKEN, ***)"


@pytest.mark.parametrize("value", [VALUE, SEALED, Secret(SEALED)], ids=lambda value: type(value).__name__)
def test_json_refuses_what_is_still_sealed(value: object) -> None:
    for write in (json.dumps, orjson.dumps):
        with pytest.raises(TypeError) as raised:
            write({"body": value})
        assert CANARY not in str(raised.value)


def test_a_log_line_shows_the_mask(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("x").error("failed %s %r", Secret(SEALED), {"authorization": SEALED})
    assert MASK in caplog.text
    assert CANARY not in caplog.text


def test_reveal_gives_the_value() -> None:
    assert SEALED.reveal() == f"Bearer {CANARY}" == Secret(SEALED).reveal()
    assert Secret("plain").reveal() == "plain"


def test_a_secret_written_into_the_file_is_known_as_such() -> None:
    assert Secret("plain").inline
    assert not Secret(SEALED).inline


def test_sealed_texts_compare_by_what_they_hold() -> None:
    same = SealedText(("Bearer ", SecretValue("TOKEN", CANARY)))
    assert same == SEALED
    assert hash(same) == hash(SEALED)
    assert hash(VALUE) == hash(SecretValue("TOKEN", CANARY))
    assert SealedText((SecretValue("OTHER", CANARY),)) != SealedText((VALUE,))
    assert SEALED != "Bearer ***"
    assert VALUE != CANARY


def test_a_setting_takes_a_text_a_sealed_text_or_a_secret() -> None:
    given_ = Secret(SEALED)
    assert Holder(api_secret=given_).api_secret is given_
    assert Holder.model_validate({"api_secret": SEALED}).api_secret.reveal() == SEALED.reveal()
    assert Holder.model_validate({"api_secret": "plain"}).api_secret.inline


@pytest.mark.parametrize("value", [1, None, ["x"], {"a": SEALED}])
def test_anything_else_is_refused_without_showing_it(value: object) -> None:
    with pytest.raises(ValidationError, match="must be a text") as raised:
        Holder.model_validate({"api_secret": value})
    assert CANARY not in str(raised.value)


def test_the_schema_says_how_to_give_a_secret() -> None:
    schema = TypeAdapter(Secret).json_schema()
    assert schema["type"] == "string"
    assert "${NAME}" in schema["description"]


def test_sealed_values_survive_the_way_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(SEALED)) == SEALED


def test_sealing_off_leaves_places_by_position() -> None:
    body = {"headers": {"authorization": SEALED}, "list": ["x", SealedText((VALUE, "-", SecretValue("OTHER", "second")))]}
    sealed, places = seal_off(body)
    assert sealed == {"headers": {"authorization": "Bearer "}, "list": ["x", "-"]}
    assert places == (
        SecretPlace("/headers/authorization", 7, "TOKEN"),
        SecretPlace("/list/1", 0, "TOKEN"),
        SecretPlace("/list/1", 1, "OTHER"),
    )


@pytest.mark.parametrize("key", ["", "~", "/", "~1", "~0", "a/b~c", "~~//", "0"])
def test_any_key_is_a_place(key: str) -> None:
    sealed, places = seal_off({key: {key: SEALED}, "beside": key})
    assert fill(sealed, places, SECRETS) == {key: {key: f"Bearer {CANARY}"}, "beside": key}


def test_a_secret_may_be_the_whole_body() -> None:
    sealed, places = seal_off(SEALED)
    assert (sealed, places) == ("Bearer ", (SecretPlace("", 7, "TOKEN"),))
    assert fill(sealed, places, SECRETS) == f"Bearer {CANARY}"


@pytest.mark.parametrize(
    "text", ["${TOKEN}", "{{ env.TOKEN }}", "***", "${TOKEN:-x}", "$TOKEN", "TOKEN", "/headers/authorization", "\0TOKEN\0"]
)
def test_what_a_visitor_sends_is_never_taken_for_a_placeholder(text: str) -> None:
    body = {"visitor": text, text: text, "list": [text], "ours": SEALED}
    sealed, places = seal_off(body)
    assert fill(sealed, places, SECRETS) == {"visitor": text, text: text, "list": [text], "ours": f"Bearer {CANARY}"}


def test_a_value_that_looks_like_a_placeholder_is_not_filled_again() -> None:
    sealed, places = seal_off(SealedText((VALUE, SecretValue("OTHER", ""))))
    assert fill(sealed, places, {"TOKEN": "${OTHER}", "OTHER": "${TOKEN}"}) == "${OTHER}${TOKEN}"


def test_the_value_of_today_is_filled_in_not_that_of_yesterday() -> None:
    sealed, places = seal_off({"a": SEALED})
    assert fill(sealed, places, {"TOKEN": "rotated"}) == {"a": "Bearer rotated"}


def test_a_secret_that_is_gone_is_named() -> None:
    sealed, places = seal_off({"a": SEALED})
    with pytest.raises(KeyError, match="TOKEN"):
        fill(sealed, places, {})


def test_a_body_without_secrets_has_no_places() -> None:
    body: dict[str, Any] = {"a": [1, None, True, 1.5, "x", {"b": []}]}
    assert seal_off(body) == (body, ())
    assert fill(body, (), {}) is body


def test_filling_in_does_not_change_the_stored_body() -> None:
    sealed, places = seal_off({"a": [SEALED]})
    fill(sealed, places, SECRETS)
    assert sealed == {"a": ["Bearer "]}


texts = st.text(st.characters(codec="utf-8"), max_size=6)
keys = st.text("~/01a.", max_size=4) | texts
values = st.builds(SecretValue, st.sampled_from(sorted(SECRETS)), st.just(""))
sealed_texts = st.lists(texts | values, min_size=1, max_size=4).map(lambda parts: SealedText(tuple(parts)))
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
bodies = st.recursive(
    scalars | sealed_texts, lambda below: st.lists(below, max_size=4) | st.dictionaries(keys, below, max_size=4), max_leaves=12
)


def revealed(value: Any) -> Any:
    if isinstance(value, SealedText):
        return "".join(part if isinstance(part, str) else SECRETS[part.name] for part in value.parts)
    if isinstance(value, dict):
        return {key: revealed(item) for key, item in value.items()}
    return [revealed(item) for item in value] if isinstance(value, list) else value


@given(bodies)
@settings(max_examples=300)
def test_what_is_sealed_off_is_filled_in_again(body: Any) -> None:
    sealed, places = seal_off(body)
    stored = json.loads(json.dumps(sealed))
    assert fill(stored, places, SECRETS) == revealed(body)


@given(bodies)
@settings(max_examples=200)
def test_what_is_stored_holds_no_secret(body: Any) -> None:
    sealed, places = seal_off(_with_canary(body))
    assert CANARY not in json.dumps(sealed)
    assert CANARY not in repr(places)


def _with_canary(value: Any) -> Any:
    if isinstance(value, SealedText):
        return SealedText(tuple(part if isinstance(part, str) else SecretValue(part.name, CANARY) for part in value.parts))
    if isinstance(value, dict):
        return {key: _with_canary(item) for key, item in value.items()}
    return [_with_canary(item) for item in value] if isinstance(value, list) else value
