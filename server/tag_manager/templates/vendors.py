"""The templates of the gallery whose platforms have a tag here, each by its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from server.tag_manager.templates.vendor import NameRule, Vendor
from server.tag_manager.yaml_text import Node

_ADDRESS: Final = "user_data.address."
_PERSON: Final = {
    **dict.fromkeys(("em", "email", "hashed_email", "sha256_email"), "user_data.email_address"),
    **dict.fromkeys(("ph", "phone", "phone_number", "hashed_phone_number", "sha256_phone"), "user_data.phone_number"),
    **dict.fromkeys(("ge", "gender"), "user_data.gender"),
    **dict.fromkeys(("db", "date_of_birth"), "user_data.birth_date"),
    **dict.fromkeys(("fn", "first_name", "firstName"), f"{_ADDRESS}first_name"),
    **dict.fromkeys(("ln", "last_name", "lastName"), f"{_ADDRESS}last_name"),
    **dict.fromkeys(("ct", "city"), f"{_ADDRESS}city"),
    **dict.fromkeys(("st", "state"), f"{_ADDRESS}region"),
    **dict.fromkeys(("zp", "zip", "zip_code"), f"{_ADDRESS}postal_code"),
    **dict.fromkeys(("country", "countryCode"), f"{_ADDRESS}country"),
    **dict.fromkeys(("external_id", "externalId", "sha256_external_id"), "user_id"),
    **dict.fromkeys(("client_ip_address", "clientIpAddress", "ip_address", "ip"), "ip_override"),
    **dict.fromkeys(("client_user_agent", "clientUserAgent", "user_agent"), "user_agent"),
}
_COMMERCE: Final = {
    "value": "value",
    "currency": "currency",
    "price": "value",
    "amount": "value",
    **dict.fromkeys(("order_id", "transaction_id", "transactionId"), "transaction_id"),
    **dict.fromkeys(("search_string", "query", "searchTerm"), "search_term"),
}
_EVENT: Final = {
    **dict.fromkeys(("event_id", "eventId", "client_dedup_id", "conversion_id"), "event_id"),
    **dict.fromkeys(("event_source_url", "url", "page_url"), "page_location"),
    **dict.fromkeys(("referrer_url", "referrer"), "page_referrer"),
}

_META_PERSON: Final = {
    **{
        name: f"x-fb-ud-{name}"
        for name in ("em", "ph", "fn", "ln", "ct", "st", "zp", "country", "db", "ge", "external_id", "subscription_id")
    },
    "fb_login_id": "x-fb-ud-fb-login-id",
    "fbc": "x-fb-ck-fbc",
    "fbp": "x-fb-ck-fbp",
    "client_ip_address": "ip_override",
    "client_user_agent": "user_agent",
}
_META_CUSTOM: Final = {
    **{name: _COMMERCE[name] for name in ("value", "currency", "order_id", "search_string")},
    **{
        name: f"x-fb-cd-{name}"
        for name in (
            *("content_ids", "content_name", "content_type", "content_category", "contents", "num_items", "predicted_ltv"),
            *("status", "delivery_category"),
        )
    },
}
_NOBODY: Final[Mapping[str, Node]] = {
    "exclude": ["user_data", "user_id", "email", "email_address", "phone", "phone_number"],
}
"""Of templates that send what they name of a person, and nothing that the event says."""
_OPTIONS: Final = {
    "data_processing_options": "data_processing_options:list",
    "data_processing_options_country": "data_processing_options_country:number",
    "data_processing_options_state": "data_processing_options_state:number",
}
_BY_TYPE: Final = NameRule("eventType", {"standard": "eventName", "custom": "eventNameCustom"}, "standard")
_BY_TYPE_STANDARD: Final = NameRule("eventType", {"standard": "eventNameStandard", "custom": "eventNameCustom"}, "standard")
_LISTS: Final = {"userDataList": _PERSON, "customDataList": _COMMERCE, "serverEventDataList": _EVENT}

VENDORS: Final[Mapping[str, Vendor]] = {
    "stape-io/facebook-tag": Vendor(
        "meta",
        plain={"pixelId": "pixel_id", "testId": "test", "actionSource": "action_source"},
        secret={"accessToken": "access_token"},
        needed=("pixelId", "accessToken"),
        defaults={"action_source": "website"},
        name=NameRule(
            "eventName",
            {"standard": "eventNameStandard", "custom": "eventNameCustom"},
            "standard",
            ("inheritEventName", "override"),
        ),
        rows={"userDataList": _META_PERSON, "customDataList": _META_CUSTOM, "serverEventDataList": _EVENT},
        limits={**_OPTIONS, "opt_out": ":never"},
        remember={"generateFbp": "meta"},
        dropped=frozenset({"appSecretProof", "useAppSecretProof", "enableMultipixelSetup", "pixelIdAndAccessTokenTable"}),
    ),
    "facebookincubator/conversionsapi-tag-for-googletagmanager": Vendor(
        "meta",
        plain={"pixelId": "pixel_id", "testEventCode": "test", "actionSource": "action_source"},
        secret={"apiAccessToken": "access_token"},
        needed=("pixelId", "apiAccessToken"),
        defaults={"action_source": "website"},
        remember={"extendCookies": "meta"},
    ),
    "stape-io/tiktok-tag": Vendor(
        "tiktok",
        plain={"pixelId": "pixel_code", "testEventCode": "test", "eventSource": "event_source"},
        secret={"accessToken": "access_token"},
        needed=("pixelId", "accessToken"),
        defaults={"event_source": "web"},
        name=_BY_TYPE,
        rows={
            "userDataList": {**_PERSON, "ttclid": "ttclid", "ttp": "ttp", "locale": "language"},
            "customDataList": {**_COMMERCE, "description": "description", "status": "status", "content_type": "content_type"},
            "serverEventDataList": _EVENT,
        },
        direct={"eventId": "event_id"},
        limits={"limitedDataUse": "limited_data_use:flag", "limited_data_use": "limited_data_use:flag"},
        remember={"generateTtp": "tiktok"},
    ),
    "tiktok/gtm-template-eapi": Vendor(
        "tiktok",
        plain={"pixel_code": "pixel_code", "test_event_code": "test"},
        secret={"access_token": "access_token"},
        needed=("pixel_code", "access_token"),
        name=NameRule("event", {"*": "event"}),
        rows={"custom_properties": {**_COMMERCE, "description": "description", "status": "status"}},
        direct={
            **{name: _PERSON[name] for name in ("email", "phone", "external_id", "ip", "user_agent")},
            **{name: _PERSON[name] for name in ("sha256_email", "sha256_phone", "sha256_external_id")},
            **{name: _EVENT[name] for name in ("event_id", "url", "referrer")},
            "value": "value",
            "currency": "currency",
            "query": "search_term",
            "description": "description",
            "content_type": "content_type",
        },
        parameters=_NOBODY,
        limits={"limited_data_use": "limited_data_use:flag"},
        dropped=frozenset({"hash", "object_property_source", "single_multi_product"}),
    ),
    "stape-io/pinterest-tag": Vendor(
        "pinterest",
        plain={"advertiserId": "ad_account_id", "actionSource": "action_source"},
        secret={"apiAccessToken": "access_token"},
        needed=("advertiserId", "apiAccessToken"),
        defaults={"action_source": "web"},
        name=_BY_TYPE_STANDARD,
        rows={**_LISTS, "userDataList": {**_PERSON, "click_id": "epik"}},
        flags={"testMode": ("test", True)},
        limits={"opt_out": "opt_out:flag", "opt_out_type": "opt_out_type:list"},
    ),
    "pinterest/ss-gtm-template": Vendor(
        "pinterest",
        plain={"advertiserId": "ad_account_id"},
        secret={"apiAccessToken": "access_token"},
        needed=("advertiserId", "apiAccessToken"),
        name=NameRule("eventName", {"pinterestEventName": "eventNameStandard"}, "inherit"),
        rows={**_LISTS, "userDataList": {**_PERSON, "click_id": "epik"}},
        flags={"testMode": ("test", True)},
        limits={"opt_out": "opt_out:flag", "opt_out_type": "opt_out_type:list"},
        dropped=frozenset({"overrideMode"}),
    ),
    "stape-io/snapchat-tag": Vendor(
        "snapchat",
        plain={"pixelId": "pixel_id", "eventConversionType": "action_source", "actionSource": "action_source"},
        secret={"accessToken": "access_token"},
        needed=("pixelId", "accessToken"),
        defaults={"action_source": "WEB"},
        name=_BY_TYPE_STANDARD,
        rows={**_LISTS, "userDataList": {**_PERSON, "sc_click_id": "ScCid", "sc_cookie1": "_scid"}},
        direct={"eventId": "event_id"},
        flags={"validate": ("test", True), "testMode": ("test", True)},
        limits=_OPTIONS,
        dropped=frozenset({"eventTag"}),
    ),
    "stape-io/reddit-tag": Vendor(
        "reddit",
        plain={"pixelId": "pixel_id", "accountId": "pixel_id", "testId": "test", "actionSource": "action_source"},
        secret={"accessToken": "access_token"},
        needed=("pixelId|accountId", "accessToken"),
        defaults={"action_source": "WEBSITE"},
        name=_BY_TYPE,
        rows={**_LISTS, "userDataList": {**_PERSON, "uuid": "rdt_uuid"}, "serverEventDataList": {**_COMMERCE, **_EVENT}},
        direct={"clickId": "rdt_cid"},
        limits={
            "modes": "data_processing_options:list",
            "country_code": "data_processing_options_country",
            "data_processing_options": "data_processing_options:list",
        },
    ),
    "stape-io/microsoft-capi-tag": Vendor(
        "microsoft_ads",
        plain={"uetTagId": "uet_tag_id"},
        secret={"authToken": "access_token"},
        needed=("uetTagId", "authToken"),
        name=NameRule(
            "eventType", {"pageLoad": "=pageLoad", "custom": "customEventEventName"}, given=("eventTypeSetupMethod", "standard")
        ),
        rows={
            "userDataParametersList": {**_PERSON, "msclkid": "msclkid", "anonymousId": "uet_vid"},
            "eventParametersList": {**_COMMERCE, **_EVENT, "eventValue": "value", "ecommTotalValue": "value"},
        },
        direct={"eventId": "event_id"},
        remember={"setAnonymousIdCookie": "microsoft_ads", "setClickIdCookie": "microsoft_ads"},
        dropped=frozenset(
            {
                *("eventTypeSetupMethod", "autoMapEventParameters", "autoMapUserDataParameters", "anonymousIdCookieDomain"),
                *("clickIdCookieDomain", "anonymousIdCookieExpiration", "clickIdCookieExpiration"),
            }
        ),
    ),
    "stape-io/linkedin-tag": Vendor(
        "linkedin",
        plain={"conversionRuleUrn": "conversion_rule_id"},
        secret={"accessToken": "access_token"},
        needed=("conversionRuleUrn", "accessToken"),
        rows={
            "eventData": {**_COMMERCE, **_EVENT},
            "userIds": {
                "email": _PERSON["email"],
                "linkedinFirstPartyId": "li_fat_id",
                "acxiomID": "user_data.acxiom_id",
                "moatID": "user_data.moat_id",
            },
            "userInfo": {**_PERSON, "jobTitle": "user_data.job_title", "companyName": "user_data.company_name"},
        },
        only=("type", "conversion"),
        numbered=frozenset({"conversionRuleUrn"}),
        dropped=frozenset({"type"}),
    ),
    "stape-io/klaviyo-tag": Vendor(
        "klaviyo",
        secret={"apiKey": "api_key", "privateKey": "api_key", "privateApiKey": "api_key"},
        needed=("apiKey|privateKey|privateApiKey",),
        name=NameRule("type", {"event": "event", "active_on_site": "=page_view"}, "event"),
        rows={
            "customer_properties": {
                "$email": _PERSON["email"],
                "$phone_number": _PERSON["phone"],
                "$id": "user_id",
                "$first_name": _PERSON["first_name"],
                "$last_name": _PERSON["last_name"],
                **{name: _PERSON[name] for name in ("email", "phone_number", "first_name", "last_name", "external_id")},
            },
            "properties": {"$value": "value", "$event_id": "event_id", "*": ""},
        },
        parameters={"include": ["event_id", "page_location", "x-mp-timestamp_micros"]},
        direct={"email": _PERSON["email"], "phone": _PERSON["phone"], "externalId": "user_id"},
        flags={"type=active_on_site": ("active_on_site", True)},
        dropped=frozenset({"token"}),
    ),
    "stape-io/mixpanel-tag": Vendor(
        "mixpanel",
        secret={"token": "project_token"},
        needed=("token",),
        name=NameRule("type", {"track": "trackName"}, "track"),
        rows={"trackParameters": {"*": ""}},
        parameters={
            "include": [
                *("event_id", "client_id", "user_id", "page_location", "page_referrer", "ip_override", "x-mp-timestamp_micros")
            ]
        },
        direct={"identifyCustom": "user_id"},
        flags={"serverEU": ("region", "eu")},
        usual_consent=(),
        only=("type", "track"),
        dropped=frozenset({"identifyAuto", "trackCommonData"}),
    ),
}
"""By ``owner/repository`` in lower case."""
