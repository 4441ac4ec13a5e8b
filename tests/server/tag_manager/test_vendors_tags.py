"""Tags of the gallery's templates for platforms become the platforms' own tags."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from config import SourceFile, load
from core.registry import installed
from server.tag_manager.templates.vendors import VENDORS
from tests.server.tag_manager.building import constant, event_data, importing, tag, template, told, written

TOKEN = constant("t - token", "EAAInventedNotReal0123456789")
MAIL = event_data("mail", "user_data.email_address")
META = "stape-io/facebook-tag"
OFFICIAL = "facebookincubator/ConversionsAPI-Tag-for-GoogleTagManager"
NEEDED: dict[str, dict[str, Any]] = {
    META: {"pixelId": "100000000000001", "accessToken": "{{t - token}}"},
    OFFICIAL: {"pixelId": "100000000000001", "apiAccessToken": "{{t - token}}"},
    "stape-io/tiktok-tag": {"pixelId": "C0PIXEL", "accessToken": "{{t - token}}", "eventType": "inherit"},
    "tiktok/gtm-template-eapi": {"pixel_code": "C0PIXEL", "access_token": "{{t - token}}"},
    "stape-io/pinterest-tag": {"advertiserId": "549000000001", "apiAccessToken": "{{t - token}}", "eventType": "inherit"},
    "pinterest/ss-gtm-template": {"advertiserId": "549000000001", "apiAccessToken": "{{t - token}}"},
    "stape-io/snapchat-tag": {"pixelId": "7a1f0b2c-3d4e", "accessToken": "{{t - token}}", "eventType": "inherit"},
    "stape-io/reddit-tag": {"pixelId": "a2_x", "accessToken": "{{t - token}}", "eventType": "inherit"},
    "stape-io/microsoft-capi-tag": {"uetTagId": "187000001", "authToken": "{{t - token}}", "eventTypeSetupMethod": "inherit"},
    "stape-io/linkedin-tag": {"conversionRuleUrn": "104012", "accessToken": "{{t - token}}"},
    "stape-io/klaviyo-tag": {"apiKey": "{{t - token}}", "type": "event", "event": "Placed Order"},
    "stape-io/mixpanel-tag": {"token": "{{t - token}}", "type": "track", "trackName": "order"},
}
"""By template, the least that its tag is made of."""
KNOWN_BY = {META: "5TP8W", "stape-io/tiktok-tag": "K8M24", OFFICIAL: "NCN6S", "stape-io/klaviyo-tag": "MQ7RL"}


def lists(reference: str, values: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """An export with a tag of this template."""
    return {
        "tag": [tag("T", {**NEEDED[reference], **values}, "cvt_1_90", **fields)],
        "variable": [TOKEN, MAIL],
        "customTemplate": [template("A Template", reference)],
    }


def made(reference: str, **values: Any) -> Any:
    """The tag in the file."""
    return written(**lists(reference, values))["tags"]["t"]


def outcome(reference: str, **values: Any) -> Any:
    """Its status and reasons."""
    ((status, _, reasons),) = told(importing(**lists(reference, values)), "tag")
    return status, reasons


def rows(**pairs: str) -> list[dict[str, str]]:
    """A table of names and values."""
    return [{"name": name, "value": value} for name, value in pairs.items()]


def added(reference: str, **values: Any) -> Any:
    """What the tag sets on the way out."""
    return made(reference, **values).get("parameters", {}).get("set", {})


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


@pytest.mark.parametrize(
    ("reference", "values", "expected"),
    [
        (META, {}, None),
        (META, {"inheritEventName": "inherit", "eventName": "standard", "eventNameStandard": "Lead"}, None),
        (META, {"inheritEventName": "override", "eventName": "standard", "eventNameStandard": "Lead"}, "Lead"),
        (META, {"inheritEventName": "override", "eventName": "custom", "eventNameCustom": "Big"}, "Big"),
        (
            META,
            {"inheritEventName": "override", "eventName": "custom", "eventNameCustom": "a {{mail}}"},
            "a {{ event.user_data.email_address }}",
        ),
        (META, {"inheritEventName": "override", "eventName": "custom", "eventNameCustom": ""}, None),
        (OFFICIAL, {}, None),
        ("stape-io/tiktok-tag", {"eventType": "standard", "eventName": "AddToCart"}, "AddToCart"),
        ("stape-io/tiktok-tag", {"eventType": "custom", "eventNameCustom": "Big"}, "Big"),
        ("stape-io/tiktok-tag", {"eventType": "inherit", "eventName": "AddToCart"}, None),
        ("stape-io/tiktok-tag", {"eventType": "", "eventName": "AddToCart"}, "AddToCart"),
        ("tiktok/gtm-template-eapi", {"event": "CompletePayment"}, "CompletePayment"),
        ("tiktok/gtm-template-eapi", {"event": "{{Event Name}}"}, "{{ event.event_name }}"),
        ("stape-io/pinterest-tag", {"eventType": "standard", "eventNameStandard": "checkout"}, "checkout"),
        ("stape-io/pinterest-tag", {"eventType": "custom", "eventNameCustom": "big"}, "big"),
        ("pinterest/ss-gtm-template", {"eventName": "inherit", "eventNameStandard": "lead"}, None),
        ("pinterest/ss-gtm-template", {"eventName": "pinterestEventName", "eventNameStandard": "lead"}, "lead"),
        ("stape-io/snapchat-tag", {"eventType": "standard", "eventNameStandard": "PURCHASE"}, "PURCHASE"),
        ("stape-io/snapchat-tag", {"eventType": "custom", "eventNameCustom": "BIG"}, "BIG"),
        ("stape-io/reddit-tag", {"eventType": "standard", "eventName": "LEAD"}, "LEAD"),
        ("stape-io/reddit-tag", {"eventType": "custom", "eventNameCustom": "Big"}, "Big"),
        ("stape-io/microsoft-capi-tag", {"eventTypeSetupMethod": "standard", "eventType": "pageLoad"}, "pageLoad"),
        (
            "stape-io/microsoft-capi-tag",
            {"eventTypeSetupMethod": "standard", "eventType": "custom", "customEventEventName": "big"},
            "big",
        ),
        ("stape-io/microsoft-capi-tag", {"eventTypeSetupMethod": "standard", "eventType": "custom"}, None),
        ("stape-io/microsoft-capi-tag", {"eventTypeSetupMethod": "inherit", "eventType": "pageLoad"}, None),
        ("stape-io/linkedin-tag", {}, None),
        ("stape-io/klaviyo-tag", {"type": "event", "event": "Viewed"}, "Viewed"),
        ("stape-io/klaviyo-tag", {"type": "active_on_site"}, "page_view"),
        ("stape-io/mixpanel-tag", {"trackName": "{{Event Name}}"}, "{{ event.event_name }}"),
    ],
)
def test_names_of_events(reference: str, values: dict[str, Any], expected: str | None) -> None:
    assert made(reference, **values).get("event_name") == expected


@pytest.mark.parametrize(
    ("reference", "values", "parameter"),
    [
        (META, {"inheritEventName": "override", "eventName": "custom", "eventNameCustom": "{{gone}}"}, "eventNameCustom"),
        ("stape-io/tiktok-tag", {"eventType": "custom", "eventNameCustom": "{{gone}}"}, "eventNameCustom"),
        ("stape-io/klaviyo-tag", {"event": "{{gone}}"}, "event"),
        ("stape-io/mixpanel-tag", {"trackName": "{{gone}}"}, "trackName"),
    ],
)
def test_an_event_whose_name_is_lost_does_not_leave_under_another(reference: str, values: dict[str, Any], parameter: str) -> None:
    assert outcome(reference, **values) == ("skipped", [f"{parameter}: the export has no variable «gone»"])


@pytest.mark.parametrize(
    ("reference", "values", "expected"),
    [
        (META, {"testId": "TEST1"}, {"test": "TEST1"}),
        (META, {"actionSource": "app"}, {"action_source": "app"}),
        (META, {"actionSource": "website"}, {}),
        (
            OFFICIAL,
            {"testEventCode": "TEST2", "actionSource": "physical_store"},
            {"test": "TEST2", "action_source": "physical_store"},
        ),
        ("stape-io/tiktok-tag", {"testEventCode": "TEST3", "eventSource": "app"}, {"test": "TEST3", "event_source": "app"}),
        ("stape-io/tiktok-tag", {"limitedDataUse": True}, {"limited_data_use": True}),
        ("stape-io/tiktok-tag", {"limitedDataUse": False}, {}),
        ("stape-io/pinterest-tag", {"testMode": True, "actionSource": "offline"}, {"test": True, "action_source": "offline"}),
        ("stape-io/pinterest-tag", {"testMode": False}, {}),
        ("stape-io/snapchat-tag", {"eventConversionType": "MOBILE_APP"}, {"action_source": "MOBILE_APP"}),
        ("stape-io/snapchat-tag", {"eventConversionType": "WEB"}, {}),
        ("stape-io/reddit-tag", {"testId": "t-1"}, {"test": "t-1"}),
        ("stape-io/linkedin-tag", {"conversionRuleUrn": "urn:lla:llaPartnerConversion:7"}, {"conversion_rule_id": "7"}),
        ("stape-io/klaviyo-tag", {"type": "active_on_site"}, {"active_on_site": True}),
        ("stape-io/mixpanel-tag", {"serverEU": True}, {"region": "eu"}),
        ("stape-io/mixpanel-tag", {"serverEU": False}, {}),
    ],
)
def test_settings_of_their_own(reference: str, values: dict[str, Any], expected: dict[str, Any]) -> None:
    plain = made(reference)
    file = made(reference, **values)
    assert {key: value for key, value in file.items() if plain.get(key) != value and key != "event_name"} == expected


@pytest.mark.parametrize(
    ("reference", "values", "expected"),
    [
        (
            META,
            {"userDataList": rows(em="{{mail}}", fb_login_id="1", client_ip_address="203.0.113.7", fbp="fb.1.2.3")},
            {
                "x-fb-ud-em": "{{ event.user_data.email_address }}",
                "x-fb-ud-fb-login-id": "1",
                "ip_override": "203.0.113.7",
                "x-fb-ck-fbp": "fb.1.2.3",
            },
        ),
        (
            META,
            {"customDataList": rows(value="5", order_id="T-1", search_string="cup", content_name="Cup", num_items="2")},
            {
                "value": "5",
                "transaction_id": "T-1",
                "search_term": "cup",
                "x-fb-cd-content_name": "Cup",
                "x-fb-cd-num_items": "2",
            },
        ),
        (META, {"serverEventDataList": rows(event_id="e", event_source_url="u")}, {"event_id": "e", "page_location": "u"}),
        (
            "stape-io/tiktok-tag",
            {"userDataList": rows(email="{{mail}}", external_id="u"), "serverEventDataList": rows(url="u", referrer="r")},
            {
                "user_data.email_address": "{{ event.user_data.email_address }}",
                "user_id": "u",
                "page_location": "u",
                "page_referrer": "r",
            },
        ),
        ("tiktok/gtm-template-eapi", {"email": "{{mail}}"}, {"user_data.email_address": "{{ event.user_data.email_address }}"}),
        ("tiktok/gtm-template-eapi", {"event_id": "e", "value": "5"}, {"event_id": "e", "value": "5"}),
        (
            "stape-io/pinterest-tag",
            {"userDataList": rows(click_id="c", ct="Berlin")},
            {"epik": "c", "user_data.address.city": "Berlin"},
        ),
        ("stape-io/snapchat-tag", {"eventId": "e", "customDataList": rows(price="5")}, {"event_id": "e", "value": "5"}),
        (
            "stape-io/reddit-tag",
            {"clickId": "c", "serverEventDataList": rows(conversion_id="e")},
            {"rdt_cid": "c", "event_id": "e"},
        ),
        (
            "stape-io/microsoft-capi-tag",
            {"userDataParametersList": rows(msclkid="m"), "eventParametersList": rows(searchTerm="cup", transactionId="T")},
            {"msclkid": "m", "search_term": "cup", "transaction_id": "T"},
        ),
        (
            "stape-io/linkedin-tag",
            {"eventData": rows(amount="5", currency="EUR"), "userIds": rows(email="{{mail}}", linkedinFirstPartyId="l")},
            {
                "value": "5",
                "currency": "EUR",
                "user_data.email_address": "{{ event.user_data.email_address }}",
                "li_fat_id": "l",
            },
        ),
        (
            "stape-io/linkedin-tag",
            {"userInfo": rows(firstName="Sam", jobTitle="Potter")},
            {"user_data.address.first_name": "Sam", "user_data.job_title": "Potter"},
        ),
        (
            "stape-io/klaviyo-tag",
            {"email": "{{mail}}", "properties": rows(**{"$value": "5", "Brand": "B"})},
            {"user_data.email_address": "{{ event.user_data.email_address }}", "value": "5", "Brand": "B"},
        ),
        ("stape-io/mixpanel-tag", {"trackParameters": rows(plan="pro"), "identifyCustom": "u"}, {"user_id": "u", "plan": "pro"}),
    ],
)
def test_what_is_set_on_the_way_out(reference: str, values: dict[str, Any], expected: dict[str, str]) -> None:
    assert added(reference, **values) == expected


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


@pytest.mark.parametrize("type", ["identify", "alias", "reset", "profile-set", "profile-append"])
def test_only_events_go_to_mixpanel(type: str) -> None:
    assert outcome("stape-io/mixpanel-tag", type=type) == ("skipped", [f"no counterpart for the type {type}"])


@pytest.mark.parametrize("reference", KNOWN_BY)
def test_a_template_that_the_export_lacks_is_known_by_its_gallery_id(reference: str) -> None:
    found = tag("T", NEEDED[reference], f"cvt_{KNOWN_BY[reference]}")
    file = written(tag=[found], variable=[TOKEN])
    assert file["tags"]["t"]["type"] == VENDORS[reference.lower()].type


@pytest.mark.parametrize(
    ("name", "type"),
    [
        ("Facebook Conversion API", "meta"),
        ("Facebook Conversion API 2", "meta"),
        ("TikTok Events API (1)", "tiktok"),
        ("Pinterest Conversion API", "pinterest"),
    ],
)
def test_a_template_without_a_reference_is_known_by_its_name(name: str, type: str) -> None:
    reference = next(each for each in NEEDED if VENDORS[each.lower()].type == type)
    file = written(tag=[tag("T", NEEDED[reference], "cvt_1_90")], variable=[TOKEN], customTemplate=[template(name)])
    assert file["tags"]["t"]["type"] == type


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("Facebook Conversions API Tag", OFFICIAL),
        ("TikTok Events API (Official)", "tiktok/gtm-template-eapi"),
        ("Pinterest API for Conversions Tag", "pinterest/ss-gtm-template"),
        ("LinkedIn Conversion API", "stape-io/linkedin-tag"),
        ("LinkedIn CAPI 2", "stape-io/linkedin-tag"),
        ("Snapchat Conversion API", "stape-io/snapchat-tag"),
        ("Reddit Conversion API", "stape-io/reddit-tag"),
        ("Microsoft Ads UET Conversion API by Stape", "stape-io/microsoft-capi-tag"),
        ("Klaviyo", "stape-io/klaviyo-tag"),
        ("Mixpanel 3", "stape-io/mixpanel-tag"),
    ],
)
def test_others_are_too(name: str, reference: str) -> None:
    file = written(tag=[tag("T", NEEDED[reference], "cvt_1_90")], variable=[TOKEN], customTemplate=[template(name)])
    assert file["tags"]["t"]["type"] == VENDORS[reference.lower()].type


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


class TestSeveralPixels:
    """Of the gallery's tag for Meta."""

    ROWS: ClassVar = [
        {"pixelId": "100000000000001", "accessToken": "{{t - token}}"},
        {"pixelId": "100000000000002", "accessToken": "abc"},
    ]

    def lists(self, rows: list[dict[str, str]], **values: Any) -> dict[str, Any]:
        several = {"pixelId": "", "accessToken": "", "enableMultipixelSetup": True, "pixelIdAndAccessTokenTable": rows}
        return lists(META, {**several, **values})

    def test_each_is_a_tag(self) -> None:
        made = importing(**self.lists(self.ROWS, adStorageConsent="required"))
        file = written(**self.lists(self.ROWS, adStorageConsent="required"))["tags"]
        assert (file["t"]["pixel_id"], file["t"]["access_token"]) == ("100000000000001", "${T_TOKEN}")
        assert file["t_2"] == {**file["t"], "pixel_id": "100000000000002", "access_token": "${META_ACCESSTOKEN}"}
        assert [each.said for each in made.report.added if each.section == "tags"] == ["tag t_2: a further pixel of «T»"]
        assert told(made, "tag") == [("imported", "t", [])]

    def test_one_without_a_translation_is_left_out(self) -> None:
        rows = [*self.ROWS, {"pixelId": "{{mail}}", "accessToken": "abc"}]
        made = importing(**self.lists(rows))
        why = "a pixel is left out: it depends on the event, and a plain text is needed"
        assert told(made, "tag") == [("approximated", "t", [why])]

    def test_one_that_the_check_refuses_is_left_out(self) -> None:
        rows = [*self.ROWS, {"pixelId": "here", "accessToken": "abc"}]
        made = importing(**self.lists(rows))
        ((status, _, (reason,)),) = told(made, "tag")
        assert status == "approximated"
        assert reason.startswith("a pixel is left out: pixel_id: ")

    def test_none_is_a_comment(self) -> None:
        made = importing(**self.lists([{"pixelId": "{{mail}}", "accessToken": "abc"}]))
        assert told(made, "tag") == [("skipped", "t", ["none of its pixels has a translation"])]

    def test_the_table_does_not_count_where_there_is_one_pixel(self) -> None:
        file = written(**lists(META, {"enableMultipixelSetup": False, "pixelIdAndAccessTokenTable": self.ROWS}))["tags"]
        assert list(file) == ["t"]

    def test_transformations_reach_all_of_them(self) -> None:
        change = {
            "name": "c",
            "type": "tf_exclude_params",
            "parameter": [
                {
                    "type": "LIST",
                    "key": "excludedParamsTable",
                    "list": [{"type": "MAP", "map": [{"key": "excludedParams", "value": "a"}]}],
                },
                {
                    "type": "LIST",
                    "key": "affectedTags",
                    "list": [{"type": "MAP", "map": [{"key": "tagReference", "value": "T"}]}],
                },
            ],
        }
        file = written(**self.lists(self.ROWS), transformation=[change])
        assert file["transformations"]["c"]["tags"] == ["t", "t_2"]


def test_a_proof_of_the_apps_secret_is_a_secret() -> None:
    file = made(META, useAppSecretProof=True, appSecretProof="abcdef1")
    assert file["app_secret"] == "${META_APPSECRETPROOF}"
    assert outcome(META, useAppSecretProof=True, appSecretProof="abcdef1") == (
        "approximated",
        ["app_secret is the app's secret itself, not its proof"],
    )
    assert "app_secret" not in made(META, useAppSecretProof=False, appSecretProof="abcdef1")
