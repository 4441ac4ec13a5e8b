"""What every component's settings share, and what a status means."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from core.component import (
    Batch,
    ClientSettings,
    Component,
    ComponentSettings,
    EventPart,
    Setup,
    TagSettings,
    TransformationSettings,
    collects,
    judge_by_status,
    takes_notes,
)
from core.fields import Template
from core.types import Delivered, Line, OutboundRequest, Payload, Rejected, Response, Retry
from tests.core.tiny import Change, Fixed, Keep


@pytest.mark.parametrize("model", [ClientSettings, TransformationSettings, TagSettings])
def test_nothing_need_be_written_and_nothing_unknown_may(model: type[ComponentSettings]) -> None:
    assert model().type is None
    assert model.model_validate({"type": "ga4", "note": "free text"}).note == "free text"
    with pytest.raises(ValidationError, match="measurment_id"):
        model.model_validate({"measurment_id": "G-1"})


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        ClientSettings().priority = 5  # type: ignore[misc]


def test_a_tag_fires_on_everything_by_default_and_lets_everything_leave() -> None:
    tag = TagSettings()
    assert (tag.triggers, tag.exceptions, tag.consent, tag.event_name, tag.paused) == (["all"], [], [], None, False)
    assert (tag.parameters.include, tag.parameters.exclude, tag.parameters.set) == ("all", [], {})


def test_a_transformation_works_for_all_tags_by_default() -> None:
    transformation = TransformationSettings.model_validate({"except": "ga4"})
    assert (transformation.tags, transformation.except_, transformation.priority) == (["all"], ["ga4"], 0)
    assert transformation.when is None


@pytest.mark.parametrize(
    ("written", "kind"), [("order", Template), ("{{ event.a }}", Template), ({"a": "b"}, dict), (None, type(None))]
)
def test_an_event_name_is_a_text_a_template_or_a_table(written: Any, kind: type) -> None:
    assert isinstance(TagSettings.model_validate({"event_name": written}).event_name, kind)


@pytest.mark.parametrize(
    "wrong",
    [
        {"consent": "marketing"},
        {"parameters": {"includes": "all"}},
        {"parameters": {"exclude": [""]}},
        {"parameters": {"set": {"a": "{{ event. }}"}}},
        {"paused": "sometimes"},
        {"triggers": {"a": 1}},
    ],
)
def test_what_a_tag_does_not_have_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TagSettings.model_validate(wrong)


def test_a_single_name_to_include_is_a_list_of_one() -> None:
    assert TagSettings.model_validate({"parameters": {"include": "value"}}).parameters.include == ["value"]


def test_a_setup_does_not_show_its_secrets() -> None:
    assert "hunter2" not in repr(Setup("webhook", {"TOKEN": "hunter2"}))


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_2xx_took_it(status: int) -> None:
    assert judge_by_status(Response(status)) == Delivered()


@pytest.mark.parametrize("status", [401, 403, 407, 408, 425, 429, 500, 502, 503, 504, 529, 599])
def test_throttled_unwell_or_our_credential_is_tried_again(status: int) -> None:
    assert judge_by_status(Response(status)) == Retry(f"HTTP {status}")


@pytest.mark.parametrize("status", [100, 199, 300, 301, 302, 304, 307, 400, 404, 405, 410, 413, 415, 422, 451])
def test_anything_else_is_no(status: int) -> None:
    assert judge_by_status(Response(status)) == Rejected(f"HTTP {status}")


@pytest.mark.parametrize(
    ("base", "name", "told"),
    [
        (Keep, "bach", "Mine.bach is nothing that is asked of a Tag; did you mean batch?"),
        (Keep, "companion", "Mine.companion is nothing that is asked of a Tag; did you mean companions?"),
        (Keep, "trusted", "Mine.trusted is nothing that is asked of a Tag: names of its own begin with an underscore"),
        (Fixed, "batch", "Mine.batch is nothing that is asked of a Client: names of its own begin with an underscore"),
        (Change, "aply", "Mine.aply is nothing that is asked of a Transformation; did you mean apply?"),
    ],
)
def test_an_ability_that_nobody_asks_for_is_a_mistake_of_the_class(base: type[Component], name: str, told: str) -> None:
    with pytest.raises(TypeError) as raised:
        type("Mine", (base,), {name: lambda _: None})
    assert str(raised.value) == told


def test_a_mixin_is_held_to_it_too() -> None:
    class Mixin:
        def helper(self) -> None:
            """What no tag is asked."""

    with pytest.raises(TypeError, match="helper"):
        type("Mine", (Mixin, Keep), {})


def test_names_of_its_own_are_as_it_likes() -> None:
    made = type("Mine", (Keep,), {"_bach": 1, "batch": Batch(10)})()
    assert made.batch == Batch(10, 1 << 20, 1.0)


PAYLOAD = Payload("x", "https://a.example", recipient="G-1", group="g")


def test_a_tag_that_says_nothing_more_is_asked_nothing_more() -> None:
    tag = Keep()
    assert not collects(tag)
    assert not takes_notes(tag)
    assert not tag.filters_parameters
    assert (tag.batch, tag.companions(PAYLOAD, 0), tag.note(PAYLOAD, 0), tag.literal_origins) == (None, None, None, frozenset())


def test_a_batch_collects_all_of_a_destination_unless_the_tag_says_otherwise() -> None:
    class Collecting(Keep):
        batch = Batch(100)

    class Named(Keep):
        def companions(self, payload: Payload, now: int) -> str | None:  # noqa: ARG002
            return "all"

    assert collects(Collecting())
    assert Collecting().companions(PAYLOAD, 0) == ""
    assert collects(Named())


def test_a_tag_with_notes_is_asked_for_them() -> None:
    class Noting(Keep):
        def note(self, payload: Payload, now: int) -> str | None:  # noqa: ARG002
            return "late"

    assert takes_notes(Noting())


@pytest.mark.parametrize(
    ("request_", "body"), [(OutboundRequest("POST", "u", (), b"ab", (0, 1)), b"ab"), (Line("-", "\ud800é", (3, 4)), b"?\xc3\xa9")]
)
def test_by_default_each_event_is_shown_the_whole_request(request_: OutboundRequest | Line, body: bytes) -> None:
    assert Keep().parts(request_) == [EventPart("", body)] * 2


class Mixed:
    """A mixin that takes an option when a class is made."""

    _vendor = ""

    def __init_subclass__(cls, vendor: str = "", **options: object) -> None:
        super().__init_subclass__(**options)
        cls._vendor = vendor


def test_a_mixin_may_take_options() -> None:
    class Own(Keep, Mixed, vendor="a"):
        """It has one."""

    assert Own._vendor == "a"


@pytest.mark.parametrize(
    ("base", "name", "value", "told"),
    [
        (Fixed, "trusted", lambda _: False, "trusted is read and never called: put @property above it"),
        (Keep, "batch", lambda _: Batch(2), "batch is read and never called: put @property above it"),
        (
            Keep,
            "literal_origins",
            classmethod(lambda _: ()),
            "literal_origins is read and never called: put @property above it",
        ),
        (Keep, "filters_parameters", lambda _: True, "filters_parameters is read and never called: it must be a value, not a"),
        (Keep, "note", property(lambda _: None), "note is called: it must be a method, not a property or a value"),
        (Keep, "parts", None, "parts is called: it must be a method, not a property or a value"),
    ],
)
def test_an_ability_is_the_kind_of_thing_that_its_base_has(base: type[Component], name: str, value: object, told: str) -> None:
    """A method in place of a property would count as true, whatever it returns: a client as trusted."""
    with pytest.raises(TypeError, match=rf"Own\.{told}"):
        type("Own", (base,), {name: value})


@pytest.mark.parametrize(("name", "value"), [("trusted", True), ("trusted", property(lambda _: True))])
def test_an_ability_that_is_read_is_a_property_or_a_value(name: str, value: object) -> None:
    assert type("Own", (Fixed,), {name: value})
