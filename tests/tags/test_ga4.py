from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import orjson
import pytest
from pydantic import ValidationError

from core.component import Setup
from core.context import Context, Shared
from core.product import USER_AGENT
from core.secret import SealedText, SecretValue
from core.types import Delivered, Event, OutboundRequest, Payload, Rejected, Request, Response, Retry, Skip
from tags.ga4 import Ga4

SECRETS = {"KEY": "s3cret & more"}
SEALED = SealedText(("a-", SecretValue("KEY", SECRETS["KEY"])))
EVENT: Event = {
    "x-ga-measurement_id": "G-ABC",
    "client_id": "1.2",
    "event_name": "sign_up",
    "page_title": "Berlin",
    "plan": "gold",
    "stock": 14,
    "items": [{"item_id": "a", "price": 5}],
    "ip_override": "203.0.113.7",
    "user_agent": "Mozilla/5.0",
    "x-ga-mp2-user_properties": {"tier": "gold", "age": 31},
}


def tag(**values: Any) -> Ga4:
    return Ga4(Ga4.Settings.model_validate(values), Setup("ga4", SECRETS))  # type: ignore[arg-type]  # Settings is the class's own


def context(event: Event, position: int = 0, group: str = "r1") -> Context:
    return Context(Request(group, 7, "GET", "/g/collect"), "web", event, position, Shared(secrets=SECRETS))


def mapped(event: Event, **values: Any) -> Payload:
    payload = tag(**values).map(event, context(event))
    assert isinstance(payload, Payload), payload
    return payload


def sent(event: Event, **values: Any) -> OutboundRequest:
    [request] = tag(**values).pack([mapped(event, **values)], 0)
    assert isinstance(request, OutboundRequest)
    return request


def parameters(event: Event, **values: Any) -> dict[str, str]:
    return dict(parse_qsl(sent(event, **values).url.partition("?")[2], keep_blank_values=True))


OWN = {"ep.plan": "gold", "epn.stock": "14", "pr1": "ida~pr5", "up.tier": "gold", "upn.age": "31"}
NAMED = {"v": "2", "tid": "G-ABC", "cid": "1.2", "en": "sign_up", "dt": "Berlin", "_uip": "203.0.113.7"}


def test_by_default_everything_leaves() -> None:
    assert parameters(EVENT) == {**NAMED, **OWN}


@pytest.mark.parametrize(
    ("settings", "left"),
    [
        ({"include": "none"}, {"up.tier", "upn.age"}),
        ({"include": ["plan"]}, {"ep.plan", "up.tier", "upn.age"}),
        ({"include": "plan"}, {"ep.plan", "up.tier", "upn.age"}),
        ({"exclude": "items"}, set(OWN) - {"pr1"}),
        ({"exclude": ["pl*", "stock"]}, set(OWN) - {"ep.plan", "epn.stock"}),
        ({"exclude": ["page_title", "client_id", "event_name"]}, set(OWN)),
        ({"include": ["plan", "stock"], "exclude": ["stock"]}, {"ep.plan", "up.tier", "upn.age"}),
    ],
)
def test_the_filters_work_on_what_a_page_sets_itself(settings: Any, left: set[str]) -> None:
    assert set(parameters(EVENT, parameters=settings)) == set(NAMED) | left


def test_a_filter_reaches_into_items() -> None:
    assert parameters(EVENT, parameters={"exclude": "items.price"})["pr1"] == "ida"


def test_a_filter_knows_a_parameter_whose_key_was_taken() -> None:
    event = {**EVENT, "x-ga-mp2-ep.stock": "many", "x-ga-mp2-up.age": "old"}
    assert {"ep.stock", "up.age"} <= parameters(event).keys()
    assert parameters(event, parameters={"exclude": "stock"}).keys() & {"ep.stock", "epn.stock"} == set()
    assert parameters(event, user_properties={"exclude": "age"}).keys() & {"up.age", "upn.age"} == set()


