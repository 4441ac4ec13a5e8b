"""Deduplication rules: which payloads are told to count once, and under which key."""

from __future__ import annotations

from typing import Any

from core.container import Container
from core.context import Context
from core.deduplication import DeduplicationSettings, rules_of
from core.triggers import ALL, TriggerSettings, always, compile_trigger
from core.types import Event, Payload, Sender
from tests.core.tiny import REQUEST, Keep, client, plan


class Sink(Keep):
    """A tag that sends to a recipient of its own."""

    def __init__(self, recipient: str = "G-1") -> None:
        super().__init__()
        self.recipient = recipient

    def map(self, event: Event, context: Context) -> Payload:
        return context.payload(event, "https://a.example", self.recipient)


def keys(*events: Event, tags: dict[str, Sink] | None = None, **rule: Any) -> list[str | None]:
    """The key of each payload, in order; None where it may repeat."""
    settings = DeduplicationSettings.model_validate({"triggers": "purchases", "key": "{{ event.transaction_id }}", **rule})
    named = tags or {"ga4": Sink()}
    container = Container(
        clients=[("web", client(*events))],
        plans=[plan(name, tag) for name, tag in named.items()],
        triggers={ALL: always, "purchases": compile_trigger(TriggerSettings(event=["purchase"]))},
        deduplication=rules_of({"orders": settings}),
    )
    payloads = [payload for _, payload in container.handle(REQUEST).deliveries()]
    return [payload.once.key if payload.once else None for payload in payloads]


PURCHASE = {"event_name": "purchase", "transaction_id": "T-1"}
REFUND = {"event_name": "refund", "transaction_id": "T-1"}


def test_the_same_order_has_the_same_key() -> None:
    first, second, other = keys(PURCHASE, {**PURCHASE, "value": 3}, {**PURCHASE, "transaction_id": "T-2"})
    assert first is not None
    assert first == second != other


def test_a_number_and_its_text_are_the_same_order() -> None:
    first, second = keys({**PURCHASE, "transaction_id": 17}, {**PURCHASE, "transaction_id": "17"})
    assert first == second


def test_what_the_rule_is_not_about_may_repeat() -> None:
    assert keys({"event_name": "page_view", "transaction_id": "T-1"}) == [None]


def test_an_undefined_or_empty_key_is_never_a_duplicate() -> None:
    assert (
        keys({"event_name": "purchase"}, {**PURCHASE, "transaction_id": ""}, {**PURCHASE, "transaction_id": None}) == [None] * 3
    )


def test_a_refund_is_never_taken_for_its_purchase() -> None:
    purchase, refund = keys(PURCHASE, REFUND, triggers="all")
    assert None not in (purchase, refund)
    assert purchase != refund


def test_each_tag_and_each_recipient_counts_for_itself() -> None:
    one, other, elsewhere = keys(PURCHASE, tags={"a": Sink(), "b": Sink(), "c": Sink("G-2")})
    assert len({one, other, elsewhere}) == 3


def test_the_key_holds_nothing_of_the_event() -> None:
    (key,) = keys({**PURCHASE, "transaction_id": "jane@example.com"})
    assert key is not None
    assert "jane" not in key


def test_the_window_is_in_microseconds() -> None:
    (rule,) = rules_of({"orders": DeduplicationSettings.model_validate({"triggers": "all", "key": "x", "window": "2h"})})
    assert rule.window == 7_200_000_000


SERVER = Sender(("v1",), trusted=True)


def test_a_trusted_sender_gives_way_to_its_like_and_to_the_same_visitor_alone() -> None:
    assert not SERVER.gives_way_to(Sender(("v2",)))
    assert not SERVER.gives_way_to(Sender())
    assert SERVER.gives_way_to(Sender(("v2",), trusted=True))
    assert SERVER.gives_way_to(Sender(("v0", "v1")))


def test_whoever_shows_no_secret_gives_way_to_anybody() -> None:
    for first in (SERVER, Sender(), Sender(("v2",))):
        assert Sender(("v1",)).gives_way_to(first)


def senders(event: Event, trusted: bool) -> Sender:
    made = client(event)
    made.trusted = trusted
    container = Container([("web", made)], [plan("ga4", Sink())], {ALL: always}, deduplication=rules_of({"orders": ORDERS}))
    ((_, payload),) = container.handle(REQUEST).deliveries()
    assert payload.once is not None
    return payload.once.sender


ORDERS = DeduplicationSettings.model_validate({"triggers": ALL, "key": "{{ event.transaction_id }}"})


def test_a_visitor_is_known_by_any_id_that_both_sides_may_name() -> None:
    browser = senders({**PURCHASE, "client_id": "server.1", "x-ga-js_client_id": "1.2"}, False)
    assert senders({**PURCHASE, "client_id": "1.2"}, True).gives_way_to(browser)
    assert not senders({**PURCHASE, "client_id": "3.4"}, True).gives_way_to(browser)
    assert "1.2" not in str(browser)


def test_ids_are_hashed_anew_for_every_order() -> None:
    one, other = (senders({**PURCHASE, "transaction_id": id, "client_id": "1.2"}, False) for id in ("T-1", "T-2"))
    assert one != other
