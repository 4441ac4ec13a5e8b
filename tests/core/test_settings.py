"""What components' settings say where they say nothing of their own."""

from __future__ import annotations

from typing import Any

import pytest

from core.settings import ClientSettings, Doubt, TagSettings, TransformationSettings

EMPTY: Any = None
"""No file: the defaults don't look at it."""


@pytest.mark.parametrize("model", [ClientSettings, TransformationSettings, TagSettings])
def test_by_default_they_doubt_nothing_and_derive_nothing(model: type[Any]) -> None:
    settings = model()
    assert (*settings.doubts(EMPTY), *settings.site_ids()) == ()
    assert settings.derived(EMPTY) is settings
    assert model.shown_first is False


def test_a_client_needs_nothing_of_pages_and_names_nothing() -> None:
    client = ClientSettings()
    assert not client.page_sources("https://data.example.com")
    assert not [*client.written_paths(), *client.script_hosts(), *client.written_origins(), *client.claimed_ids()]
    assert client.cookie_domain() == client.first_request() == ""


def test_a_tag_sends_the_event_and_needs_nothing_of_it() -> None:
    assert not TagSettings().composes()
    assert TagSettings.needs == ()


def test_a_doubt_of_settings_within_others_is_told_from_theirs() -> None:
    assert Doubt(("domain",), "why", at_value=True).below("cookies", 0) == Doubt(("cookies", 0, "domain"), "why", at_value=True)
