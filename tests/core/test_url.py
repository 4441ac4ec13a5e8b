"""A URL of the file: its origin is the file's, its values stay values."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from core.context import Context
from core.secret import SealedText, SecretValue
from core.types import Event, Request
from core.undefined import UNDEFINED
from core.url import Url, printable


class Holder(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    url: Url


def evaluated(url: str | SealedText, event: Event) -> object:
    return Url(url).evaluate(Context(Request("r", 0, "GET", "/"), "web", event).on(event))


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Example.com/Path", "https://example.com"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://[FE80::1]:8080/{{ event.a }}", "http://[fe80::1]:8080"),
    ],
)
def test_its_origin(url: str, origin: str) -> None:
    assert Url(url).origin == origin


def test_a_value_is_one_piece_of_the_path_or_the_query() -> None:
    event = {"a": "x/y?z#&=", "b": "é"}
    assert (
        evaluated("https://h/{{ event.a }}/{{ event.b }}?q={{ event.a }}", event)
        == "https://h/x%2Fy%3Fz%23%26%3D/%C3%A9?q=x%2Fy%3Fz%23%26%3D"
    )


def test_what_climbs_is_undefined_also_in_pieces() -> None:
    assert evaluated("https://h/{{ event.a }}{{ event.b }}/x", {"a": ".", "b": "."}) is UNDEFINED
    assert evaluated("https://h/x?to={{ event.a }}", {"a": ".."}) == "https://h/x?to=.."
    assert evaluated("https://h/a/../b", {}) == "https://h/a/../b"


def test_its_expressions_are_known() -> None:
    assert [len(Url(url).expressions) for url in ("https://h/", "https://h/{{ event.a }}")] == [0, 1]


def test_secrets_stay_sealed() -> None:
    secret = SecretValue("KEY", "canary")
    value = evaluated(SealedText(("https://h/", secret, "/{{ event.a }}")), {"a": "x y"})
    assert value == SealedText(("https://h/", secret, "/", "x%20y"))
    assert "canary" not in str(value)


def test_settings_may_hold_one() -> None:
    url = Holder.model_validate({"url": "https://h/"}).url
    assert Holder.model_validate({"url": url}).url is url
    assert Holder.model_json_schema()["properties"]["url"]["type"] == "string"


@pytest.mark.parametrize(
    "url", [None, 5, [], "", "h", "https://", "https://h{{ event.a }}", "https://h/{{ event.a", "https://h/{{ }}"]
)
def test_anything_else_is_a_mistake(url: object) -> None:
    with pytest.raises(ValidationError):
        Holder.model_validate({"url": url})


def test_printable_leaves_what_is_encoded_alone() -> None:
    assert printable("https://h/%2F?a=b&c=%20#x") == "https://h/%2F?a=b&c=%20#x"
    assert printable("https://h/a b\r\né\ud800") == "https://h/a%20b%0D%0A%C3%A9?"
