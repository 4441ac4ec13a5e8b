"""What expressions, transformations and tags may look at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from core.context import Context, Scope, Shared
from core.secret import SealedText, SecretValue
from core.types import Event, Request, SecretPlace
from core.undefined import UNDEFINED
from tests.core.tiny import REQUEST, always_says, context

HIT = {"ad_storage": "granted", "analytics_storage": "denied", "ad_user_data": "unset"}


def reads_hit(event: Event, request: Request) -> Mapping[str, Any]:  # noqa: ARG001
    return HIT


def with_fills(**fills: Any) -> Context:
    around = Shared(readers={"consent": reads_hit}, consent_fills={kind: always_says(value) for kind, value in fills.items()})
    return context({"event_name": "x"}, around)


def test_consent_is_what_the_hit_says() -> None:
    assert with_fills().consent == HIT


def test_nobody_knows_of_consent_where_nothing_reads_it() -> None:
    assert context({}).consent == {}


@pytest.mark.parametrize("fill", ["granted", "denied"])
@pytest.mark.parametrize("kind", [*HIT, "ad_personalization"])
def test_a_fill_in_fills_only_what_the_hit_leaves_unset(kind: str, fill: str) -> None:
    expected = fill if kind in ("ad_user_data", "ad_personalization") else HIT[kind]
    assert with_fills(**{kind: fill}).consent[kind] == expected


@pytest.mark.parametrize("fill", [UNDEFINED, None, True, "", "yes", "GRANTED", "unset", 1])
def test_a_fill_in_that_says_neither_leaves_it_unset(fill: object) -> None:
    assert with_fills(ad_user_data=fill).consent == HIT


def test_consent_is_read_once_and_from_the_original_event() -> None:
    read: list[Event] = []

    def reads(event: Event, request: Request) -> Mapping[str, Any]:
        assert request is REQUEST
        read.append(event)
        return HIT

    around = context({"event_name": "x"}, Shared(readers={"consent": reads}))
    assert around.consent is around.consent
    assert read == [{"event_name": "x"}]


def test_a_fill_in_that_asks_for_consent_sees_what_the_hit_says() -> None:
    around = Shared(
        readers={"consent": reads_hit},
        consent_fills={
            "ad_user_data": lambda scope: scope.context.consent["ad_storage"],
            "ad_personalization": lambda scope: scope.context.consent.get("ad_user_data"),
        },
    )
    consent = context({}, around).consent
    assert consent["ad_user_data"] == "granted"
    assert "ad_personalization" not in consent


def test_variables_see_the_event_of_their_scope_and_are_worked_out_once() -> None:
    runs: list[Event] = []

    def name(scope: Scope) -> Any:
        runs.append(scope.event)
        return scope.event["event_name"]

    around = context({"event_name": "before"}, Shared(variables={"name": name}))
    before, after = around.on(around.original), around.on({"event_name": "after"})
    assert (before.variable("name"), before.variable("name"), after.variable("name")) == ("before", "before", "after")
    assert len(runs) == 2
    assert before.variable("other") is UNDEFINED


def test_readings_see_the_event_of_their_scope_and_are_taken_once() -> None:
    runs: list[Event] = []

    def user(event: Event, request: Request) -> Mapping[str, Any]:  # noqa: ARG001
        runs.append(event)
        return {"email": event["email"]}

    scope = context({}, Shared(readers={"user": user})).on({"email": "a@b.c"})
    assert scope.reading("user") == scope.reading("user") == {"email": "a@b.c"}
    assert len(runs) == 1
    assert scope.reading("ga") == {}


def test_an_element_of_a_list_has_a_scope_of_its_own() -> None:
    scope = context({"a": 1}).on({"a": 2})
    inside = scope.with_item({"price": 3}, 2)
    assert (scope.item, scope.item_index) == (UNDEFINED, UNDEFINED)
    assert (inside.item, inside.item_index, inside.event, inside.context) == ({"price": 3}, 2, {"a": 2}, scope.context)


def test_a_payload_is_named_after_the_original_event() -> None:
    one = Context(REQUEST, "web", {"event_name": "purchase", "client_id": "1.2"}, 3)
    payload = one.payload({"a": 1}, "https://x.example")
    assert (payload.event_name, payload.client_id) == ("purchase", "1.2")
    assert (payload.group, payload.position, payload.received_at) == ("r1", 3, REQUEST.received_at)
    assert (payload.body, payload.destination, payload.secrets) == ({"a": 1}, "https://x.example", ())


def test_a_payload_of_an_event_without_names_has_empty_ones() -> None:
    payload = context({"client_id": 12}).payload({}, "x")
    assert (payload.event_name, payload.client_id) == ("", "12")


def test_a_payload_holds_no_secret() -> None:
    token = SealedText(("Bearer ", SecretValue("TOKEN", "hunter2")))
    payload = context({}, Shared(secrets={"TOKEN": "hunter2"})).payload({"headers": [token]}, "x")
    assert payload.body == {"headers": ["Bearer "]}
    assert payload.secrets == (SecretPlace("/headers/0", 7, "TOKEN"),)
    assert "hunter2" not in repr(payload)


def test_what_a_variable_says_while_consent_is_filled_in_is_not_what_it_says_afterwards() -> None:
    said = Shared(
        readers={"consent": reads_hit},
        variables={"ads": lambda scope: scope.context.consent["ad_user_data"]},
        consent_fills={"ad_user_data": lambda scope: "granted" if scope.variable("ads") == "unset" else UNDEFINED},
    )
    around = context({}, said)
    assert around.consent["ad_user_data"] == "granted"
    assert around.first(["granted"], {"granted": lambda scope: scope.variable("ads") == "granted"}) == "granted"
