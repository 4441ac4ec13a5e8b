"""What the trace tells of a tag that fires: the event before and after each step, and the rule that counts it once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.deduplication import DeduplicationSettings, rules_of
from core.fields import Condition
from core.tagplan import Step
from core.trace import TagTrace
from core.types import Event, HeldBack, Skip
from tests.core.tiny import Change, Keep, plan
from tests.core.traced import PURCHASE, tag, traced


def step(name: str, change: Any, when: object = None) -> Step:
    return Step(name, Change(change), None if when is None else Condition(when))


def raises(error: Exception) -> Any:
    def change(_: Event) -> Event:
        raise error

    return change


def test_each_step_shows_the_event_before_and_after_it() -> None:
    steps = [
        step("double", lambda event: {**event, "value": event["value"] * 2}),
        step("when large", lambda event: {**event, "large": True}, ["event.value > 15", "event.event_name == 'purchase'"]),
        step("when huge", lambda event: {**event, "huge": True}, "event.value > 100"),
        step("nothing", lambda event: event),
    ]
    told = tag(steps=steps, event_name="order", parameters={"exclude": "client_id"})
    doubled = {**PURCHASE, "value": 20}
    large = {**doubled, "large": True}
    assert [(each.name, each.applied, each.before, each.after) for each in told.steps] == [
        ("double", True, PURCHASE, doubled),
        ("when large", True, doubled, large),
        ("when huge", False, large, large),
        ("nothing", True, large, large),
        ("the tag's own settings", True, large, {"event_name": "order", "value": 20, "large": True}),
    ]
    assert [each.own for each in told.steps] == [False, False, False, False, True]
    assert [[part.holds for part in each.when] for each in told.steps] == [[], [True, True], [False], [], []]
    assert told.steps[2].when[0].values == (("event.value", 20),)
    assert told.steps[-1].after == told.verdict.event
    assert told.fired


def test_after_a_step_that_fails_there_are_no_more() -> None:
    steps = [step("fine", lambda event: event), step("broken", raises(KeyError("a@b.c"))), step("never", lambda event: event)]
    told = tag(steps=steps, event_name="order")
    assert [(each.name, each.applied, each.failed) for each in told.steps] == [("fine", True, ""), ("broken", False, "KeyError")]
    assert told.steps[-1].after is None
    assert told.verdict.why == "transformation broken failed: KeyError"


def test_a_failure_of_the_tags_own_settings_is_told_as_one() -> None:
    (told,) = traced(replace(plan(), finish=(lambda event, _: event["nothing"],))).tags
    (own,) = told.steps
    assert (own.own, own.applied, own.after, own.failed) == (True, False, None, "KeyError")
    assert told.verdict.held is HeldBack.FAILED


@pytest.mark.parametrize(("answer", "held"), [(Skip("not mine"), HeldBack.SKIPPED), (ValueError(), HeldBack.FAILED)])
def test_a_tag_that_skips_or_fails_in_the_end_shows_its_steps_all_the_same(answer: Any, held: HeldBack) -> None:
    keep = Keep()
    keep.answer = answer
    told = tag(tag=keep, steps=[step("one", lambda event: event)])
    assert ([each.name for each in told.steps], told.verdict.held) == (["one"], held)
    assert told.deduplication is None


@pytest.mark.parametrize(
    "settings", [{"paused": True}, {"triggers": "large"}, {"exceptions": "purchases"}, {"consent": "ad_storage"}]
)
def test_a_tag_that_is_held_back_before_its_steps_shows_none(settings: dict[str, Any]) -> None:
    told = tag(steps=[step("one", lambda event: event)], **settings)
    assert told.steps == ()
    assert not told.fired


def deduplicated(event: Event, **tags: Any) -> TagTrace:
    written = {
        "large ones": {"triggers": "large", "key": "{{ event.client_id }}"},
        "orders": {"triggers": ["checkout", "purchases"], "key": "{{ event.order }}", "window": "1h"},
    }
    rules = rules_of({name: DeduplicationSettings.model_validate(each) for name, each in written.items()})
    return tag(event, {"deduplication": rules}, **tags)


def test_the_rule_that_keeps_an_event_from_counting_twice_is_told_with_its_key() -> None:
    told = deduplicated({**PURCHASE, "order": 17})
    assert told.deduplication is not None
    assert (told.deduplication.rule, told.deduplication.trigger) == ("orders", "purchases")
    assert (told.deduplication.key, told.deduplication.window) == ("17", 3_600_000_000)
    assert told.verdict.payload is not None
    assert told.verdict.payload.once is not None


def test_a_rule_that_finds_no_key_is_told_without_one() -> None:
    told = deduplicated(PURCHASE)
    assert told.deduplication is not None
    assert told.deduplication.key is None
    assert told.verdict.payload is not None
    assert told.verdict.payload.once is None


@pytest.mark.parametrize("settings", [{"paused": True}, {"triggers": "large"}])
def test_what_is_not_sent_has_no_rule(settings: dict[str, Any]) -> None:
    assert deduplicated({**PURCHASE, "order": 17}, **settings).deduplication is None


def test_an_event_that_no_rule_is_about_has_none() -> None:
    assert deduplicated({"event_name": "page_view", "order": 17}).deduplication is None