@pytest.mark.parametrize(
    ("settings", "changed"),
    [
        ({"set": {"plan": "free"}}, {**OWN, "ep.plan": "free"}),
        ({"set": {"plan": "{{ event.stock }}"}}, {"epn.plan": "14", **{key: OWN[key] for key in OWN if key != "ep.plan"}}),
        ({"set": {"plan": "{{ event.nothing }}"}}, {key: OWN[key] for key in OWN if key != "ep.plan"}),
        ({"include": "none", "set": {"note": "{{ event.plan }}"}}, {"ep.note": "gold", "up.tier": "gold", "upn.age": "31"}),
    ],
)
def test_set_gives_values_that_see_the_whole_event(settings: Any, changed: dict[str, str]) -> None:
    assert parameters(EVENT, parameters=settings) == {**NAMED, **changed}


def test_set_reaches_named_parameters_too() -> None:
    assert parameters(EVENT, parameters={"set": {"page_title": "x"}})["dt"] == "x"


@pytest.mark.parametrize(
    ("settings", "left"),
    [
        ({"include": "none"}, {}),
        ({"include": ["tier"]}, {"up.tier": "gold"}),
        ({"exclude": ["tier"]}, {"upn.age": "31"}),
        ({"exclude": ["tier"], "set": {"plan": "{{ event.plan }}"}}, {"upn.age": "31", "up.plan": "gold"}),
    ],
)
def test_user_properties_have_filters_of_their_own(settings: Any, left: dict[str, str]) -> None:
    found = parameters(EVENT, user_properties=settings)
    assert {key: found[key] for key in found if key.startswith("up")} == left


def test_user_properties_can_be_set_where_there_are_none() -> None:
    event = {key: value for key, value in EVENT.items() if not key.startswith("x-ga-mp2")}
    assert parameters(event, user_properties={"set": {"plan": "x"}})["up.plan"] == "x"


def test_the_address_leaves_unless_it_is_redacted() -> None:
    assert "_uip" not in parameters(EVENT, redact_visitor_ip=True)
    assert "_uip" not in parameters({**EVENT, "x-ga-mp2-_uip": "1.2.3.4"}, redact_visitor_ip=True)


@pytest.mark.parametrize(
    ("written", "id"),
    [(None, "G-ABC"), ("G-OTHER", "G-OTHER"), ("G-{{ event.stock }}", "G-14"), ("{{ event.nothing }}", "G-ABC")],
)
def test_the_measurement_id_is_the_events_unless_set(written: str | None, id: str) -> None:
    assert parameters(EVENT, measurement_id=written)["tid"] == id


@pytest.mark.parametrize(
    ("event", "why"),
    [
        ({}, "client_id"),
        ({"client_id": ""}, "client_id"),
        ({"event_name": None}, "event_name"),
        ({"event_name": ""}, "event_name"),
        ({"x-ga-measurement_id": ""}, "x-ga-measurement_id"),
        ({"x-ga-measurement_id": "UA-1-2"}, "measurement id"),
        ({"x-ga-measurement_id": "G-"}, "measurement id"),
        ({"x-ga-measurement_id": "X-ABC"}, "measurement id"),
        ({"x-ga-measurement_id": "G-A\n"}, "measurement id"),
        ({"x-ga-measurement_id": 5}, "measurement id"),
    ],
)
def test_what_ga4_could_not_use_is_skipped_with_a_reason(event: Event, why: str) -> None:
    event = {**EVENT, **event} if event else {}
    skipped = tag().map(event, context(event))
    assert isinstance(skipped, Skip)
    assert why in skipped.why


@pytest.mark.parametrize("id", ["G-ABC1234567", "GT-ABC", "AW-123456", "DC-1"])
def test_ids_of_google_tags_are_accepted(id: str) -> None:
    assert parameters({**EVENT, "x-ga-measurement_id": id})["tid"] == id


def test_clear_text_about_a_person_never_leaves() -> None:
    event = {**EVENT, "user_data": {"email": "a@b.c", "address": {"first_name": "Jane", "city": "Oslo"}}}
    assert "user_data" not in sent(event).url
    hashed = parameters(event, user_data="hashed")
    assert {key: len(text) for key, text in hashed.items() if "user_data" in key} == {
        "ep.user_data.sha256_email_address": 64,
        "ep.user_data.address.sha256_first_name": 64,
    }
    for stored in (mapped(event), mapped(event, user_data="hashed")):
        assert not {"a@b.c", "Jane", "Oslo"} & set(orjson.dumps(stored.body).decode().split('"'))


