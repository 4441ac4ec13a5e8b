"""The least that a tag of each vendor's template is made of, and what becomes of one."""

from __future__ import annotations

from typing import Any

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
