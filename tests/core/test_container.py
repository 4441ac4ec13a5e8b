"""A request goes in; what every tag makes of it comes out."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.container import UNCLAIMED, Container, Run
from core.context import Matcher, Scope, Shared
from core.failure import Failure
from core.fields import Condition
from core.tagplan import Step, TagPlan
from core.triggers import ALL, TriggerSettings, always, compile_trigger
from core.types import Claim, Declined, Event, HeldBack, Reply, Skip
from tests.core.tiny import REQUEST, Change, Fixed, Keep, always_says, client, plan, replied

PURCHASE: Event = {"event_name": "purchase", "client_id": "1.2", "value": 10}
VIEW: Event = {"event_name": "page_view", "client_id": "1.2"}


def triggers(**written: dict[str, Any]) -> dict[str, Matcher]:
    return {ALL: always, **{name: compile_trigger(TriggerSettings.model_validate(each)) for name, each in written.items()}}


def run(*plans: TagPlan, events: tuple[Event, ...] = (PURCHASE,), **settings: Any) -> Run:
    return Container([("web", client(*events))], plans, **{"triggers": triggers(), **settings}).handle(REQUEST)


def whys(run: Run) -> list[tuple[str, str]]:
    return [(verdict.held or "fired", verdict.why) for event in run.events for verdict in event.verdicts]


def test_the_first_client_that_claims_wins_and_the_rest_are_not_asked() -> None:
    nobody, first, second = Fixed(), client(PURCHASE, reply=Reply(200, body=b"first")), client(VIEW)
    nobody.claims = None
    done = Container([("a", nobody), ("b", first), ("c", second)], [plan()], triggers()).handle(REQUEST)
    assert (done.client, replied(done).body) == ("b", b"first")
    assert [each.event for each in done.events] == [PURCHASE]
    assert (nobody.asked, first.asked, second.asked) == (1, 1, 0)


@pytest.mark.parametrize("clients", [0, 2])
def test_what_nobody_claims_is_answered_400_and_reaches_no_tag(clients: int) -> None:
    tag, nobody = Keep(), Fixed()
    nobody.claims = None
    done = Container([(str(i), nobody) for i in range(clients)], [plan(tag=tag)], triggers()).handle(REQUEST)
    assert done == Run(None, UNCLAIMED)
    assert replied(done).status == 400
    assert not tag.seen


def test_a_client_may_answer_what_nobody_else_claims() -> None:
    nobody, first, second = Fixed(), Fixed(), Fixed()
    nobody.claims = Declined("another path", "path")
    first.claims = Declined("a path of old", "path", Claim([], Reply(404, body=b"first")))
    second.claims = Declined("a path of old", "path", Claim([], Reply(404, body=b"second")))
    clients = [("a", nobody), ("b", first), ("c", second)]
    done = Container(clients, [plan()], triggers()).handle(REQUEST)
    assert (done.client, replied(done).body) == ("b", b"first")
    assert [name for name, _ in done.declined] == ["a", "b", "c"]
    done = Container([*clients, ("d", client(PURCHASE, reply=Reply(200)))], [plan()], triggers()).handle(REQUEST)
    assert (done.client, replied(done).status) == ("d", 200)


def test_a_client_that_raises_leaves_the_request_to_the_others() -> None:
    broken = Fixed()
    broken.claims = ValueError("visitor@example.com")
    done = Container([("broken", broken), ("web", client(PURCHASE))], [plan()], triggers()).handle(REQUEST)
    assert (done.client, done.failures) == ("web", (Failure("client", "broken", "ValueError"),))
    assert len(done.deliveries()) == 1
    alone = Container([("broken", broken)], [plan()], triggers()).handle(REQUEST)
    assert (alone.client, replied(alone).status, alone.failures) == (None, 400, (Failure("client", "broken", "ValueError"),))


def test_a_claim_without_events_is_answered_and_sends_nothing() -> None:
    done = Container([("web", client(reply=Reply(204), skipped=3))], [plan()], triggers()).handle(REQUEST)
    assert (done.client, replied(done).status, done.events, done.skipped, done.deliveries()) == ("web", 204, (), 3, [])


def test_every_event_of_a_request_meets_every_tag_in_order() -> None:
    done = run(plan("one"), plan("two"), events=(PURCHASE, VIEW, PURCHASE))
    assert [tag for tag, _ in done.deliveries()] == ["one", "two"] * 3
    assert [payload.position for _, payload in done.deliveries()] == [0, 0, 1, 1, 2, 2]
    assert {payload.group for _, payload in done.deliveries()} == {REQUEST.id}
    assert [payload.event_name for _, payload in done.deliveries()][::2] == ["purchase", "page_view", "purchase"]


def test_the_reply_is_the_clients_whatever_the_tags_do() -> None:
    broken = Keep()
    broken.answer = RuntimeError("x")
    done = Container([("web", client(PURCHASE, reply=Reply(200, body=b"gif")))], [plan(tag=broken)], triggers()).handle(REQUEST)
    assert done.reply == Reply(200, body=b"gif")


def test_a_tag_fires_when_any_of_its_triggers_matches() -> None:
    some = triggers(purchases={"event": "purchase"}, views={"event": "page_view"}, web={"client": "web"}, apps={"client": "apps"})
    done = run(
        plan("a", triggers=["views", "purchases"]),
        plan("b", triggers=["views", "apps"]),
        plan("c", triggers="web"),
        plan("d", triggers=[]),
        triggers=some,
    )
    assert whys(done) == [
        ("fired", "trigger purchases"),
        ("trigger", "no trigger matched (views, apps)"),
        ("fired", "trigger web"),
        ("trigger", "no trigger matched ()"),
    ]


def test_triggers_and_exceptions_see_the_original_event() -> None:
    steps = [Step("rename", Change(lambda event: {**event, "event_name": "renamed", "value": 0}))]
    some = triggers(original={"event": "purchase", "when": "event.value == 10"}, renamed={"event": "renamed"})
    done = run(
        plan("a", steps=steps, triggers="original", exceptions="renamed", event_name="renamed"),
        plan("b", steps=steps, triggers="renamed", event_name="renamed"),
        triggers=some,
    )
    assert [held for held, _ in whys(done)] == ["fired", "trigger"]


def test_an_exception_of_a_tag_holds_that_tag_back() -> None:
    some = triggers(purchases={"event": "purchase"}, views={"event": "page_view"})
    done = run(plan("a", exceptions=["views", "purchases"]), plan("b", exceptions="views"), triggers=some)
    assert whys(done) == [("exception", "exception purchases"), ("fired", "trigger all")]


def test_a_container_wide_exception_holds_every_tag_back_and_leaves_the_reply() -> None:
    tags = [Keep(), Keep()]
    some = triggers(bots={"when": "event.user_agent is containing 'bot'"})
    bot = {**PURCHASE, "user_agent": "a bot"}
    done = run(plan("a", tags[0]), plan("b", tags[1], paused=True), events=(bot, PURCHASE), triggers=some, exceptions=["bots"])
    assert replied(done).status == 204
    assert whys(done) == [
        ("exception", "container-wide exception bots"),
        ("exception", "container-wide exception bots"),
        ("fired", "trigger all"),
        ("paused", "the tag is paused"),
    ]
    assert tags[0].seen == [PURCHASE]


def test_a_paused_tag_chooses_no_event() -> None:
    tag = Keep()
    assert whys(run(plan(tag=tag, paused=True))) == [("paused", "the tag is paused")]
    assert not tag.seen


@pytest.mark.parametrize(
    ("asked", "hit", "fills", "why"),
    [
        ([], {}, {}, None),
        ("ad_storage", {"ad_storage": "granted"}, {}, None),
        ("ad_storage", {"ad_storage": "denied"}, {}, "consent ad_storage is denied"),
        ("ad_storage", {"ad_storage": "unset"}, {}, "consent ad_storage is unset"),
        ("ad_storage", {}, {}, "consent ad_storage is unset"),
        (["ad_storage", "ad_user_data"], {"ad_storage": "granted"}, {}, "consent ad_user_data is unset"),
        (["ad_storage", "ad_user_data"], {"ad_storage": "granted", "ad_user_data": "granted"}, {}, None),
        ("ad_storage", {"ad_storage": "unset"}, {"ad_storage": "granted"}, None),
        ("ad_storage", {}, {"ad_storage": "granted"}, None),
        ("ad_storage", {}, {"ad_storage": "denied"}, "consent ad_storage is denied"),
        ("ad_storage", {}, {"ad_storage": "sure"}, "consent ad_storage is unset"),
        ("ad_storage", {"ad_storage": "denied"}, {"ad_storage": "granted"}, "consent ad_storage is denied"),
        ("ad_storage", {"ad_storage": "granted"}, {"ad_storage": "denied"}, None),
    ],
)
def test_a_tag_that_asks_for_consent_fires_only_where_each_is_granted(
    asked: Any, hit: dict[str, str], fills: dict[str, str], why: str | None
) -> None:
    around = Shared(
        readers={"consent": lambda event, request: hit},  # noqa: ARG005
        consent_fills={kind: always_says(value) for kind, value in fills.items()},
    )
    assert whys(run(plan(consent=asked), shared=around)) == [("consent", why) if why else ("fired", "trigger all")]


def test_the_first_reason_is_the_one_that_is_told() -> None:
    some = triggers(purchases={"event": "purchase"}, never={"when": False})
    done = run(
        plan(paused=True, triggers="never", exceptions="purchases", consent="ad_storage"),
        plan(triggers="never", exceptions="purchases", consent="ad_storage"),
        plan(exceptions="purchases", consent="ad_storage"),
        plan(consent="ad_storage"),
        triggers=some,
    )
    assert [held for held, _ in whys(done)] == ["paused", "trigger", "exception", "consent"]


def test_a_fault_in_one_tag_or_transformation_harms_no_other() -> None:
    def boom(event: Event) -> Event:
        raise RuntimeError(event["client_id"])

    raising, skipping = Keep(), Keep()
    raising.answer, skipping.answer = KeyError("x"), Skip("not mine")
    done = run(
        plan("a", raising, chain=0),
        plan("b", steps=[Step("redact", Change(boom))], chain=1),
        plan("c", steps=[Step("redact", Change(boom))], chain=1),
        plan("d", skipping, chain=0),
        plan("e", chain=0),
    )
    assert whys(done) == [
        ("failed", "the tag failed: KeyError"),
        ("failed", "transformation redact failed: RuntimeError"),
        ("failed", "transformation redact failed: RuntimeError"),
        ("skipped", "not mine"),
        ("fired", "trigger all"),
    ]
    assert [tag for tag, _ in done.deliveries()] == ["e"]


def test_every_held_tag_has_a_reason_in_words_and_sends_nothing() -> None:
    done = run(plan(paused=True), plan(triggers=[]), plan(exceptions="all"), plan(consent="ad_storage"))
    for event in done.events:
        for verdict in event.verdicts:
            assert isinstance(verdict.held, HeldBack)
            assert verdict.why
            assert verdict.payload is None
    assert done.deliveries() == []


def test_each_trigger_is_asked_at_most_once_an_event() -> None:
    asked: list[str] = []

    def trigger(name: str, answer: bool) -> Matcher:
        def matches(scope: Scope) -> bool:
            asked.append(f"{name} {scope.event['event_name']}")
            return answer

        return matches

    some = {"yes": trigger("yes", True), "no": trigger("no", False)}
    plans = [plan(triggers=["no", "yes"], exceptions="no") for _ in range(3)]
    run(*plans, events=(PURCHASE, VIEW), triggers=some, exceptions=["no"])
    assert asked == ["no purchase", "yes purchase", "no page_view", "yes page_view"]


def test_what_is_the_same_for_all_tags_is_transformed_once() -> None:
    change = Change(lambda event: {**event, "t": 1})
    step = Step("t", change, Condition("event.value > 1"))
    run(*[plan(steps=[step], chain=7) for _ in range(3)])
    assert change.runs == 1


class Frozen(dict[str, Any]):
    """An object that refuses to be changed."""

    def _refuse(self, *_: object, **__: object) -> Any:
        raise AssertionError("the event was changed")

    __setitem__ = __delitem__ = clear = pop = popitem = setdefault = update = __ior__ = _refuse


class FrozenList(list[Any]):
    """A list that refuses to be changed."""

    def _refuse(self, *_: object, **__: object) -> Any:
        raise AssertionError("the event was changed")

    __setitem__ = __delitem__ = append = clear = extend = insert = pop = remove = reverse = sort = __iadd__ = __imul__ = _refuse


def frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return Frozen({key: frozen(item) for key, item in value.items()})
    return FrozenList([frozen(item) for item in value]) if isinstance(value, list) else value


names = st.sampled_from(["event_name", "client_id", "value", "items", "user_data", "a"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(names, below, max_size=3),
    max_leaves=6,
)
events = st.dictionaries(names, json_values, max_size=5)
SETTINGS: list[dict[str, Any]] = [
    {"event_name": "{{ event.event_name }}!"},
    {"event_name": {"purchase": "order"}, "parameters": {"exclude": ["user_data.a", "items.a", "value"]}},
    {"parameters": {"include": ["items.value", "a"], "set": {"user_data.a": "{{ event.a }}", "items.value": 1}}},
    {"triggers": ["named"], "consent": ["ad_storage"]},
]


@given(st.lists(events, max_size=3))
@settings(max_examples=150)
def test_whatever_an_event_is_it_is_never_changed_and_the_container_never_raises(given_: list[Event]) -> None:
    before = copy.deepcopy(given_)
    some = triggers(named={"event": ["purchase", "p*"], "when": ["event.value > 1", "event.items[0].a is containing 'x'"]})
    held_out = frozen(given_)
    container = Container([("web", client(*held_out))], [plan(**each) for each in SETTINGS], some, exceptions=["named"])
    done, again = container.handle(REQUEST), container.handle(REQUEST)
    assert done == again, "the same request gives the same result"
    assert [each.event for each in done.events] == before
    assert not [why for held, why in whys(done) if held == "failed"]
