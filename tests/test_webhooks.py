"""The files of docs/webhooks.md as a server loads them: with real secrets, and with requests as their senders sign them."""

from __future__ import annotations

import base64
import hmac
import json
import re
from typing import Any, Final

import pytest

from config import SourceFile, load
from config.assembly import assemble
from core.container import Container, Run
from core.registry import installed
from core.types import Headers, Reply, Request
from tests.documentation import ROOT, blocks
from wire.readers import READERS

KEY: Final = "made-up"
NOW: Final = 1_767_225_600_000_000
FILES: Final = {
    re.findall(r"^  (\w+):\n    type: json", block.text, re.MULTILINE)[0]: block.text
    for block in blocks("yaml")
    if block.page == ROOT / "docs" / "webhooks.md"
}
FORM: Final = ("content-type", "application/x-www-form-urlencoded")


def container(name: str) -> Container:
    def read(path: str) -> bytes:
        raise FileNotFoundError(path)

    environ = dict.fromkeys(re.findall(r"\$\{(\w+)\}", FILES[name]), KEY)
    loaded = load([SourceFile("a.yaml", FILES[name].encode())], registry=installed(), environ=environ, read=read, serve=True)
    assert loaded.settings is not None
    assert loaded.problems == ()
    return assemble(loaded, loaded.settings, READERS, read).container


def sent(name: str, body: bytes, *headers: tuple[str, str]) -> Run:
    path = "/data" if name == "data" else f"/webhooks/{name}"
    return container(name).handle(Request("r1", NOW, "POST", path, "", headers, body, "203.0.113.7"))


def signed(name: str, body: bytes, key: str = KEY) -> Headers:
    """As Shopify, Stripe and WooCommerce sign what they send."""
    plain = base64.b64encode(hmac.digest(key.encode(), body, "sha256")).decode()
    timed = hmac.digest(key.encode(), f"{NOW // 1_000_000}.".encode() + body, "sha256").hex()
    return {
        "shopify": (("x-shopify-topic", "orders/paid"), ("x-shopify-webhook-id", "w1"), ("x-shopify-hmac-sha256", plain)),
        "stripe": (("stripe-signature", f"t={NOW // 1_000_000},v1={timed}"),),
        "woocommerce": (("x-wc-webhook-signature", plain),),
    }[name]


BODIES: Final[dict[str, Any]] = {
    "shopify": {
        "name": "#1",
        "customer": {"id": 7},
        "line_items": [{"sku": "A", "price": "2.50", "quantity": 2}, {"title": "B"}],
    },
    "stripe": {"id": "evt_1", "type": "invoice.paid", "data": {"object": {"id": "in_1", "customer": "c", "amount_paid": 1999}}},
    "woocommerce": {"id": 727, "status": "completed", "customer_id": 26, "line_items": [{"sku": "A", "price": 2}]},
}
EVENTS: Final[dict[str, Any]] = {
    "shopify": {
        "event_name": "purchase",
        "event_id": "w1",
        "client_id": "shopify.7",
        "items": [{"item_id": "A", "price": 2.5, "quantity": 2}, {"item_name": "B"}],
    },
    "stripe": {"event_name": "subscription_paid", "event_id": "evt_1", "client_id": "stripe.c", "value": 19.99},
    "woocommerce": {"event_name": "purchase", "event_id": "woocommerce.727", "items": [{"item_id": "A", "price": 2}]},
}


def test_every_sender_of_the_page_is_tried_here() -> None:
    assert FILES.keys() == {"data", *BODIES}


@pytest.mark.parametrize("name", BODIES)
def test_what_is_signed_is_taken(name: str) -> None:
    body = json.dumps(BODIES[name]).encode()
    run = sent(name, body, *signed(name, body))
    assert isinstance(run.reply, Reply)
    (made,) = run.events
    assert (run.client, run.reply.status, run.findings) == (name, 200, ())
    assert {key: made.event.get(key) for key in EVENTS[name]} == EVENTS[name]
    assert "ip_override" not in made.event


@pytest.mark.parametrize("name", BODIES)
def test_what_is_signed_by_somebody_else_or_changed_on_its_way_is_not(name: str) -> None:
    body = json.dumps(BODIES[name]).encode()
    for headers in (signed(name, body, "another"), signed(name, body + b" ")):
        run = sent(name, body, *headers)
        assert isinstance(run.reply, Reply)
        assert (run.reply.status, run.events, [each.code for each in run.findings]) == (403, (), ["SECRET_WRONG"])


@pytest.mark.parametrize("name", ["shopify", "woocommerce"])
def test_a_repeat_has_the_key_of_the_first_and_its_sender_is_trusted(name: str) -> None:
    body = json.dumps(BODIES[name]).encode()
    first, again = (sent(name, body, *signed(name, body)).deliveries()[0][1].once for _ in range(2))
    assert first is not None
    assert first == again
    assert first.sender.trusted


def test_woocommerce_hears_200_when_it_tries_the_address() -> None:
    run = sent("woocommerce", b"webhook_id=12", FORM)
    assert isinstance(run.reply, Reply)
    assert (run.reply.status, run.reply.body, run.events) == (200, b"{}", ())


def test_a_data_tag_is_taken_from_anybody() -> None:
    run = sent("data", b'{"event_name":"lead"}')
    assert [made.event for made in run.events] == [{"event_name": "lead", "ip_override": "203.0.113.7"}]
