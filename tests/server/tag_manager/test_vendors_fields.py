"""What the fields of each vendor's template become: names of events, settings, and what is set on the way out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server.tag_manager.vendor_templates import META, OFFICIAL, added, made, outcome, rows


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


@pytest.mark.parametrize("type", ["identify", "alias", "reset", "profile-set", "profile-append"])
def test_only_events_go_to_mixpanel(type: str) -> None:
    assert outcome("stape-io/mixpanel-tag", type=type) == ("skipped", [f"no counterpart for the type {type}"])


def test_a_proof_of_the_apps_secret_is_a_secret() -> None:
    file = made(META, useAppSecretProof=True, appSecretProof="abcdef1")
    assert file["app_secret"] == "${META_APPSECRETPROOF}"
    assert outcome(META, useAppSecretProof=True, appSecretProof="abcdef1") == (
        "approximated",
        ["app_secret is the app's secret itself, not its proof"],
    )
    assert "app_secret" not in made(META, useAppSecretProof=False, appSecretProof="abcdef1")