REGION1 = {**EVENT, "x-sst-system_properties": {"gcsub": "region1"}}


@pytest.mark.parametrize(
    ("event", "settings", "origin"),
    [
        (EVENT, {}, "https://www.google-analytics.com"),
        (REGION1, {}, "https://region1.google-analytics.com"),
        (REGION1, {"endpoint": "https://other.example"}, "https://other.example"),
        ({**EVENT, "x-sst-system_properties": "region1"}, {}, "https://www.google-analytics.com"),
        (EVENT, {"endpoint": "http://127.0.0.1:8099/"}, "http://127.0.0.1:8099"),
    ],
)
def test_where_it_goes(event: Event, settings: Any, origin: str) -> None:
    assert mapped(event, **settings).destination == origin
    assert sent(event, **settings).url.startswith(f"{origin}/g/collect?")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"endpoint": "ftp://x"}, "http"),
        ({"endpoint": "https://x.example/g/collect"}, "scheme and host alone"),
        ({"endpoint": "https://x.example?a=b"}, "scheme and host alone"),
        ({"endpoint": "https://{{ event.host }}"}, "http"),
        ({"endpoint": SEALED}, "string"),
        ({"measurement_id": "UA-1-2"}, "G-ABC1234567"),
        ({"user_data": "clear"}, "drop"),
    ],
)
def test_mistakes_in_the_settings_are_refused(settings: Any, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Ga4.Settings.model_validate(settings)


@pytest.mark.parametrize(
    ("agent", "header"),
    [
        ("Mozilla/5.0", "Mozilla/5.0"),
        (None, USER_AGENT),
        ("", USER_AGENT),
        (7, USER_AGENT),
        ("a\r\nb: c\0", "ab: c"),
        ("é", "é"),
        ("ж", "Ð¶"),
        ("\ud800", "?"),
    ],
)
def test_the_user_agent_is_the_visitors_and_one_line(agent: Any, header: str) -> None:
    assert sent({**EVENT, "user_agent": agent}).headers == (("user-agent", header),)


def test_a_secret_is_filled_in_only_when_the_hit_is_sent() -> None:
    payload = mapped(EVENT, parameters={"set": {"token": SEALED}}, measurement_id=SealedText(("G-", SecretValue("KEY", "ABC"))))
    assert SECRETS["KEY"] not in orjson.dumps(payload.body).decode()
    assert [place.pointer for place in payload.secrets] == ["/hit/0", "/hit/2"]
    [request] = tag().pack([payload], 0)
    assert isinstance(request, OutboundRequest)
    assert "ep.token=a-s3cret%20%26%20more" in request.url


def test_events_of_one_group_leave_as_one_batch_and_others_apart() -> None:
    events = [EVENT, {**EVENT, "event_name": "b"}, {**EVENT, "client_id": "9"}, {**EVENT, "user_agent": "other"}, EVENT]
    groups = ["r1", "r1", "r1", "r1", "r2"]
    payloads = [tag().map(event, context(event, at, group)) for at, (event, group) in enumerate(zip(events, groups, strict=True))]
    requests = tag().pack([payload for payload in payloads if isinstance(payload, Payload)], 0)
    assert [request.payloads for request in requests] == [(0, 1), (2,), (3,), (4,)]
    batch = requests[0]
    assert isinstance(batch, OutboundRequest)
    assert batch.headers == (("user-agent", "Mozilla/5.0"), ("content-type", "text/plain;charset=UTF-8"))
    assert [line.split(b"&")[0] for line in batch.body.split(b"\r\n")] == [b"en=sign_up", b"en=b"]


@pytest.mark.parametrize(("status", "outcome"), [(204, Delivered()), (503, Retry("HTTP 503")), (400, Rejected("HTTP 400"))])
def test_the_status_decides(status: int, outcome: object) -> None:
    assert tag().judge(sent(EVENT), Response(status)) == outcome


def test_an_event_of_a_backend_leaves_with_little() -> None:
    event = {"x-ga-measurement_id": "G-ABC", "client_id": "1.2", "event_name": "refund", "partial": True, "x-mp-consent": {}}
    assert parameters(event) == {"v": "2", "tid": "G-ABC", "cid": "1.2", "en": "refund", "ep.partial": "true"}
