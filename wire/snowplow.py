"""Self-describing JSON as Snowplow has it, and what GA4's events of a shop are in Snowplow's e-commerce.

What does not fit its schema is lost to Snowplow's failed events, and the collector doesn't say so: an entity that lacks what its
schema demands is left out, and so is a value that the schema does not take.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from core.types import Event
from wire.bodies import as_json
from wire.conversions import commerce

_ECOMMERCE: Final = "iglu:com.snowplowanalytics.snowplow.ecommerce"
_UNSTRUCTURED: Final = "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0"
_CONTEXTS: Final = "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1"

ACTION: Final = f"{_ECOMMERCE}/snowplow_ecommerce_action/jsonschema/1-0-2"
PRODUCT: Final = f"{_ECOMMERCE}/product/jsonschema/1-0-0"
TRANSACTION: Final = f"{_ECOMMERCE}/transaction/jsonschema/1-0-0"
REFUND: Final = f"{_ECOMMERCE}/refund/jsonschema/1-0-0"
CHECKOUT_STEP: Final = f"{_ECOMMERCE}/checkout_step/jsonschema/1-0-0"

_MOST: Final = 9_999_999
_LONG: Final = 4096


class Entity(NamedTuple):
    """Data, and the schema that it follows."""

    schema: str
    data: Mapping[str, Any]


def unstructured(said: Entity) -> str:
    """A self-describing event, as the text of ``ue_pr``."""
    return as_json({"schema": _UNSTRUCTURED, "data": said._asdict()}).decode()


def contexts(entities: Sequence[Entity]) -> str:
    """What is told with an event, as the text of ``co``; empty of nothing."""
    return as_json({"schema": _CONTEXTS, "data": [each._asdict() for each in entities]}).decode() if entities else ""


def action(name: str, event: Event) -> tuple[Entity, Sequence[Entity]] | None:
    """What an event of a shop is there, with its entities; None where it is nothing of a shop."""
    kind = _ACTIONS.get(name)
    if kind is None:
        return None
    listed = commerce.text(event.get("item_list_name")) if kind.startswith("list_") else None
    said = Entity(ACTION, commerce.present(type=kind, name=_within(listed, 128)))
    about = _ABOUT[kind](name, event) if kind in _ABOUT else None
    return said, [*([about] if about else []), *_products(event)]


def _products(event: Event) -> Iterator[Entity]:
    currency = _currency(event)
    for item in commerce.items(event):
        data = commerce.present(
            id=_text(item, "item_id", _LONG),
            name=_text(item, "item_name", _LONG),
            price=_amount(item.get("price")),
            quantity=_whole(item.get("quantity")),
            variant=_text(item, "item_variant", 256),
            brand=_text(item, "item_brand", 256),
            position=_whole(item.get("index")),
            currency=currency,
        )
        if data.keys() >= {"id", "price", "currency"}:
            yield Entity(PRODUCT, {**data, "category": _category(item)})


def _category(item: commerce.Item) -> str:
    """The path of its categories. The schema demands one, and takes an empty text."""
    return "/".join([each for key in commerce.CATEGORIES if (each := commerce.text(item.get(key)))])[:_LONG]


def _transaction(name: str, event: Event) -> Entity | None:  # noqa: ARG001  a purchase by any name
    data = commerce.present(
        transaction_id=_text(event, "transaction_id", _LONG),
        revenue=_amount(commerce.value(event)),
        currency=_currency(event),
        payment_method=_text(event, "payment_type", 128) or "unknown",
        total_quantity=_whole(commerce.count(event)),
        tax=_amount(event.get("tax")),
        shipping=_amount(event.get("shipping")),
        discount_code=_text(event, "coupon", 99),
        discount_amount=_amount(event.get("discount")),
    )
    is_whole = data.keys() >= {"transaction_id", "revenue", "currency", "total_quantity"}
    return Entity(TRANSACTION, data) if is_whole else None


def _refund(name: str, event: Event) -> Entity | None:  # noqa: ARG001  a refund by any name
    data = commerce.present(
        transaction_id=_text(event, "transaction_id", _LONG),
        currency=_currency(event),
        refund_amount=_amount(commerce.value(event)),
    )
    return Entity(REFUND, data) if len(data) == 3 else None


def _step(name: str, event: Event) -> Entity:
    data = commerce.present(
        step=_whole(event.get("checkout_step")) or _STEPS[name],
        coupon_code=_text(event, "coupon", 128),
        delivery_method=_text(event, "shipping_tier", 128),
        payment_method=_text(event, "payment_type", 128),
    )
    return Entity(CHECKOUT_STEP, {**data, "step": min(max(data["step"], 1), 90)})


_STEPS: Final = {"begin_checkout": 1, "add_shipping_info": 2, "add_payment_info": 3}
_ACTIONS: Final[Mapping[str, str]] = {
    "view_item": "product_view",
    "view_item_list": "list_view",
    "select_item": "list_click",
    "add_to_cart": "add_to_cart",
    "remove_from_cart": "remove_from_cart",
    **dict.fromkeys(_STEPS, "checkout_step"),
    "purchase": "transaction",
    "refund": "refund",
}
_ABOUT: Final[Mapping[str, Callable[[str, Event], Entity | None]]] = {
    "transaction": _transaction,
    "refund": _refund,
    "checkout_step": _step,
}


def _within(text: str | None, most: int) -> str | None:
    return text[:most] if text else None


def _text(data: Mapping[str, Any], key: str, most: int) -> str | None:
    return _within(commerce.text(data.get(key)), most)


def _currency(event: Event) -> str | None:
    """Schemas demand three characters."""
    found = commerce.currency(event)
    return found if found and len(found) == 3 else None


def _amount(value: object) -> commerce.Number | None:
    """In hundredths, which is what the schemas take."""
    number = commerce.number(value)
    return round(number, 2) if number is not None and 0 <= number <= _MOST else None


def _whole(value: object) -> int | None:
    number = commerce.number(value)
    return int(number) if number is not None and 0 <= number <= _MOST and number == int(number) else None
