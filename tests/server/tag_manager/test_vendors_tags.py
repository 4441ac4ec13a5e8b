"""Tags of the gallery's templates for platforms become the platforms' own tags."""

from __future__ import annotations

import pytest

from config import SourceFile, load
from core.registry import installed
from server.tag_manager.templates.vendors import VENDORS
from tests.server.tag_manager.building import importing, tag, template, told, written
from tests.server.tag_manager.vendor_templates import META, NEEDED, added, lists, made, outcome, rows


def test_every_template_is_tried_here() -> None:
    assert {each.lower() for each in NEEDED} == set(VENDORS)


@pytest.mark.parametrize("reference", NEEDED)
def test_the_least_that_is_needed_is_a_live_tag(reference: str) -> None:
    file = made(reference)
    assert file["type"] == VENDORS[reference.lower()].type
    assert "${T_TOKEN}" in file.values()
    assert outcome(reference) == ("imported", [])


@pytest.mark.parametrize("reference", NEEDED)
def test_without_an_id_or_a_credential_it_is_a_comment(reference: str) -> None:
    for name in VENDORS[reference.lower()].needed:
        names = dict.fromkeys(name.split("|"), "")
        status, (reason,) = outcome(reference, **names)
        assert status == "skipped"
        assert reason.endswith("which the export does not have")


@pytest.mark.parametrize("reference", NEEDED)
def test_an_id_that_depends_on_the_event_leaves_a_comment(reference: str) -> None:
    vendor = VENDORS[reference.lower()]
    for name in (each for names in vendor.needed for each in names.split("|")):
        if name in NEEDED[reference]:
            assert outcome(reference, **{name: "{{mail}}"}) == (
                "skipped",
                [f"{name}: it depends on the event, and a plain text is needed"],
            )


@pytest.mark.parametrize("reference", NEEDED)
def test_a_variable_that_is_missing_leaves_a_comment(reference: str) -> None:
    vendor = VENDORS[reference.lower()]
    name = vendor.needed[0].split("|")[0]
    assert outcome(reference, **{name: "{{gone}}"}) == ("skipped", [f"{name}: the export has no variable «gone»"])


@pytest.mark.parametrize("reference", NEEDED)
def test_consent_is_what_was_asked_for_and_no_more(reference: str) -> None:
    usual = VENDORS[reference.lower()].usual_consent
    assert made(reference).get("consent", "default") == ([] if usual else "default")
    required = made(reference, adStorageConsent="required")
    assert required["consent"] == ["ad_storage"]
    assert made(reference, adStorageConsent="optional").get("consent", "default") == ([] if usual else "default")


@pytest.mark.parametrize("reference", NEEDED)
def test_the_consent_that_the_tag_needs_comes_to_that(reference: str) -> None:
    types = {"type": "LIST", "list": [{"value": "ad_storage"}, {"value": "ad_user_data"}]}
    settings = {"consentStatus": "NEEDED", "consentType": types}
    file = written(**lists(reference, {"adStorageConsent": "required"}, consentSettings=settings))["tags"]["t"]
    usual = VENDORS[reference.lower()].usual_consent
    assert file.get("consent") == (None if usual else ["ad_storage", "ad_user_data"])


@pytest.mark.parametrize("reference", NEEDED)
def test_what_is_not_in_its_table_is_named(reference: str) -> None:
    status, reasons = outcome(reference, someNewSetting="full", aFlag=True, offFlag=False, empty="", logType="always")
    assert (status, reasons) == ("approximated", ["someNewSetting has no counterpart", "aFlag has no counterpart"])


@pytest.mark.parametrize("reference", NEEDED)
def test_rows_without_a_counterpart_are_named_and_the_others_stay(reference: str) -> None:
    for table, targets in VENDORS[reference.lower()].rows.items():
        known = [name for name in targets if name != "*"][:1]
        found = outcome(reference, **{table: rows(**dict.fromkeys(known, "{{mail}}"), some_new_row="1")})
        assert found == (("imported", []) if "*" in targets else ("approximated", ["some_new_row has no counterpart"]))
        for name in known:
            assert added(reference, **{table: rows(**{name: "{{mail}}"})}) == {
                targets[name]: "{{ event.user_data.email_address }}"
            }


@pytest.mark.parametrize("reference", NEEDED)
def test_a_row_without_a_translation_is_left_out(reference: str) -> None:
    for table, targets in VENDORS[reference.lower()].rows.items():
        name = next(iter(targets)) if "*" not in targets else "a"
        status, reasons = outcome(reference, **{table: rows(**{name: "{{gone}}"})})
        assert (status, reasons) == ("approximated", [f"{name} is left out: the export has no variable «gone»"])


@pytest.mark.parametrize("reference", NEEDED)
def test_every_row_of_every_table_passes_the_check(reference: str) -> None:
    vendor = VENDORS[reference.lower()]
    tables = {table: rows(**{name: "{{mail}}" for name in targets if name != "*"}) for table, targets in vendor.rows.items()}
    direct = dict.fromkeys(vendor.direct, "{{mail}}")
    text = importing(**lists(reference, {**tables, **direct})).text
    loaded = load([SourceFile("f.yaml", text.encode())], registry=installed(), environ={}, read=lambda _: b"", serve=False)
    assert [each.message for each in loaded.problems if each.severity == "error"] == []
    assert "  t:\n" in text


def test_an_id_that_the_tag_does_not_take_leaves_a_comment_with_the_checks_words() -> None:
    status, (reason,) = outcome(META, pixelId="PIXEL_HERE")
    assert status == "skipped"
    assert reason.startswith("pixel_id: ")


def test_x_needs_a_token_that_its_template_did_not_have() -> None:
    made = importing(
        tag=[tag("X", {"pixelId": "o8z6j", "consumerSecret": "abcdef1"}, "cvt_1_90")],
        customTemplate=[template("Twitter Conversion API", "stape-io/twitter-tag")],
    )
    assert told(made, "tag") == [("skipped", "x", ["x needs the pixel's own token, which the export does not have"])]
    assert "#  type: x\n" in made.text
    assert 'consumerSecret: "${X_CONSUMERSECRET}"' in made.text
