"""What each name of the language reads."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest

from core.context import Context, Scope, Shared
from core.expressions import compile_condition
from core.expressions.names import PERSON, ROOTS
from core.expressions.reference import NAMES
from core.types import Event, Geo, Request
from core.undefined import UNDEFINED

ORIGINAL: Event = {"value": 10, "page_location": "https://before.example/old", "user_data": {"email": "a@b.c"}}
EVENT: Event = {
    "value": 20,
    "page_location": "https://Shop.example:8443/checkout/pay?x=1#top",
    "x-ga-gcs": "G111",
    "user_data": {"address": {"city": "Berlin"}, "phones": {"0": "123"}},
    "flat.key": "flat",
    "user_data.flat": "whole text first",
    "items": [{"item_id": "A.1", "price": 5}, {"item_id": "B", "price": None}],
    "x-ga-mp2-user_properties": {"tier": "gold", "a.b": 1},
    "chosen": "value",
    "index": 1,
    "far": 9,
    "as_text": "1",
    "long_key": "a" * 201,
    "__class__": "just a key",
}
REQUEST = Request(
    "r1",
    1764340309313000,
    "POST",
    "/g/collect",
    query_string="v=2&dl=a%20b&v=3",
    headers=(("host", "metrics.example"), ("user-agent", "UA"), ("user-agent", "second"), ("cookie", "_ga=GA1.1.2.3")),
    ip="203.0.113.7",
    geo=Geo("DE", "BY", "Munich"),
)


ENDLESS = compile_condition("var.endless")


def user(event: Event, request: Request) -> Mapping[str, Any]:
    return MappingProxyType({"email": event["user_data"]["address"]["city"], "phone": request.method})


def consent(event: Event, request: Request) -> Mapping[str, Any]:
    return MappingProxyType({"ad_storage": "granted", "analytics_storage": f"{event['value']} {request.method}"})


def scope(item: Any = UNDEFINED) -> Scope:
    shared = Shared(
        environment={"STAGE": "production"},
        variables={
            "margins": lambda _: {"A.1": 0.5, "B": {"C": 1}},
            "null": lambda _: None,
            "double": lambda scope: scope.event["value"] * 2,
            "endless": ENDLESS.evaluate,
        },
        readers={
            "user": user,
            "user_sha256": lambda *_: {"email_sha256": "86ca"},
            "ga": lambda *_: {"client_id": "1.2"},
            "consent": consent,
        },
    )
    return Scope(EVENT, Context(REQUEST, "web", ORIGINAL, 0, shared), item)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("event", EVENT),
        ("event.value", 20),
        ("event['x-ga-gcs']", "G111"),
        ("event['val' 'ue']", 20),
        ("event.user_data.address.city", "Berlin"),
        ("event['user_data'].address['city']", "Berlin"),
        ("event['user_data.address.city']", "Berlin"),
        ("event.user_data.phones.0", "123"),
        ("event.user_data.phones[0]", "123"),
        ("event.flat.key", "flat"),
        ("event.user_data.flat", "whole text first"),
        ("event.items[0].price", 5),
        ("event.items.0.price", 5),
        ("event.items[1].price", UNDEFINED),
        ("event.items[2].price", UNDEFINED),
        ("event.items[-2].price", 5),
        ("event.items[-3].price", UNDEFINED),
        ("event.items.item_id", UNDEFINED),
        ("event.items[event.index].item_id", "B"),
        ("event.items[event.as_text].item_id", "B"),
        ("event.items[event.far].item_id", UNDEFINED),
        ("event.items[event.missing]", UNDEFINED),
        ("event.items[true]", UNDEFINED),
        ("event[event.chosen]", 20),
        ("event[event.missing]", UNDEFINED),
        ("event['user_data.' ~ 'address'].city", "Berlin"),
        ("event[event.long_key]", UNDEFINED),
        ("event.value.of.a.number", UNDEFINED),
        ("event.missing.below", UNDEFINED),
        ("event.__class__", "just a key"),
        ("event.keys", UNDEFINED),
        ("event.value.__class__", UNDEFINED),
        ("(event.user_data).address.city", "Berlin"),
        ("(event.items | first).price", 5),
        ("['a', 'b'][1]", "b"),
        ("'text'.upper", UNDEFINED),
        # read out of page_location, where the event does not say it itself
        ("event.page_hostname", "shop.example"),
        ("event['page_path']", "/checkout/pay"),
        ("event.page_path.below", UNDEFINED),
        ("original.page_hostname", "before.example"),
        ("original", ORIGINAL),
        ("original.value", 10),
        ("original.user_data.email", "a@b.c"),
        ("request.id", "r1"),
        ("request.time", 1764340309313000),
        ("request.method", "POST"),
        ("request.path", "/g/collect"),
        ("request.host", "metrics.example"),
        ("request.ip", "203.0.113.7"),
        ("request.query.v", "2"),
        ("request.query_string", "v=2&dl=a%20b&v=3"),
        ("request.query['dl']", "a b"),
        ("request.query.missing", UNDEFINED),
        ("request.headers['User-Agent']", "UA"),
        ("request.headers.host", "metrics.example"),
        ("request.headers['x-none']", UNDEFINED),
        ("request.headers | length", 3),
        ("request.headers[event.as_text]", UNDEFINED),
        ("request.cookies._ga", "GA1.1.2.3"),
        ("request.country", "DE"),
        ("request.region", "BY"),
        ("request.city ~ request.country", "MunichDE"),
        ("client", "web"),
        ("consent.ad_storage", "granted"),
        ("consent['analytics_storage']", "10 POST"),
        ("consent.ad_user_data", UNDEFINED),
        ("consent", {"ad_storage": "granted", "analytics_storage": "10 POST"}),
        ("user.email", "Berlin"),
        ("user.phone", "POST"),
        ("user['last_name']", UNDEFINED),
        ("user.email_sha256", "86ca"),
        ("user['email_sha256']", "86ca"),
        ("user.phone_sha256", UNDEFINED),
        ("ga.client_id", "1.2"),
        ("user_properties.tier", "gold"),
        ("user_properties['a.b']", 1),
        ("user_properties", {"tier": "gold", "a.b": 1}),
        ("var.double", 40),
        ("var.margins[event.items[0].item_id]", 0.5),
        ("var.margins['B'].C", 1),
        ("var['margins'].B.C", 1),
        ("var.null", UNDEFINED),
        ("var.unheard_of", UNDEFINED),
        ("var.endless", UNDEFINED),
        ("env.STAGE", "production"),
        ("env['STAGE']", "production"),
        ("env.OTHER", UNDEFINED),
        ("item.price", UNDEFINED),
        ("item", UNDEFINED),
    ],
)
def test_names(source: str, value: Any) -> None:
    assert compile_condition(source).evaluate(scope()) == value


def test_every_name_is_in_the_reference() -> None:
    told = " ".join(NAMES)
    assert {name for name in ROOTS if f"{name}." not in told and name not in NAMES} == set()
    assert all(f"`user.{kind}`" in told and f"`user.{kind}_sha256`" in told for kind in PERSON)


def test_item_is_the_element_of_the_scope() -> None:
    assert compile_condition("item.price * 2").evaluate(scope({"price": 4})) == 8
    assert compile_condition("item").evaluate(scope("text")) == "text"
    assert compile_condition("item").evaluate(scope(None)) is UNDEFINED


@pytest.mark.parametrize(
    ("event", "host", "path"),
    [
        ({"page_hostname": "said", "page_path": "/said", "page_location": "https://a.b/c"}, "said", "/said"),
        ({"page_hostname": None, "page_path": None, "page_location": "https://a.b/c"}, "a.b", "/c"),
        ({"page_hostname": "", "page_path": "", "page_location": "https://a.b/c"}, "", ""),
        ({"page_location": "no url"}, UNDEFINED, UNDEFINED),
        ({"page_location": 7}, UNDEFINED, UNDEFINED),
        ({}, UNDEFINED, UNDEFINED),
    ],
)
def test_page_hostname_and_path_are_the_key_or_parsed(event: Event, host: Any, path: Any) -> None:
    seen = Context(REQUEST, "web", {}).on(event)

    assert compile_condition("event.page_hostname").evaluate(seen) == host
    assert compile_condition("event.page_path").evaluate(seen) == path


@pytest.mark.parametrize(
    ("source", "references"),
    [
        ("1 + 1", set()),
        ("event.value > var.limit and env.STAGE == 'x'", {("event", "value"), ("var", "limit"), ("env", "STAGE")}),
        ("event.user_data.address", {("event", "user_data")}),
        ("event['x-ga-gcs'] in [item.a]", {("event", "x-ga-gcs"), ("item", "a")}),
        ("var.margins[item.item_id] | default(var.other)", {("var", "margins"), ("item", "item_id"), ("var", "other")}),
        (
            "event[client] if request.ip is in_network var.office",
            {("event", ""), ("client", ""), ("request", "ip"), ("var", "office")},
        ),
        ("item | json", {("item", "")}),
        ("user_properties.tier ~ ga.session_id", {("user_properties", "tier"), ("ga", "session_id")}),
    ],
)
def test_an_expression_tells_what_it_refers_to(source: str, references: set[tuple[str, str]]) -> None:
    assert compile_condition(source).references == references


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("body", {"a": [{"b": 1}], "none": None}),
        ("body.a[0].b", 1),
        ("body.none", UNDEFINED),
        ("body.missing.c", UNDEFINED),
    ],
)
def test_a_body_is_what_the_context_was_given(source: str, value: Any) -> None:
    with_body = Context(REQUEST, "json", {}, body={"a": [{"b": 1}], "none": None}).on({})
    assert compile_condition(source).evaluate(with_body) == value
    assert compile_condition(source).evaluate(with_body.with_item(1, 0)) == value
    assert compile_condition(source).evaluate(Context(REQUEST, "web", {}).on({})) is UNDEFINED


def random(entropy: bytes, id: str = "r") -> float:
    drawn = compile_condition("request.random").evaluate(Context(Request(id, 0, "GET", "/", entropy=entropy), "web", {}).on({}))
    assert isinstance(drawn, float)
    return drawn


def test_a_number_by_chance_is_of_the_request_and_every_one_has_another() -> None:
    numbers = [random(number.to_bytes(32, "big")) for number in range(5_000)]
    assert len(set(numbers)) == len(numbers)
    assert all(0 <= number < 1 for number in numbers)
    assert 0.48 < sum(numbers) / len(numbers) < 0.52
    assert random(b"a" * 32) == random(b"a" * 32, "another id") != random(b"b" * 32)


def test_it_tells_nothing_of_the_ids_that_the_same_bytes_make() -> None:
    assert int(random(b"\xff" * 32) * 2**53) != 2**53 - 1
    assert random(bytes(32)) != 0


def test_an_element_has_its_place() -> None:
    assert compile_condition("item_index").evaluate(scope()) is UNDEFINED
    assert compile_condition("item_index + 1").evaluate(scope().with_item("x", 2)) == 3
