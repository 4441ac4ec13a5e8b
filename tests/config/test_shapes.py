"""Ids that no hit, script or vendor has, and placeholders, are told where they stand; right ones are not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from config import SourceFile, load
from core.registry import installed

STREAM = "the id of a GA4 stream or a Google tag, such as G-ABC1234567 or AW-123456789"
STREAM_OR_APP = "the id of a GA4 stream or of an app in Firebase, such as G-ABC1234567 or 1:234567:android:1a2b3c"
STREAM_OR_PROPERTY = "the id of a property or of a GA4 stream, such as UA-12345-1 or G-ABC1234567"
TAG_OR_CONTAINER = "the id of a container or a Google tag, such as GTM-ABC123, G-ABC1234567 or AW-123456789"
SECRETS = {"TOKEN": "x", "KEY": json.dumps({"client_email": "robot@project.example", "private_key": "PEM"})}
OWN_TOKEN = 'access_token: "${TOKEN}"'


def said(text: str) -> list[str]:
    """What is said of ids in this file, each with its place."""
    source = SourceFile("a.yaml", text.encode())
    loaded = load([source], registry=installed(), environ=SECRETS, read=lambda _: b"", serve=True)
    assert loaded.settings is not None, loaded.problems
    of_ids = [each for each in loaded.problems if "look like" in each.message or "placeholder" in each.message]
    return [f"{each.line}:{each.column} {each.path}: {each.message}" for each in of_ids]


def one_client(type: str, more: str = "", setting: str = "measurement_ids") -> Any:
    return lambda given: said(f'clients:\n  c:\n    type: {type}\n    {setting}: ["{given}"]\n{more}tags: {{log: }}\n')


CLIENTS = {
    "ga4": (one_client("ga4"), STREAM),
    "measurement_protocol": (one_client("measurement_protocol", '    api_secrets: "${TOKEN}"\n'), STREAM_OR_APP),
    "universal_analytics": (one_client("universal_analytics"), STREAM_OR_PROPERTY),
    "google_scripts": (one_client("google_scripts", setting="ids"), TAG_OR_CONTAINER),
}


@pytest.mark.parametrize(
    ("type", "right"),
    [
        ("ga4", ["G-ABC1234567", "GT-ABCXXX", "AW-123456789", "DC-1234567"]),
        ("measurement_protocol", ["G-ABC1234567", "1:1234567890:android:321abc456def7890", "1:1234567890:ios:321abc456def7890"]),
        ("universal_analytics", ["UA-12345-1", "UA-1-12", "G-ABC1234567"]),
        (
            "google_scripts",
            ["G-ABC1234567", "GT-ABC123", "GTM-ABC123", "AW-123456789", "DC-1234567", "UA-12345-1", "MC-ABC123", "HA-12345"],
        ),
    ],
)
def test_a_right_id_stays_quiet(type: str, right: list[str]) -> None:
    check, _ = CLIENTS[type]
    assert [told for id in right for told in check(id)] == []


@pytest.mark.parametrize(
    ("type", "wrong"),
    [
        ("ga4", ["UA-12345-1", "GTM-ABC123", "g-abc1234567", "G-ABC 1234567", "AW-CONVERSION_ID"]),
        ("measurement_protocol", ["UA-12345-1", "GTM-ABC123", "com.example.app", "1:1234567890:android", "1234567890"]),
        ("universal_analytics", ["UA-12345", "ua-12345-1", "12345-1", "GTM-ABC123", "UA-12345-1-1"]),
        (
            "google_scripts",
            ["ABC1234567", "gtm-abc123", "GTM_ABC123", "GTM-ABC-123", "AW-CONVERSION_ID", "UA-12345", "123456789"],
        ),
    ],
)
def test_an_id_of_another_shape_is_told_with_one_that_is_right(type: str, wrong: list[str]) -> None:
    check, wanted = CLIENTS[type]
    setting = "ids" if type == "google_scripts" else "measurement_ids"
    column = len(f"    {setting}: [") + 1
    assert [check(id) for id in wrong] == [[f"4:{column} clients.c.{setting}[0]: does not look like {wanted}"]] * len(wrong)


@pytest.mark.parametrize(
    ("type", "placeholder"),
    [
        ("ga4", "G-XXXXXXXXXX"),
        ("ga4", "G-YOUR_ID"),
        ("measurement_protocol", "1:000000000000:android:1a2b3c"),
        ("universal_analytics", "UA-XXXXX-Y"),
        ("universal_analytics", "UA-000000-1"),
        ("google_scripts", "GTM-XXXX"),
        ("google_scripts", "AW-000000000"),
    ],
)
def test_a_placeholder_is_told_with_what_belongs_there(type: str, placeholder: str) -> None:
    check, wanted = CLIENTS[type]
    (told,) = check(placeholder)
    assert told.endswith(f"is a placeholder; put yours in its place: {wanted}")


def test_of_paths_of_scripts_the_keys_are_ids() -> None:
    paths = "    paths:\n      GTM-ABC123: /a.js\n      gtm-other: /b.js\n"
    (told,) = said(f"clients:\n  c:\n    type: google_scripts\n{paths}tags: {{log: }}\n")
    assert told == f"6:7 clients.c.paths.gtm-other: does not look like {TAG_OR_CONTAINER}"


def test_an_id_that_follows_from_another_client_is_told_there_alone() -> None:
    others = "  scripts: {type: google_scripts}\n  backend: {type: measurement_protocol}\n  old: {type: universal_analytics}\n"
    (told,) = said(f"clients:\n  web:\n    type: ga4\n    measurement_ids: g-abc1234567\n{others}tags: {{log: }}\n")
    assert told == f"4:22 clients.web.measurement_ids: does not look like {STREAM}"


@pytest.mark.parametrize(
    ("id", "doubtful"),
    [
        ("G-ABC1234567", ""),
        ('"{{ event.stream }}"', ""),
        ("G-abc1234567", "does not look like"),
        ("G-XXXXXXXXXX", "is a placeholder"),
    ],
)
def test_the_id_that_a_tag_for_ga4_names_is_one_of_a_stream(id: str, doubtful: str) -> None:
    told = said(f"clients: {{ga4: {{measurement_ids: G-ABC1234567}}}}\ntags:\n  ga4:\n    measurement_id: {id}\n")
    assert [each.startswith(f"4:21 tags.ga4.measurement_id: {doubtful}") for each in told] == ([True] if doubtful else [])


def vendor(settings: str) -> list[str]:
    rest = "clients: {ga4: {measurement_ids: G-ABC1234567}}\ntriggers: {bought: {event: purchase}}\n"
    return said(f"tags:\n  ads: {{triggers: bought, {settings}}}\n{rest}")


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        (
            "type: tiktok, pixel_code: C123EXAMPLE456",
            "type: tiktok, pixel_code: c123example456",
            "does not look like a pixel's ID",
        ),
        (
            "type: snapchat, pixel_id: 6a1f0b2c-3d4e-4f50-8a6b-7c8d9e0f1a2b",
            "type: snapchat, pixel_id: 6a1f0b2c3d4e",
            "does not look like a Snap Pixel's id",
        ),
        ("type: reddit, pixel_id: a2_example", "type: reddit, pixel_id: example", "does not look like a Reddit pixel's id"),
        ("type: meta, pixel_id: '123456789012345'", "type: meta, pixel_id: '000000000000000'", "is a placeholder"),
        ("type: pinterest, ad_account_id: '549755885175'", "type: pinterest, ad_account_id: '000000000000'", "is a placeholder"),
        ("type: linkedin, conversion_rule_id: '23456'", "type: linkedin, conversion_rule_id: '000000'", "is a placeholder"),
        ("type: microsoft_ads, uet_tag_id: '187012345'", "type: microsoft_ads, uet_tag_id: '000000000'", "is a placeholder"),
    ],
)
def test_an_id_of_a_vendor_is_told(right: str, wrong: str, told: str) -> None:
    assert vendor(f"{OWN_TOKEN}, {right}") == []
    (found,) = vendor(f"{OWN_TOKEN}, {wrong}")
    assert told in found


def test_placeholders_of_x_and_umami_are_told() -> None:
    x = 'type: x, pixel_token: "${TOKEN}"'
    assert vendor(f"{x}, pixel_id: o8z6j, event_id: tw-o8z6j-o8z21") == vendor(f"{x}, pixel_id: o8z6j, event_id: o8z21") == []
    assert [each.split()[1] for each in vendor(f"{x}, pixel_id: xxxxx, event_id: tw-xxxxx-xxxxx")] == [
        "tags.ads.pixel_id:",
        "tags.ads.event_id:",
    ]
    assert vendor("type: umami, website_id: b59e9c65-0000-4000-8000-1c2d3e4f5a6b") == []
    (told,) = vendor("type: umami, website_id: 00000000-0000-0000-0000-000000000000")
    assert "is a placeholder" in told


@pytest.mark.parametrize(
    ("account", "doubtful"),
    [
        ("{id: 123-456-7890}", False),
        ("{id: '1234567890'}", False),
        ("{id: '12345', type: GOOGLE_ANALYTICS_PROPERTY}", False),
        ("{id: '123456789'}", True),
        ("{id: '000-000-0000'}", True),
    ],
)
@pytest.mark.parametrize("which", ["operating_account", "login_account"])
def test_an_account_of_google_ads_has_ten_digits(which: str, account: str, doubtful: bool) -> None:
    accounts = {"operating_account": "{id: 123-456-7890}", which: account}
    given = ", ".join(f"{name}: {value}" for name, value in accounts.items())
    told = vendor(f'type: google_ads, conversion_action_id: "987654321", service_account: "${{KEY}}", {given}')
    wanted = f"tags.ads.{which}.id: does not look like an account of Google Ads: ten digits, such as 123-456-7890"
    assert [each.split(" ", 1)[1] for each in told] == ([wanted] if doubtful else [])
