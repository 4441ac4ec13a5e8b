"""Doubts that take two parts of a file: each with its place, and none where it is meant so."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import pytest

from config import SourceFile, load
from core.registry import installed

WEB = {"type": "ga4", "measurement_ids": ["G-ABC1234567"]}
META = {"type": "meta", "pixel_id": "123456789012345", "access_token": "${TOKEN}"}
CLIENTS = {"web": WEB, "shop": {"type": "json"}}
TRIGGERS = {
    "purchases": {"event": "purchase"},
    "orders": {"event": ["purchase", "order_*"]},
    "views": {"event": "page_view"},
    "rich": {"event": "purchase", "when": "event.value > 100"},
    "poor": {"event": "purchase", "when": "event.value <= 100"},
    "without_consent": {"when": "consent.ad_storage != 'granted'"},
    "no_orders": {"event": "*", "when": "event.event_name is not starting_with 'order_' and event.event_name != 'purchase'"},
    "not_of_web": {"when": "client != 'web'"},
    "of_web": {"client": "web"},
    "of_shop": {"client": "shop"},
}


def said(**sections: Any) -> list[str]:
    """The warnings of a file with a client and these sections, but for what is not used."""
    text = json.dumps({"clients": {"web": WEB}, "tags": {"ga4": {}}, **sections}, indent=1)
    loaded = load(
        [SourceFile("a.yaml", text.encode())], registry=installed(), environ={"TOKEN": "x"}, read=lambda _: b"", serve=True
    )
    assert loaded.settings is not None, loaded.problems
    return [f"{each.path}: {each.message}" for each in loaded.problems if each.message != "is not used"]


def tags(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    return {"one": first, "two": second}


@pytest.mark.parametrize(
    ("first", "second", "events"),
    [
        ({"type": "ga4"}, {"type": "ga4"}, "all events"),
        ({"type": "ga4", "triggers": "purchases"}, {"type": "ga4"}, "the events of the trigger purchases"),
        ({**META, "triggers": "orders"}, {**META, "triggers": ["views", "purchases"]}, "the events of the trigger purchases"),
        ({**META, "triggers": "rich"}, {**META, "triggers": "purchases"}, "the events of the trigger purchases"),
        ({**META, "triggers": "rich"}, {**META, "triggers": "rich"}, "the events of the trigger rich"),
        ({**META, "consent": []}, {**META, "exceptions": []}, "all events"),
        ({**META, "consent": "ad_storage"}, {**META, "consent": []}, "all events"),
        (
            {**META, "consent": "ad_storage"},
            {**META, "consent": "ad_storage", "triggers": "rich"},
            "the events of the trigger rich",
        ),
        ({**META, "triggers": "rich"}, {**META, "consent": "ad_storage"}, "the events of the trigger rich"),
    ],
)
def test_two_tags_that_send_the_same_to_one_place_are_told(first: Any, second: Any, events: str) -> None:
    (problem,) = [each for each in said(tags=tags(first, second), clients=CLIENTS, triggers=TRIGGERS) if "twice" in each]
    setting = "pixel_id" if first["type"] == "meta" else "measurement_id"
    assert re.fullmatch(
        rf"tags.two: sends {events} to the same {setting} as the tag one \(a.yaml:\d+\): they count twice; .*", problem
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"type": "ga4"}, {"type": "ga4", "measurement_id": "G-OTHER12345"}),
        ({"type": "ga4"}, {"type": "ga4", "endpoint": "https://collector.example.com"}),
        ({"type": "ga4", "measurement_id": "{{ event.id }}"}, {"type": "ga4", "measurement_id": "{{ event.id }}"}),
        ({"type": "ga4"}, {"type": "ga4", "paused": True}),
        (META, {**META, "pixel_id": "543210987654321"}),
        (META, {**META, "test": "TEST1"}),
        (META, {**META, "event_name": "Lead"}),
        ({**META, "triggers": "purchases"}, {**META, "triggers": "views"}),
        ({**META, "triggers": "rich"}, {**META, "triggers": "poor"}),
        ({**META, "triggers": "of_web"}, {**META, "triggers": "of_shop"}),
        ({**META, "triggers": "orders"}, {**META, "triggers": "no_orders"}),
        ({**META, "triggers": "not_of_web"}, {**META, "triggers": "of_web"}),
        ({**META, "exceptions": "purchases"}, {**META, "triggers": "purchases"}),
        ({**META, "consent": "ad_storage"}, {**META, "consent": [], "triggers": "without_consent"}),
        ({**META, "consent": "ad_user_data", "triggers": "without_consent"}, {**META, "consent": ["ad_user_data", "ad_storage"]}),
        (META, {"type": "ga4"}),
        ({"type": "log"}, {"type": "log"}),
    ],
)
def test_two_tags_that_differ_on_purpose_are_not(first: Any, second: Any) -> None:
    told = said(tags=tags(first, second), clients=CLIENTS, triggers=TRIGGERS)
    assert [each for each in told if "twice" in each] == []


def test_of_many_that_do_the_same_each_is_told_once() -> None:
    found = [each for each in said(tags={key: {"type": "ga4"} for key in ["one", "two", "three"]}) if "twice" in each]
    assert [(each.split(":")[0], "as the tag one" in each) for each in found] == [("tags.two", True), ("tags.three", True)]


@pytest.mark.parametrize(("names", "counts"), [({"tags": "two"}, False), ({"except": "one"}, False), ({}, True)])
def test_a_tag_whose_events_a_transformation_gives_another_name_sends_others(names: dict[str, Any], counts: bool) -> None:
    net = {"type": "augment", "parameters": {"event_name": "net", "value": 1}, **names}
    told = said(tags=tags({"type": "ga4"}, {"type": "ga4"}), transformations={"net": net})
    assert ["twice" in each for each in told] == ([True] if counts else [])


MP = {"type": "measurement_protocol", "api_secrets": "${TOKEN}"}
JSON = {"type": "json", "secret": None}
SIGNED = {"scheme": "hmac_sha256_hex", "key": "${TOKEN}", "header": "x-signature"}
SCRIPTS = {"type": "google_scripts", "ids": "GTM-ABC123"}
FORWARDING = {**SCRIPTS, "google_paths": "forward"}
UA = {"type": "universal_analytics", "measurement_ids": "UA-1-1"}


@pytest.mark.parametrize(
    ("first", "second", "idle"),
    [
        (WEB, WEB, "second"),
        (WEB, {**WEB, "priority": 10}, "first"),
        ({**WEB, "measurement_ids": ["G-ABC1234567", "G-OTHER12345"]}, WEB, "second"),
        ({"type": "ga4"}, WEB, "second"),
        (MP, {**MP, "measurement_ids": "G-ABC1234567"}, "second"),
        (UA, UA, "second"),
        (JSON, JSON, "second"),
        (JSON, {**JSON, "secret": {"scheme": "bearer", "key": "${TOKEN}"}, "when": "item.id", "priority": -1}, "second"),
        ({**JSON, "activation_paths": ["/data", "/hook"]}, {**JSON, "methods": "POST"}, "second"),
        (SCRIPTS, SCRIPTS, "second"),
        (SCRIPTS, {**SCRIPTS, "ids": "GTM-OTHER1", "priority": 1}, "first"),
        ({**SCRIPTS, "paths": {"GTM-ABC123": "/a.js"}}, {**SCRIPTS, "paths": {"GTM-OTHER1": "/a.js"}}, "second"),
        (FORWARDING, FORWARDING, "second"),
        (FORWARDING, SCRIPTS, "second"),
    ],
)
def test_a_client_that_another_leaves_nothing_is_told(first: Any, second: Any, idle: str) -> None:
    asked = "first" if idle == "second" else "second"
    told = [each for each in said(clients={"first": first, "second": second}) if "claims nothing" in each]
    (problem,) = told
    assert re.fullmatch(rf"clients.{idle}: claims nothing: the client {asked} \(a.yaml:\d+\) is asked before it .*", problem)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (WEB, {**WEB, "measurement_ids": ["G-OTHER12345"]}),
        (WEB, {"type": "ga4"}),
        (WEB, {**WEB, "measurement_ids": ["G-ABC1234567", "G-OTHER12345"]}),
        (MP, {**MP, "activation_paths": "/other"}),
        (MP, UA),
        (JSON, {**JSON, "activation_paths": "/hook"}),
        (JSON, {**JSON, "methods": ["POST", "PUT"]}),
        ({**JSON, "secret": SIGNED}, {**JSON, "methods": "GET"}),
        (SCRIPTS, {**SCRIPTS, "paths": {"GTM-ABC123": "/a.js"}}),
        (SCRIPTS, FORWARDING),
        (FORWARDING, {**FORWARDING, "ids": "GTM-OTHER1"}),
    ],
)
def test_a_client_to_which_something_is_left_is_not(first: Any, second: Any) -> None:
    assert [each for each in said(clients={"first": first, "second": second}) if "claims nothing" in each] == []


@pytest.mark.parametrize(
    ("parameters", "settings", "lacking"),
    [
        (["client_id"], {}, ["client_id"]),
        (["a", "event_name", "client_id"], {}, ["client_id", "event_name"]),
        (["x-*"], {}, ["x-ga-*"]),
        (["client_*"], {"tags": "ga4"}, ["client_id"]),
        (["client_id", "user_data", "x-ga-gcs"], {"except": "ga4"}, []),
        (["client_id"], {"tags": "log"}, []),
        (["user_data", "items.price", "x-ga-gcs", "client_hints"], {}, []),
    ],
)
def test_what_a_tag_needs_and_a_transformation_takes_out_is_told(
    parameters: Sequence[str], settings: dict[str, Any], lacking: Sequence[str]
) -> None:
    told = said(tags={"ga4": {}, "log": {}}, transformations={"exclude": {"parameters": parameters, **settings}})
    found = [each for each in told if "takes out" in each]
    needs = f"takes out {', '.join(lacking)}, which the tag ga4 needs; leave it in, or `except: ga4`"
    assert [each.split(": ", 1)[1] for each in found] == ([needs] if lacking else [])
    assert all(each.startswith("transformations.exclude.parameters[") for each in found)


@pytest.mark.parametrize(
    ("setting", "tag", "lacking"),
    [
        ({}, {}, False),
        ({"priority": -1}, {}, False),
        ({"priority": 20}, {}, True),
        ({"tags": "log"}, {}, True),
        ({"tags": "log"}, {"parameters": {"set": {"client_id": "{{ user.email_sha256 }}"}}}, False),
    ],
)
@pytest.mark.parametrize(
    "removal", [{"type": "exclude", "parameters": "client_id"}, {"type": "allow", "parameters": ["event_name", "x-ga-*"]}]
)
def test_what_is_set_again_afterwards_is_not_lacking(
    removal: dict[str, Any], setting: dict[str, Any], tag: dict[str, Any], lacking: bool
) -> None:
    again = {"type": "augment", "parameters": {"client_id": "{{ original.client_id | sha256 }}"}, **setting}
    told = said(tags={"ga4": tag, "log": {}}, transformations={"removal": {**removal, "priority": 10}, "again": again})
    assert [each for each in told if "which the tag ga4 needs" in each] == [each for each in told if lacking]


def test_every_table_of_ids_names_settings_that_there_are() -> None:
    for kind in ("client", "transformation", "tag"):
        for name, settings in installed().settings(kind).items():
            fields = settings.model_fields
            assert set(settings.shapes) <= set(fields), name
            assert set(getattr(settings, "sent_to", ())) <= set(fields), name
