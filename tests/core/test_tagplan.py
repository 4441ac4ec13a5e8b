"""When a tag fires, and what it is shown."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from core.fields import Condition
from core.tagplan import Step, Transformed, Verdict
from core.types import Event, HeldBack, Payload, Skip
from core.undefined import UNDEFINED
from tests.core.tiny import Change, Keep, context, plan

EVENT: Event = {
    "event_name": "purchase",
    "client_id": "1.2",
    "value": 12.5,
    "email": "a@b.c",
    "user_data": {"email": "a@b.c", "address": {"city": "X"}},
    "items": [{"item_id": "A", "price": 1}, {"item_id": "B", "price": 2}],
    "x-ga-gcs": "G111",
    "nothing": None,
}


def shown(event: Event = EVENT, **settings: Any) -> Event:
    """The event as a tag with these settings sees it."""
    tag = Keep()
    before = copy.deepcopy(event)
    verdict = plan(tag=tag, **settings).fire("all", context(event), {})
    assert event == before
    assert verdict.event is tag.seen[0]
    return tag.seen[0]


def test_a_tag_without_settings_sees_the_very_event() -> None:
    assert shown() is EVENT


@pytest.mark.parametrize(
    ("setting", "name"),
    [
        ("order_completed", "order_completed"),
        ("shop_{{ event.event_name }}", "shop_purchase"),
        ("{{ event.value }}", "12.5"),
        ("{{ event.value > 1 }}", "true"),
        ("{{ event.missing }}", "purchase"),
        ("{{ event.nothing }}", "purchase"),
        ("purchase", "purchase"),
        ({"purchase": "order_completed"}, "order_completed"),
        ({"purchase": "{{ event.client_id }}!"}, "1.2!"),
        ({"refund": "order_cancelled"}, "purchase"),
        ({}, "purchase"),
        (None, "purchase"),
    ],
)
def test_the_event_name_is_a_text_a_template_or_a_table(setting: Any, name: str) -> None:
    event = shown(event_name=setting)
    assert event == {**EVENT, "event_name": name}
    assert (event is EVENT) == (name == "purchase")


def test_an_event_without_a_name_may_be_given_one() -> None:
    assert shown({"client_id": "1"}, event_name="page_view") == {"client_id": "1", "event_name": "page_view"}
    assert shown({"client_id": "1"}, event_name={"None": "page_view"}) == {"client_id": "1"}


@pytest.mark.parametrize(
    ("parameters", "left"),
    [
        ({}, list(EVENT)),
        ({"include": "all"}, list(EVENT)),
        ({"include": "none"}, ["event_name"]),
        ({"include": ["value", "x-ga-*"]}, ["event_name", "value", "x-ga-gcs"]),
        ({"include": "value"}, ["event_name", "value"]),
        ({"include": []}, ["event_name"]),
        ({"exclude": ["email", "user_data", "items"]}, ["event_name", "client_id", "value", "x-ga-gcs", "nothing"]),
        ({"exclude": "client_id"}, [key for key in EVENT if key != "client_id"]),
        ({"include": ["value", "email"], "exclude": ["email"]}, ["event_name", "value"]),
        ({"include": ["missing"], "exclude": ["missing"]}, ["event_name"]),
    ],
)
def test_parameters_say_what_leaves(parameters: dict[str, Any], left: list[str]) -> None:
    event = shown(parameters=parameters)
    assert event == {key: EVENT[key] for key in left}


def test_parameters_go_by_key_paths() -> None:
    event = shown(parameters={"exclude": ["user_data.address", "items.price"]})
    assert event["user_data"] == {"email": "a@b.c"}
    assert event["items"] == [{"item_id": "A"}, {"item_id": "B"}]


def test_what_is_set_is_worked_out_before_anything_goes() -> None:
    event = shown(
        parameters={"include": ["value"], "set": {"shop": "web", "double": "{{ event.value * 2 }}", "email": "{{ event.email }}"}}
    )
    assert event == {"event_name": "purchase", "value": 12.5, "shop": "web", "double": 25, "email": "a@b.c"}


def test_setting_an_undefined_value_removes_the_parameter() -> None:
    assert "email" not in shown(parameters={"set": {"email": "{{ event.missing }}"}})


def test_what_is_set_does_not_depend_on_its_order() -> None:
    swap = {"value": "{{ event.client_id }}", "client_id": "{{ event.value }}"}
    assert shown(parameters={"set": swap}) == {**EVENT, "value": "1.2", "client_id": 12.5}


def test_setting_reaches_below() -> None:
    event = shown(parameters={"set": {"user_data.address.city": "Y", "items.brand": "Z"}})
    assert event["user_data"]["address"] == {"city": "Y"}
    assert [item["brand"] for item in event["items"]] == ["Z", "Z"]


def test_what_is_set_sees_the_name_the_tag_gave_the_event() -> None:
    assert (
        shown(event_name="order", parameters={"set": {"was": "{{ event.event_name }} {{ original.event_name }}"}})["was"]
        == "order purchase"
    )


def test_a_tag_may_see_to_its_parameters_itself() -> None:
    class Own(Keep):
        filters_parameters = True

    tag = Own()
    plan(tag=tag, event_name="order", parameters={"include": "none", "set": {"a": 1}}).fire("all", context(EVENT), {})
    assert tag.seen == [{**EVENT, "event_name": "order"}]


def test_transformations_come_first_and_in_order() -> None:
    steps = [
        Step("one", Change(lambda event: {**event, "t": "1"})),
        Step("two", Change(lambda event: {**event, "t": event["t"] + "2"})),
    ]
    tag = Keep()
    plan(tag=tag, steps=steps, parameters={"set": {"t": "{{ event.t }}3"}}).fire("all", context(EVENT), {})
    assert tag.seen == [{**EVENT, "t": "123"}]


@pytest.mark.parametrize(("when", "runs"), [("event.value > 10", 1), ("event.value > 20", 0), (["true", "event.value > 20"], 0)])
def test_a_step_with_a_condition_runs_only_where_it_holds(when: Any, runs: int) -> None:
    change = Change(lambda event: {**event, "t": 1})
    step = Step("t", change, Condition(when))
    assert step.apply(EVENT, context(EVENT)) == ({**EVENT, "t": 1} if runs else EVENT)
    assert change.runs == runs


def test_a_condition_sees_the_event_as_transformed_so_far() -> None:
    steps = [
        Step("raise", Change(lambda event: {**event, "value": 100})),
        Step("mark", Change(lambda event: {**event, "big": True}), Condition(["event.value > 50", "original.value < 50"])),
    ]
    verdict = plan(steps=steps).fire("all", context(EVENT), {})
    assert verdict.event == {**EVENT, "value": 100, "big": True}


def test_tags_of_the_same_chain_share_one_result() -> None:
    change = Change(lambda event: {**event, "t": 1})
    seen: dict[int, Transformed] = {}
    tags = [Keep(), Keep(), Keep()]
    for tag, chain in zip(tags, (0, 0, 1), strict=True):
        plan(tag=tag, steps=[Step("t", change)], chain=chain).fire("all", context(EVENT), seen)
    assert change.runs == 2
    assert tags[0].seen[0] is tags[1].seen[0]
    assert tags[0].seen[0] is not tags[2].seen[0]


def test_what_a_counted_step_has_changed_is_told_to_every_tag_of_the_chain() -> None:
    def shorter(event: Event) -> Event:
        items = [event["items"][0], {**event["items"][1], "engraving": "?"}]
        return {**event, "page_title": "?", "items": items, "deep": {**event["deep"], "note": "?"}, "tags": ["?"]}

    item, event = {"item_id": "A"}, {"page_title": "Jo", "tags": ["Jo"], "kept": [1], "deep": {"note": "Jo", "n": 1}}
    event["items"] = [item, {**item, "engraving": "Jo"}]
    steps = [Step("quiet", Change(lambda event: {**event, "kept": [2]})), Step("no_names", Change(shorter), counted=True)]
    seen: dict[int, Transformed] = {}
    verdicts = [plan(steps=steps).fire("all", context(event), seen) for _ in range(2)]
    skipping = Keep()
    skipping.answer = Skip("no client_id")
    verdicts.append(plan(tag=skipping, steps=steps).fire("all", context(event), seen))
    names = ("page_title", "tags", "deep.note", "items.engraving")
    assert [verdict.redacted for verdict in verdicts] == [tuple(("no_names", name) for name in names)] * 3


def test_a_counted_step_that_changes_nothing_tells_nothing() -> None:
    steps = [Step("same", Change(lambda event: event), counted=True), Step("not now", Change(boom), Condition([False]), True)]
    assert plan(steps=steps).fire("all", context(EVENT), {}).redacted == ()


def test_one_tags_own_changes_are_not_the_others() -> None:
    seen: dict[int, Transformed] = {}
    around = context(EVENT)
    first, second = Keep(), Keep()
    plan(tag=first, event_name="other", parameters={"include": "none"}).fire("all", around, seen)
    plan(tag=second).fire("all", around, seen)
    assert second.seen == [EVENT]


def test_a_tag_that_fires_says_why_and_what() -> None:
    verdict = plan("webhook").fire("trigger purchases", context(EVENT), {})
    assert (verdict.tag, verdict.why, verdict.held, verdict.event) == ("webhook", "trigger purchases", None, EVENT)
    assert isinstance(verdict.payload, Payload)
    assert verdict.payload.event_name == "purchase"


def test_a_payload_is_named_after_the_original_event_whatever_the_tag_calls_it() -> None:
    payload = plan(event_name="order", parameters={"include": "none"}).fire("all", context(EVENT), {}).payload
    assert payload
    assert (payload.event_name, payload.client_id) == ("purchase", "1.2")


def test_a_tag_may_skip_an_event_with_a_reason() -> None:
    tag = Keep()
    tag.answer = Skip("no client_id")
    assert plan(tag=tag).fire("all", context(EVENT), {}) == Verdict("tag", "no client_id", HeldBack.SKIPPED, EVENT)


def boom(event: Event) -> Event:
    raise ValueError(event["email"])


def test_a_transformation_that_fails_holds_its_tags_back_unseen() -> None:
    first, second = Keep(), Keep()
    seen: dict[int, Transformed] = {}
    for tag in (first, second):
        verdict = plan(tag=tag, steps=[Step("redact", Change(boom))]).fire("all", context(EVENT), seen)
        assert (verdict.held, verdict.payload, verdict.event) == (HeldBack.FAILED, None, None)
        assert verdict.why == "transformation redact failed: ValueError"
    assert not first.seen
    assert not second.seen


def test_a_transformation_that_gives_no_event_holds_the_tag_back() -> None:
    tag = Keep()
    steps = [Step("broken", Change(lambda _: UNDEFINED)), Step("next", Change(lambda event: {**event}))]  # type: ignore[arg-type,return-value]
    assert plan(tag=tag, steps=steps).fire("all", context(EVENT), {}).held is HeldBack.FAILED
    assert not tag.seen


def test_a_tag_that_fails_is_held_without_quoting_the_visitor() -> None:
    tag = Keep()
    tag.answer = ValueError("a@b.c")
    verdict = plan(tag=tag).fire("all", context(EVENT), {})
    assert (verdict.held, verdict.why, verdict.payload) == (HeldBack.FAILED, "the tag failed: ValueError", None)
