"""Which scripts are served where the file does not say."""

from __future__ import annotations

from typing import Any

import pytest

from config import Loaded, Source, load
from core.registry import installed


def loaded(clients: str) -> Loaded:
    text = f"clients: {{{clients}}}\ntags: {{log: {{}}}}\n"
    return load([Source("a.yaml", text.encode())], registry=installed(), environ={}, read=lambda _: b"", serve=False)


def ids(clients: str, name: str = "google_scripts") -> list[str]:
    found = loaded(clients).settings
    assert found is not None
    settings: Any = found.clients[name].settings
    listed: list[str] = settings.ids
    return listed


@pytest.mark.parametrize(
    ("clients", "listed"),
    [
        ("google_scripts: {}, ga4: {measurement_ids: [G-1, G-2]}", ["G-1", "G-2"]),
        ("ga4: {measurement_ids: [G-2]}, app: {type: ga4, measurement_ids: [G-1, G-2]}, google_scripts: {}", ["G-2", "G-1"]),
        ("google_scripts: {ids: GTM-1}, ga4: {measurement_ids: [G-1]}", ["GTM-1"]),
        ("google_scripts: {paths: {GTM-1: /m.js}}, ga4: {measurement_ids: [G-1]}", ["G-1"]),
        ("google_scripts: {}, measurement_protocol: {measurement_ids: [G-1]}", []),
    ],
)
def test_the_ids_are_those_of_the_ga4_clients(clients: str, listed: list[str]) -> None:
    assert ids(clients) == listed


def test_of_two_each_has_its_own() -> None:
    clients = "ga4: {measurement_ids: G-1}, one: {type: google_scripts}, two: {type: google_scripts, ids: GTM-2}"
    assert (ids(clients, "one"), ids(clients, "two")) == (["G-1"], ["GTM-2"])


@pytest.mark.parametrize(
    ("clients", "warns"),
    [
        ("ga4: {}, google_scripts: {}", True),
        ("ga4: {}, google_scripts: {ids: GTM-1}", False),
        ("ga4: {}, google_scripts: {paths: {GTM-1: /m.js}}", False),
        ("ga4: {measurement_ids: G-1}, google_scripts: {}", False),
    ],
)
def test_a_client_that_serves_nothing_is_warned_about(clients: str, warns: bool) -> None:
    assert any("serves no script" in problem.message for problem in loaded(clients).problems) is warns
