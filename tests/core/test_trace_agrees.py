"""The trace never disagrees with the container: its reasons lead to the container's verdicts, whatever the file and the hit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.container import Container
from core.context import Context, Shared
from core.deduplication import DeduplicationSettings, rules_of
from core.expressions import ExpressionError, compile_condition
from core.failure import Failure
from core.fields import Condition, Template
from core.tagplan import Step
from core.trace import Asked, EventTrace, TagTrace, Trace, TriggerTrace, trace, trace_event
from core.triggers import ALL, TriggerSettings, always, compile_trigger
from core.types import Event, Geo, HeldBack, Request
from server.loading.configuration import Configuration
from tests.core.anything import EVENTS, SOURCES, VALUES
from tests.core.tiny import REQUEST, Change, Fixed, client, plan
from tests.hits import captured

EXAMPLES = sorted((Path(__file__).parents[2] / "config" / "examples").glob("*.yaml"))


def reasoned(tag: TagTrace, event: EventTrace) -> tuple[HeldBack | None, str | None]:
    """The verdict that follows from the reasons alone; of a tag that was asked last of all, None and no word."""
    first = next((each for each in event.exceptions if each.decided), None)
    if first:
        return HeldBack.EXCEPTION, f"container-wide exception {first.name}"
    if tag.paused:
        return HeldBack.PAUSED, "the tag is paused"
    if not any(each.decided for each in tag.triggers):
        return HeldBack.TRIGGER, f"no trigger matched ({', '.join(each.name for each in tag.triggers)})"
    exception = next((each for each in tag.exceptions if each.decided), None)
    if exception:
        return HeldBack.EXCEPTION, f"exception {exception.name}"
    missing = next((each for each in tag.consent if not each.suffices), None)
    if missing:
        return HeldBack.CONSENT, f"consent {missing.type} is {missing.state}"
    failed = next((each for each in tag.steps if each.failed), None)
    return (HeldBack.FAILED, f"transformation {failed.name} failed: {failed.failed}") if failed else (None, None)


def check_trigger(trigger: TriggerTrace, container: Container, context: Context) -> None:
    assert trigger.matched is container.triggers[trigger.name](context.on(context.original))
    assert trigger.matched is all(part.holds for part in trigger.parts)
    assert trigger.parts
    assert trigger.matched or not trigger.decided


def check_steps(tag: TagTrace, event: Event) -> None:
    for step in tag.steps:
        assert step.before == event
        assert step.applied is (all(part.holds for part in step.when) and not step.failed)
        assert step.applied or step.failed or step.after is step.before
        event = event if step.after is None else step.after
    assert tag.verdict.event in (None, event)


def check_tag(tag: TagTrace, event: EventTrace) -> None:
    held, why = reasoned(tag, event)
    if why is not None:
        assert (tag.verdict.held, tag.verdict.why) == (held, why)
    elif tag.fired:
        assert tag.verdict.why == f"trigger {next(each.name for each in tag.triggers if each.decided)}"
    else:
        assert tag.verdict.held in (HeldBack.SKIPPED, HeldBack.NO_IDENTITY, HeldBack.CONSENT_UPDATE, HeldBack.FAILED), (
            "the tag itself says so"
        )
    check_steps(tag, event.event)
    once = tag.verdict.payload.once if tag.verdict.payload else None
    assert (once is not None) is (tag.deduplication is not None and tag.deduplication.key is not None)


def check(traced: Trace, container: Container) -> None:
    run = traced.run
    assert [each.event for each in traced.events] == [each.event for each in run.events]
    for at, event in enumerate(traced.events):
        context = Context(traced.request, run.client or "", event.event, at, container.shared)
        assert {kind: each.state for kind, each in event.consent.items()} == {
            kind: context.consent.get(kind, "unset") for kind in event.consent
        }
        assert tuple(tag.verdict for tag in event.tags) == run.events[at].verdicts
        for tag in event.tags:
            check_tag(tag, event)
            for trigger in (*tag.triggers, *tag.exceptions, *event.exceptions):
                check_trigger(trigger, container, context)


def check_request(container: Container, request: Request) -> Trace:
    traced = trace(container, request)
    assert traced.run == container.handle(request)
    assert [each.name for each in traced.clients] == [name for name, _ in container.clients]
    claimed = [each.name for each in traced.clients if each.asked is Asked.CLAIMED]
    assert claimed == ([traced.run.client] if traced.run.client else [])
    assert tuple(Failure("client", each.name, each.failed) for each in traced.clients if each.failed) == traced.run.failures
    check(traced, container)
    return traced


def assembled(example: Path) -> Container:
    configuration = Configuration(example)
    loaded = configuration.load_masked()
    assert loaded.settings is not None
    return configuration.assemble(loaded, loaded.settings).container


def request_of(hit: dict[str, Any], measurement_id: str, country: str, seen: bool) -> Request:
    """The captured request for this property. ``seen``: by somebody's own browser, not by one that runs without a window."""
    query = hit["url"].partition("?")[2]
    theirs = captured.events(hit["url"], "")[0]["tid"]
    named = {name.lower(): value.replace("Headless", "") if seen else value for name, value in hit["headers"].items()}
    body = hit["body"].encode()
    query = query.replace(f"tid={theirs}", f"tid={measurement_id}")
    return Request(
        "r", 1_764_340_311_502_000, hit["method"], "/g/collect", query, tuple(named.items()), body, "203.0.113.7", Geo(country)
    )


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda file: file.stem)
def test_every_captured_hit_in_every_example(example: Path) -> None:
    container = assembled(example)
    measurement_id = "G-DEMO000001" if example.stem == "quickstart" else "G-ABC1234567"
    for at, hit in enumerate(captured.hits()):
        seen = at % 3 > 0
        traced = check_request(container, request_of(hit, measurement_id, ("DE", "US")[at % 2], seen))
        verdicts = [tag.verdict for event in traced.events for tag in event.tags]
        repeated = any(verdict.held is HeldBack.CONSENT_UPDATE for verdict in verdicts)
        assert repeated or any(verdict.payload for verdict in verdicts) is (seen or example.stem != "full")


