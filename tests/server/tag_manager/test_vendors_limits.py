"""Settings of vendors' templates that limit what leaves: each is kept, or the tag is paused."""

from __future__ import annotations

import pytest

from server.tag_manager.templates.vendors import VENDORS
from tests.server.tag_manager.building import written
from tests.server.tag_manager.vendor_templates import META, NEEDED, lists, made, outcome, rows


@pytest.mark.parametrize("reference", NEEDED)
def test_every_setting_that_limits_the_use_of_data_is_kept_or_nothing_leaves(reference: str) -> None:
    for name, setting in VENDORS[reference.lower()].limits.items():
        lost = written(**lists(reference, {name: "{{mail}}"}))["tags"]["t"]
        assert lost["paused"] is True
        assert outcome(reference, **{name: "{{mail}}"}) == ("approximated", [f"{name} cannot be kept: paused"])
        assert "paused" not in made(reference, **{name: ""})
        key, _, kind = setting.partition(":")
        values = {"list": ('["LDU"]', ["LDU"]), "flag": ("true", True), "number": ("1", 1), "": ("US", "US")}
        if kind != "never":
            written_as, read_as = values[kind]
            assert made(reference, **{name: written_as})[key] == read_as


@pytest.mark.parametrize("value", ["LDU", '["LDU"]', ' [ "LDU" ] '])
def test_a_list_of_options_is_read_in_both_forms(value: str) -> None:
    settings = made(META, serverEventDataList=rows(data_processing_options=value))
    assert settings["data_processing_options"] == ["LDU"]
    assert "parameters" not in settings


@pytest.mark.parametrize(("value", "paused"), [("true", True), ("1", True), ("{{mail}}", True), ("false", None), ("", None)])
def test_an_opt_out_that_meta_has_no_setting_for_pauses(value: str, paused: bool | None) -> None:
    assert made(META, serverEventDataList=rows(opt_out=value)).get("paused") is paused


def test_templates_that_name_what_they_send_send_nothing_else_of_a_person() -> None:
    assert "user_data" in made("tiktok/gtm-template-eapi")["parameters"]["exclude"]
    assert "user_data" not in made("stape-io/klaviyo-tag")["parameters"]["include"]
    assert made("stape-io/mixpanel-tag")["parameters"]["include"][:3] == ["event_id", "client_id", "user_id"]
    assert "parameters" not in made(META)


@pytest.mark.parametrize("reference", ["stape-io/pinterest-tag", "pinterest/ss-gtm-template", "stape-io/snapchat-tag"])
def test_a_tag_that_may_be_a_mere_test_is_paused(reference: str) -> None:
    assert made(reference, testMode="{{mail}}")["paused"] is True
    assert outcome(reference, testMode="{{mail}}") == ("approximated", ["testMode depends on a variable: paused"])
    assert "paused" not in made(reference, testMode=True)
