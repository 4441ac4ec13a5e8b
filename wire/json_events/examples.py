"""Requests of real senders as their documentation has them, shortened, and what becomes of them."""

from __future__ import annotations

from typing import Any, Final

from core.component import ClientExample
from core.types import Headers, Reply, Request

_JSON: Final = ("content-type", "application/json")
_TAKEN: Final = Reply(200, (_JSON, ("cache-control", "no-cache")), b"{}")
_BROWSER: Final = ("user-agent", "Mozilla/5.0")


def _request(body: bytes = b"", headers: Headers = (), method: str = "POST", query: str = "") -> Request:
    return Request("r1", 1_764_340_311_502_000, method, "/data", query, headers, body, "203.0.113.7")


_SHOPIFY: Final[dict[str, Any]] = {
    "secret": {"scheme": "hmac_sha256_base64", "header": "X-Shopify-Hmac-Sha256", "key": "shpss_example"},
    "event_name": "purchase",
    "client_id": "shopify.{{ body.customer.id | default(body.id) }}",
    "id": "{{ request.headers['X-Shopify-Webhook-Id'] }}",
    "parameters": {
        "transaction_id": "{{ body.name }}",
        "value": "{{ body.total_price | number }}",
        "currency": "{{ body.currency }}",
        "item_ids": "{{ body.line_items | pluck('sku') }}",
        "user_data": {"email_address": "{{ body.email }}"},
    },
}
_STRIPE: Final[dict[str, Any]] = {
    "secret": {"scheme": "stripe", "key": "whsec_example"},
    "when": "body.type == 'invoice.paid'",
    "events": "{{ body.data.object }}",
    "event_name": "subscription_paid",
    "client_id": "stripe.{{ item.customer }}",
    "id": "{{ body.id }}",
    "parameters": {"value": "{{ item.amount_paid / 100 }}", "currency": "{{ item.currency | upper }}"},
}
_WOOCOMMERCE: Final[dict[str, Any]] = {
    "secret": {"scheme": "hmac_sha256_base64", "header": "X-WC-Webhook-Signature", "key": "woo_example"},
    "pings": "body.webhook_id is defined and body.id is not defined",
    "when": "body.status in ['processing', 'completed']",
    "event_name": "purchase",
    "client_id": "woocommerce.{{ body.customer_id if body.customer_id else 'order.' ~ body.id }}",
    "id": "woocommerce.{{ body.id }}",
    "parameters": {
        "transaction_id": "{{ body.id | text }}",
        "value": "{{ body.total | number }}",
        "currency": "{{ body.currency }}",
    },
}
_FORM: Final = ("content-type", "application/x-www-form-urlencoded")

EXAMPLES: Final = (
    ClientExample(
        title="A data tag's event, by POST",
        request=_request(
            b'{"event_name":"generate_lead","client_id":"1307714608.1760043792","page_location":"https://shop.example/contact",'
            b'"value":20,"data_tag_custom_data":[{"name":"form","value":"newsletter"}],"v":2}',
            (_JSON, _BROWSER),
        ),
        events=(
            {
                "event_name": "generate_lead",
                "client_id": "1307714608.1760043792",
                "page_location": "https://shop.example/contact",
                "value": 20,
                "form": "newsletter",
                "ip_override": "203.0.113.7",
                "user_agent": "Mozilla/5.0",
            },
        ),
        reply=_TAKEN,
    ),
    ClientExample(
        title="The same by GET, with a part of it as JSON within the query",
        request=_request(
            headers=(_BROWSER,),
            method="GET",
            query="event_name=generate_lead&v=2&client_id=1307714608.1760043792&dtcd=%7B%22form%22%3A%22newsletter%22%7D",
        ),
        events=(
            {
                "event_name": "generate_lead",
                "client_id": "1307714608.1760043792",
                "form": "newsletter",
                "ip_override": "203.0.113.7",
                "user_agent": "Mozilla/5.0",
            },
        ),
        reply=_TAKEN,
    ),
    ClientExample(
        title="A paid order of Shopify, signed",
        settings=_SHOPIFY,
        request=_request(
            b'{"id":450789469,"name":"#1001","currency":"EUR","total_price":"59.98","total_tax":"9.58","email":"ad'
            b'a@example.com","customer":{"id":207119551},"line_items":[{"sku":"SHOE-42","title":"Shoes","price":"2'
            b'9.99","quantity":2}]}',
            (
                _JSON,
                ("x-shopify-topic", "orders/paid"),
                ("x-shopify-webhook-id", "b54557e4"),
                ("x-shopify-hmac-sha256", "p0XzjaFQJH0gmM/E3ozEEtN1lUyIl1r3OzXuZ8Z1BHI="),
            ),
        ),
        events=(
            {
                "transaction_id": "#1001",
                "value": 59.98,
                "currency": "EUR",
                "item_ids": ["SHOE-42"],
                "user_data": {"email_address": "ada@example.com"},
                "event_name": "purchase",
                "client_id": "shopify.207119551",
                "event_id": "b54557e4",
            },
        ),
        reply=_TAKEN,
    ),
    ClientExample(
        title="A paid invoice of Stripe",
        settings=_STRIPE,
        request=_request(
            b'{"id":"evt_1","type":"invoice.paid","data":{"object":{"id":"in_1","customer":"cus_9","amount_paid":1'
            b'999,"currency":"eur","subscription":"sub_3"}}}',
            (
                _JSON,
                (
                    "stripe-signature",
                    "t=1764340310,v1=d5e8061991040d8f4f9c2538fb671b4f19ff2e9c8940c0818c2ebdc3ca85f35a",
                ),
            ),
        ),
        events=(
            {
                "value": 19.99,
                "currency": "EUR",
                "event_name": "subscription_paid",
                "client_id": "stripe.cus_9",
                "event_id": "evt_1",
            },
        ),
        reply=_TAKEN,
    ),
    ClientExample(
        title="An order of WooCommerce that has been paid",
        settings=_WOOCOMMERCE,
        request=_request(
            b'{"id":727,"status":"processing","currency":"EUR","total":"29.35","customer_id":26}',
            (_JSON, ("x-wc-webhook-signature", "Ddyym/MaBlI2IFX7RPBGQiaRYHsI1a0DMGrDhoFvhnc=")),
        ),
        events=(
            {
                "transaction_id": "727",
                "value": 29.35,
                "currency": "EUR",
                "event_name": "purchase",
                "client_id": "woocommerce.26",
                "event_id": "woocommerce.727",
            },
        ),
        reply=_TAKEN,
    ),
    ClientExample(
        title="The ping by which WooCommerce tries a new webhook, unsigned and as a form",
        settings=_WOOCOMMERCE,
        request=_request(b"webhook_id=12", (_FORM,)),
        events=(),
        reply=_TAKEN,
    ),
)
