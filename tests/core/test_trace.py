"""The trace of a request: who looked at it, what each tag made of each event, and every reason for it."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest

from core.container import UNCLAIMED, Container
from core.context import Surroundings
from core.deduplication import DeduplicationSettings, rules_of
from core.expressions import Decided
from core.fields import Condition
from core.tagplan import Held, Step, TagPlan
from core.trace import ClientTrace, ConsentNeed, ConsentTrace, EventTrace, TagTrace, Trace, TriggerTrace, trace, trace_event
from core.triggers import ALL, TriggerSettings, always, compile_trigger
from core.types import Event, Reply, Skip
from core.undefined import UNDEFINED
from tests.core.tiny import REQUEST, Change, Fixed, Keep, always_says, client, plan

PURCHASE: Event = {"event_name": "purchase", "client_id": "1.2", "value": 10}
TRIGGERS: dict[str, dict[str, Any]] = {
    "purchases": {"event": "purchase"},
    "checkout": {"event": ["begin_checkout", "checkout_*"], "client": ["web", "shop"]},
    "large": {"event": "purchase", "when": ["event.value > 5", "event.currency == 'EUR'"]},
    "anything": {"note": "no part at all"},
}


def container(*plans: TagPlan, clients: Any = None, events: tuple[Event, ...] = (PURCHASE,), **more: Any) -> Container:
    settings = {name: TriggerSettings.model_validate(each) for name, each in TRIGGERS.items()}
    return Container(
        clients or [("web", client(*events))],
        plans,
        triggers={ALL: always, **{name: compile_trigger(each) for name, each in settings.items()}},
        trigger_settings=settings,
        **more,
    )


def traced(*plans: TagPlan, event: Event = PURCHASE, **more: Any) -> EventTrace:
    (only,) = trace(container(*plans, events=(event,), **more), REQUEST).events
    return only


def tag(event: Event = PURCHASE, around: Any = None, **settings: Any) -> TagTrace:
    """The trace of a lone tag with these settings."""
    (only,) = traced(plan(**settings), event=event, **(around or {})).tags
    return only


def asked(*clients: Fixed) -> list[str]:
    named = [(f"c{at}", each) for at, each in enumerate(clients)]
    return [each.words for each in trace(container(clients=named), REQUEST).clients]


def that(answer: Exception | None) -> Fixed:
    fixed = Fixed()
    fixed.claims = answer
    return fixed


def test_each_client_is_told_in_the_order_in_which_it_was_asked() -> None:
    clients = (that(None), that(ValueError("visitor@example.com")), client(PURCHASE), that(None), client())
    assert asked(*clients) == ["passed", "failed: ValueError", "claimed", "not asked", "not asked"]


def test_where_nobody_claims_there_are_clients_and_no_events() -> None:
    unclaimed = trace(container(clients=[("a", that(None)), ("b: c", that(KeyError()))]), REQUEST)
    assert [each.words for each in unclaimed.clients] == ["passed", "failed: KeyError"]
    assert (unclaimed.run.reply, unclaimed.events) == (UNCLAIMED, ())


def test_the_run_is_the_containers_own() -> None:
    around = container(plan(), events=(PURCHASE, {}))
    assert trace(around, REQUEST).run == around.handle(REQUEST)
    assert trace(around, REQUEST).request is REQUEST


def test_an_event_is_traced_as_if_the_client_had_read_it() -> None:
    done = trace_event(container(plan(triggers="checkout")), {"event_name": "checkout_2"}, "shop", REQUEST)
    assert (done.clients, done.run.client, done.run.reply) == ((), "shop", Reply(204))
    assert [each.fired for each in done.events[0].tags] == [True]
    assert [each.fired for each in trace_event(container(plan(triggers="checkout")), PURCHASE, "x", REQUEST).events[0].tags] == [
        False
    ]


def test_all_is_one_sentence() -> None:
    (only,) = tag().triggers
    assert only == TriggerTrace("all", True, (Decided("every event", True),), decided=True)


def test_so_is_a_trigger_without_parts() -> None:
    assert tag(triggers="anything").triggers[0].parts == (Decided("every event", True),)


def test_a_trigger_is_told_part_by_part_with_the_values_that_decided() -> None:
    (large,) = tag({**PURCHASE, "value": "x"}, triggers="large").triggers
    assert large.parts == (
        Decided("event is purchase", True, (("event.event_name", "purchase"),)),
        Decided(
            "event.value > 5",
            False,
            (("event.value", "x"),),
            note="event.value is a text that is no number and 5 is a number",
        ),
        Decided("event.currency == 'EUR'", False, (("event.currency", UNDEFINED),), note="event.currency is undefined"),
    )
    assert not large.matched
    assert not large.decided


def test_a_trigger_by_several_names_and_clients_says_so() -> None:
    (checkout,) = tag({"event_name": "checkout_2"}, triggers="checkout").triggers
    assert checkout.parts == (
        Decided("event is one of begin_checkout, checkout_*", True, (("event.event_name", "checkout_2"),)),
        Decided("client is one of web, shop", True, (("client", "web"),)),
    )


@pytest.mark.parametrize(("event", "name"), [({}, UNDEFINED), ({"event_name": None}, UNDEFINED), ({"event_name": 5}, 5)])
def test_an_event_without_a_name_is_told_to_have_none(event: Event, name: Any) -> None:
    (part,) = tag(event, triggers="purchases").triggers[0].parts
    assert (part.holds, part.values) == (False, (("event.event_name", name),))
    assert part.note == "the event has no name that is a text"


def test_a_trigger_whose_settings_are_not_known_has_no_parts() -> None:
    around = Container([("web", client(PURCHASE))], [plan(triggers="own")], {"own": always})
    assert trace(around, REQUEST).events[0].tags[0].triggers == (TriggerTrace("own", True, (), decided=True),)


def decided(triggers: tuple[TriggerTrace, ...]) -> list[tuple[str, bool, bool]]:
    return [(each.name, each.matched, each.decided) for each in triggers]


def test_every_trigger_of_a_tag_is_told_and_the_one_that_decided_is_marked() -> None:
    told = tag(triggers=["large", "purchases", "all", "purchases"])
    assert decided(told.triggers) == [
        ("large", False, False),
        ("purchases", True, True),
        ("all", True, False),
        ("purchases", True, False),
    ]
    assert (told.tag, told.verdict.why) == ("tag", "trigger purchases")


@pytest.mark.parametrize(
    ("settings", "around", "marks", "held"),
    [
        ({"exceptions": ["large", "purchases", "all"]}, {}, ([True], [False, True, False]), Held.EXCEPTION),
        ({"exceptions": ["large"]}, {}, ([True], [False]), None),
        ({"exceptions": ["purchases"], "triggers": "large"}, {}, ([False], [False]), Held.TRIGGER),
        ({"exceptions": ["purchases"], "paused": True}, {}, ([False], [False]), Held.PAUSED),
        ({"exceptions": ["purchases"]}, {"exceptions": ["all"]}, ([False], [False]), Held.EXCEPTION),
    ],
)
def test_only_what_the_container_went_by_is_marked(
    settings: dict[str, Any], around: dict[str, Any], marks: tuple[list[bool], list[bool]], held: Held | None
) -> None:
    told = tag(around=around, **settings)
    assert ([each.decided for each in told.triggers], [each.decided for each in told.exceptions]) == marks
    assert told.verdict.held is held
    assert told.paused is bool(settings.get("paused"))


def test_the_containers_own_exceptions_are_told_with_the_event() -> None:
    told = traced(plan(), exceptions=["large", "purchases"])
    assert decided(told.exceptions) == [("large", False, False), ("purchases", True, True)]
    assert told.tags[0].verdict.why == "container-wide exception purchases"
    assert told.tags[0].triggers[0].matched


def consented(hit: dict[str, str], **fills: Any) -> dict[str, Any]:
    return {
        "surroundings": Surroundings(
            readers={"consent": lambda *_: hit}, consent_fills={kind: always_says(value) for kind, value in fills.items()}
        )
    }


def test_consent_is_told_in_words_with_who_says_so() -> None:
    told = traced(
        **consented(
            {"ad_storage": "granted", "analytics_storage": "denied", "ad_user_data": "unset"},
            analytics_storage="granted",
            ad_user_data="granted",
            ad_personalization="perhaps",
        )
    )
    assert {kind: each.words for kind, each in told.consent.items()} == {
        "ad_storage": "granted, says the hit",
        "analytics_storage": "denied, says the hit",
        "ad_user_data": "granted, says the file's consent",
        "ad_personalization": "unset, says nobody",
    }


def test_without_anybody_who_reads_consent_all_of_it_is_unset() -> None:
    assert set(traced().consent.values()) == {ConsentTrace("unset", traced().consent["ad_storage"].said_by)}


def test_each_consent_that_a_tag_asks_for_is_told_whether_it_suffices() -> None:
    around = consented({"ad_storage": "granted", "ad_user_data": "denied"})
    told = tag(around=around, consent=["ad_storage", "ad_user_data", "analytics_storage"], triggers="large")
    assert told.consent == (
        ConsentNeed("ad_storage", "granted", True),
        ConsentNeed("ad_user_data", "denied", False),
        ConsentNeed("analytics_storage", "unset", False),
    )
    assert told.verdict.held is Held.TRIGGER


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
    assert told.verdict.held is Held.FAILED


@pytest.mark.parametrize(("answer", "held"), [(Skip("not mine"), Held.SKIPPED), (ValueError(), Held.FAILED)])
def test_a_tag_that_skips_or_fails_in_the_end_shows_its_steps_all_the_same(answer: Any, held: Held) -> None:
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


def test_a_trace_is_a_value() -> None:
    around = container(plan())
    done: Trace = trace(around, REQUEST)
    assert done == trace(around, REQUEST)
    with pytest.raises(FrozenInstanceError):
        done.clients = (ClientTrace("x", done.clients[0].asked),)  # type: ignore[misc]  # what is tried here
