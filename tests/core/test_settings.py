"""What components' settings say where they say nothing of their own."""

from __future__ import annotations

from typing import Any

import pytest

from core.settings import ClientSettings, ComponentSettings, Doubt, TagSettings, TransformationSettings

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


@pytest.mark.parametrize(
    ("base", "name", "value", "told"),
    [
        (
            ClientSettings,
            "doubt",
            lambda *_: (),
            r"Own.doubt is nothing that is asked of ClientSettings; did you mean doubts\?",
        ),
        (ClientSettings, "site_id", lambda _: (), "did you mean site_ids"),
        (TransformationSettings, "order", lambda _: 5, "Own.order is read and never called: it must be a value"),
        (TransformationSettings, "takes_out", property(lambda _: "x"), "Own.takes_out is read of the class, too"),
        (TagSettings, "composes", property(lambda _: True), "Own.composes is called: it must be a method"),
    ],
)
def test_what_would_never_be_asked_for_is_refused(base: type[ComponentSettings], name: str, value: object, told: str) -> None:
    with pytest.raises(TypeError, match=told):
        type("Own", (base,), {name: value})


@pytest.mark.filterwarnings("ignore:Field name:UserWarning")
def test_a_setting_may_not_have_the_name_of_what_is_asked() -> None:
    with pytest.raises(TypeError, match=r"Own\.needs is asked of all TagSettings: the setting needs another name"):
        type("Own", (TagSettings,), {"__annotations__": {"needs": list[str]}, "needs": []})


def test_names_of_its_own_are_allowed() -> None:
    made = type("Own", (ClientSettings,), {"__annotations__": {"sites": str}, "sites": "", "guarded": property(lambda _: 1)})
    assert made().guarded == 1
