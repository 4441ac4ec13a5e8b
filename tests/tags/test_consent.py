"""What visitors have granted: tags of advertising platforms fire for nothing else, and each says why it does not."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner

from core.component import Tag, TagExample
from core.registry import Registry, installed
from server.cli.main import main
from tests.tags.test_explained import KEY
from wire.conversions.settings import AdvertisingSettings

STATES: Final = ("granted", "denied", "unset")
DATA: Final = frozenset({"ga4", "log", "http_request"})
"""Tags that are told by their file what consent they ask for."""


def kinds() -> Iterator[tuple[str, type[Tag]]]:
    """Every tag that comes with the product."""
    registry = Registry(installed())
    for type in sorted(registry.types("tag")):
        entry = registry.find("tag", type)
        assert entry is not None
        component = entry.load()
        assert issubclass(component, Tag)
        yield type, component


ALL: Final = dict(kinds())
ADVERTISING: Final = [type for type, kind in ALL.items() if issubclass(kind.Settings, AdvertisingSettings)]
OTHERS: Final = [type for type in ALL if type not in ADVERTISING and type not in DATA]


def test_these_are_the_advertising_platforms() -> None:
    assert set(ADVERTISING) == {
        "google_ads", "klaviyo", "linkedin", "meta", "microsoft_ads", "pinterest", "reddit", "snapchat", "tiktok", "x",
    }  # fmt: skip


def told(folder: Path, type: str, states: Mapping[str, str], **settings: Any) -> tuple[bool, str]:
    """Whether the example of this tag fires where this is known of consent, and why not."""
    example = ALL[type].examples[0]
    assert isinstance(example, TagExample)
    given = {**example.settings, **settings}
    if "service_account" in given:
        given["service_account"] = KEY
    file = folder / "container.yaml"
    consent = {name: state for name, state in states.items() if state != "unset"}
    tags = {"it": {"type": type, **given}}
    clients = {"ga4": {"measurement_ids": ["G-ABC1234567"]}}
    file.write_text(json.dumps({"clients": clients, "consent": consent, "tags": tags}))
    result = CliRunner().invoke(main, ["explain", str(file), "--event", json.dumps(example.event), "--json"])
    assert result.exit_code == 0, result.output
    [found] = json.loads(result.stdout.splitlines()[-1])["events"]
    return found["tags"]["it"]["fired"], found["tags"]["it"]["why"] or ""


@pytest.mark.parametrize(("storage", "data"), [*itertools.product(STATES, repeat=2)])
@pytest.mark.parametrize("type", ADVERTISING)
def test_an_advertising_platform_gets_what_both_are_granted_for_and_nothing_else(
    type: str, storage: str, data: str, tmp_path: Path
) -> None:
    fired, why = told(tmp_path, type, {"ad_storage": storage, "ad_user_data": data})
    lacking = {f"consent {name} is {state}" for name, state in (("ad_storage", storage), ("ad_user_data", data))}
    assert fired == (storage == data == "granted")
    assert fired or why in {each for each in lacking if not each.endswith("granted")}


@pytest.mark.parametrize("type", ADVERTISING)
def test_whoever_asks_for_consent_elsewhere_switches_that_off(type: str, tmp_path: Path) -> None:
    assert told(tmp_path, type, {"ad_storage": "denied", "ad_user_data": "denied"}, consent=[])[0]


@pytest.mark.parametrize("type", OTHERS)
def test_tags_for_data_ask_for_what_their_file_says(type: str, tmp_path: Path) -> None:
    denied = {"ad_storage": "denied", "ad_user_data": "denied"}
    assert told(tmp_path, type, denied)[0]
    fired, why = told(tmp_path, type, denied, consent=["ad_user_data"])
    assert not fired
    assert why == "consent ad_user_data is denied"


@pytest.mark.parametrize(("storage", "data"), [*itertools.product(STATES, repeat=2)])
@pytest.mark.parametrize("asked", [[], ["ad_storage"], ["ad_storage", "ad_user_data"]])
def test_a_request_of_one_s_own_asks_for_what_its_file_says_and_for_nothing_else(
    asked: list[str], storage: str, data: str, tmp_path: Path
) -> None:
    states = {"ad_storage": storage, "ad_user_data": data}
    for more in ({}, {"batch": {"wrap": {"data": "{{ rows }}"}}, "success": "answer.code == 0"}):
        fired, why = told(tmp_path, "http_request", states, consent=asked, **more)
        lacking = [f"consent {name} is {states[name]}" for name in asked if states[name] != "granted"]
        assert fired == (not lacking)
        assert fired or why == lacking[0]
