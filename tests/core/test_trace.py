"""The trace of a request: who looked at it, what each tag made of each event, and every reason for it."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from core.container import UNCLAIMED, Container
from core.context import Shared
from core.expressions import Decided
from core.trace import (
    Asked,
    ClientTrace,
    ConsentNeed,
    ConsentTrace,
    SaidBy,
    TriggerTrace,
    trace,
    trace_clients,
    trace_event,
    trace_position,
)
from core.triggers import always
from core.types import Claim, Declined, Event, HeldBack, Reply
from core.undefined import UNDEFINED
from tests.core.tiny import REQUEST, Fixed, always_says, client, plan
from tests.core.traced import PURCHASE, container, tag, traced


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


def test_a_client_that_answers_what_nobody_else_claims_has_claimed_it() -> None:
    refuses, otherwise = Fixed(), Fixed()
    refuses.claims = Declined("the path is another", "path")
    otherwise.claims = Declined("the path is of old", "path", Claim([], Reply(404)))
    assert asked(refuses, otherwise, that(None), refuses) == [
        "passed: the path is another",
        "claimed",
        "passed",
        "passed: the path is another",
    ]


def test_where_nobody_claims_there_are_clients_and_no_events() -> None:
    unclaimed = trace(container(clients=[("a", that(None)), ("b: c", that(KeyError()))]), REQUEST)
    assert [each.words for each in unclaimed.clients] == ["passed", "failed: KeyError"]
    assert (unclaimed.run.reply, unclaimed.events) == (UNCLAIMED, ())


def test_the_run_is_the_containers_own() -> None:
    around = container(plan(), events=(PURCHASE, {}))
    assert trace(around, REQUEST).run == around.handle(REQUEST)
    assert trace(around, REQUEST).request is REQUEST


def test_an_event_is_traced_as_if_the_client_had_read_it() -> None:
    around, event = container(plan(triggers="checkout")), {"event_name": "checkout_2"}
    done = trace_event(around, event, "shop", REQUEST)
    assert (done.clients, done.run.client, done.run.reply) == ((), "shop", Reply(204))
    assert done.events[0].tags[0].fired
    assert not trace_event(around, event, "another", REQUEST).events[0].tags[0].fired


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
        ({"exceptions": ["large", "purchases", "all"]}, {}, ([True], [False, True, False]), HeldBack.EXCEPTION),
        ({"exceptions": ["large"]}, {}, ([True], [False]), None),
        ({"exceptions": ["purchases"], "triggers": "large"}, {}, ([False], [False]), HeldBack.TRIGGER),
        ({"exceptions": ["purchases"], "paused": True}, {}, ([False], [False]), HeldBack.PAUSED),
        ({"exceptions": ["purchases"]}, {"exceptions": ["all"]}, ([False], [False]), HeldBack.EXCEPTION),
    ],
)
def test_only_what_the_container_went_by_is_marked(
    settings: dict[str, Any], around: dict[str, Any], marks: tuple[list[bool], list[bool]], held: HeldBack | None
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
        "shared": Shared(
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
    assert set(traced().consent.values()) == {ConsentTrace("unset", SaidBy.NOBODY)}


def test_each_consent_that_a_tag_asks_for_is_told_whether_it_suffices() -> None:
    around = consented({"ad_storage": "granted", "ad_user_data": "denied"})
    told = tag(around=around, consent=["ad_storage", "ad_user_data", "analytics_storage"], triggers="large")
    assert told.consent == (
        ConsentNeed("ad_storage", "granted", True),
        ConsentNeed("ad_user_data", "denied", False),
        ConsentNeed("analytics_storage", "unset", False),
    )
    assert told.verdict.held is HeldBack.TRIGGER


def test_a_trace_is_a_value() -> None:
    around = container(plan())
    done = trace(around, REQUEST)
    assert done == trace(around, REQUEST)
    with pytest.raises(FrozenInstanceError):
        done.clients = (ClientTrace("x", Asked.PASSED),)  # type: ignore[misc]  # what is tried here


def test_of_a_run_that_is_known_each_event_and_each_client_is_told_as_of_one_that_is_made_again() -> None:
    events: tuple[Event, ...] = (PURCHASE, {"event_name": "checkout_1"}, {})
    around = container(plan(triggers="checkout"), plan("other"), events=events)
    whole = trace(around, REQUEST)
    assert [trace_position(around, REQUEST, whole.run, at) for at in range(3)] == list(whole.events)
    assert trace_clients(around, whole.run) == whole.clients
    assert [each.tags[0].fired for each in whole.events] == [False, True, False]
