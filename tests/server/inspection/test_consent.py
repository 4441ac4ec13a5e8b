"""Consent in words, as the page of a request has it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from server.inspection.consent import ConsentShown, consent
from server.inspection.look import Look
from tests.server.inspection.conftest import Desk

FILE = """
clients:
  web: {type: ga4, measurement_ids: [G-ABC1234567]}
  backend: {type: measurement_protocol, api_secrets: [canary-secret]}
consent:
  ad_storage: "{{ event.marketing }}"
  analytics_storage: granted
tags:
  log: {type: log, file: events.jsonl}
  ads: {type: log, file: ads.jsonl, consent: [ad_storage, ad_user_data]}
"""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, FILE, {})


def of_hit(desk: Desk, query: str = "", headers: tuple[tuple[str, str], ...] = ()) -> ConsentShown:
    look = Look(desk.met(desk.request(f"v=2&tid=G-ABC1234567&cid=1.2&en=a{query}", headers=headers)), 0)
    return consent(look, 0, look.event(0))


def said(shown: ConsentShown, name: str) -> list[str]:
    return next(each["words"] for each in shown["said"] if each["name"] == name)


@pytest.mark.parametrize(
    ("gcs", "words"),
    [
        ("G100", ["ad_storage is denied", "analytics_storage is denied"]),
        ("G111", ["ad_storage is granted", "analytics_storage is granted"]),
        ("G1-1", ["ad_storage is unset", "analytics_storage is granted"]),
        ("G1", ["is no gcs that is known here: it says nothing"]),
        ("<script>", ["is no gcs that is known here: it says nothing"]),
    ],
)
def test_gcs_is_told_in_words(desk: Desk, gcs: str, words: list[str]) -> None:
    assert said(of_hit(desk, f"&gcs={gcs}"), "gcs") == words


CHOSEN = " by the visitor’s choice; the page’s default was denied"


@pytest.mark.parametrize(
    ("gcd", "words"),
    [
        (
            "13r3r3r3r5l1",
            [
                *(
                    f"{kind} is granted{CHOSEN}"
                    for kind in ("ad_storage", "analytics_storage", "ad_user_data", "ad_personalization")
                ),
                "consent mode is active on the page",
            ],
        ),
        (
            "13p3p3p3p5l1",
            [
                f"{kind} is denied by the page’s default; the visitor has not chosen"
                for kind in ("ad_storage", "analytics_storage", "ad_user_data", "ad_personalization")
            ],
        ),
        (
            "13l3l3l3l1l1",
            [
                f"{kind} is granted, as is implied"
                for kind in ("ad_storage", "analytics_storage", "ad_user_data", "ad_personalization")
            ],
        ),
        ("13r3", ["is no gcd that is known here: it says nothing"]),
    ],
)
def test_gcd_is_told_type_by_type(desk: Desk, gcd: str, words: list[str]) -> None:
    assert said(of_hit(desk, f"&gcd={gcd}"), "gcd")[: len(words)] == words


def types(shown: ConsentShown) -> dict[str, tuple[str, str, bool]]:
    return {each["type"]: (each["hit"], each["state"], each["filled"]) for each in shown["types"]}


def test_what_the_file_fills_in_is_told_apart_from_what_the_hit_says(desk: Desk) -> None:
    assert types(of_hit(desk, "&ep.marketing=denied")) == {
        "ad_storage": ("unset", "denied", True),
        "analytics_storage": ("unset", "granted", True),
        "ad_user_data": ("unset", "unset", False),
        "ad_personalization": ("unset", "unset", False),
    }
    assert types(of_hit(desk, "&ep.marketing=denied&gcs=G110"))["ad_storage"] == ("granted", "granted", False)
    assert types(of_hit(desk))["ad_storage"] == ("unset", "unset", False)
    assert [each["fill"] for each in of_hit(desk)["types"]] == ["{{ event.marketing }}", "granted", "", ""]


def test_each_tag_says_what_it_asks_for_and_whether_that_held_it_back(desk: Desk) -> None:
    granted, denied = of_hit(desk, "&gcd=13r3r3r3r5l1")["tags"], of_hit(desk, "&gcs=G110")["tags"]
    assert granted == [
        {"tag": "log", "needs": [], "held": False},
        {
            "tag": "ads",
            "needs": [
                {"type": "ad_storage", "state": "granted", "suffices": True},
                {"type": "ad_user_data", "state": "granted", "suffices": True},
            ],
            "held": False,
        },
    ]
    assert (denied[0]["held"], denied[1]["held"]) == (False, True)
    assert [need["suffices"] for need in denied[1]["needs"]] == [True, False]


@pytest.mark.parametrize(
    ("query", "headers", "words"),
    [
        ("", (), ""),
        ("", (("sec-gpc", "1"),), "the header Sec-GPC: 1"),
        ("", (("sec-gpc", "0"),), ""),
        ("&gcd=13r3r3r3r8l1", (), "gcd"),
        ("&gcd=13r3r3r3r8l1", (("sec-gpc", "1"),), "the header Sec-GPC: 1 and gcd"),
    ],
)
def test_global_privacy_control_is_told_with_where_it_was_read(desk: Desk, query: str, headers: Any, words: str) -> None:
    assert of_hit(desk, query, headers)["opted_out"] == words


def test_what_a_back_end_says_of_consent_is_told_too(desk: Desk) -> None:
    body = {"client_id": "1.2", "consent": {"ad_user_data": "DENIED", "ad_personalization": "GRANTED"}, "events": [{"name": "a"}]}
    query = "measurement_id=G-ABC1234567&api_secret=canary-secret"
    look = Look(desk.met(desk.request(query, json.dumps(body).encode(), path="/mp/collect")), 0)
    shown = consent(look, 0, look.event(0))
    assert said(shown, "consent") == ["ad_user_data is DENIED", "ad_personalization is GRANTED"]
    assert types(shown)["ad_user_data"] == ("denied", "denied", False)


def test_a_hit_without_a_word_of_it_says_nothing(desk: Desk) -> None:
    assert of_hit(desk)["said"] == []