ORDERS: list[Event] = [
    {"event_name": "purchase", "client_id": "1.2", "transaction_id": "T-1", "items": [{"item_id": "A", "price": 5}]},
    {"event_name": "purchase", "user_agent": "a bot", "x-ga-gcs": "G111"},
    {"event_name": "checkout_2", "client_id": "1.2", "page_location": "https://a.example/checkout", "value": "200"},
    {"event_name": "checkout_2", "x-mp-consent": {"ad_user_data": "granted"}, "value": "x"},
    {},
]


@pytest.mark.parametrize("event", ORDERS, ids=str)
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda file: file.stem)
def test_an_event_in_every_example(example: Path, event: Event) -> None:
    container = assembled(example)
    traced = trace_event(container, event, "web", REQUEST)
    assert traced.run.events == (container.run(Context(REQUEST, "web", event, 0, container.shared)),)
    check(traced, container)


def compiles(source: str) -> bool:
    try:
        compile_condition(source)
    except ExpressionError:
        return False
    return True


CONDITIONS = SOURCES.filter(compiles)
TRIGGERS = st.fixed_dictionaries(
    {},
    optional={
        "event": st.sampled_from(["purchase", "p*", ["a", "purchase"]]),
        "client": st.sampled_from(["web", "shop"]),
        "when": CONDITIONS | st.lists(CONDITIONS, min_size=1, max_size=2),
    },
)
NAMES = st.lists(st.sampled_from(["all", "one", "two"]), max_size=2)
TAGS = st.fixed_dictionaries(
    {"triggers": NAMES},
    optional={
        "exceptions": NAMES,
        "consent": st.lists(st.sampled_from(["ad_storage", "ad_user_data"]), max_size=2),
        "paused": st.booleans(),
        "event_name": st.just("{{ event.a }}"),
        "parameters": st.just({"exclude": ["b"], "set": {"c": "{{ event.a }}"}}),
    },
)
STEPS = st.lists(
    st.builds(
        lambda at, change, when: Step(f"step {at}", Change(change), Condition(when) if when else None),
        st.integers(0, 9),
        st.sampled_from([lambda event: event, lambda event: {**event, "a": 1}, lambda event: event["nothing"]]),
        st.none() | CONDITIONS,
    ),
    max_size=3,
)
CONSENT = st.fixed_dictionaries({}, optional={"ad_storage": st.sampled_from(["granted", "denied", "unset"])})
NAMED_EVENTS = st.builds(lambda event, name: {**event, **name}, EVENTS, st.sampled_from([{}, {"event_name": "purchase"}]))


@st.composite
def containers(draw: Any) -> Container:
    written = {name: TriggerSettings.model_validate(draw(TRIGGERS)) for name in ("one", "two")}
    rule = DeduplicationSettings(triggers=["two", "one"], key=Template("{{ event.a }}"))
    asked = [Fixed(), client(*draw(st.lists(NAMED_EVENTS, min_size=1, max_size=2)))]
    asked[0].claims = draw(st.sampled_from([None, ValueError()]))
    hit, fill = draw(CONSENT), draw(st.sampled_from(["granted", "denied", "perhaps"]))
    return Container(
        [("first", asked[0]), ("web", asked[1])],
        [plan(f"tag {at}", None, draw(STEPS), at, **draw(TAGS)) for at in range(2)],
        {ALL: always, **{name: compile_trigger(each) for name, each in written.items()}},
        draw(st.sampled_from([(), ("one",)])),
        rules_of({"orders": rule}),
        Shared(
            {"E": "e"},
            {"v": lambda scope: scope.event.get("b")},
            {"consent": lambda *_: hit},
            consent_fills={"ad_storage": lambda _: fill},
        ),
        trigger_settings=written,
    )


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(containers())
def test_whatever_is_configured_and_whatever_is_sent(container: Container) -> None:
    check_request(container, REQUEST)


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(containers(), EVENTS, st.sampled_from(["web", "shop", ""]), VALUES)
def test_whatever_event_is_tried(container: Container, event: Event, name: str, value: Any) -> None:
    check(trace_event(container, {**event, "event_name": value}, name, REQUEST), container)
