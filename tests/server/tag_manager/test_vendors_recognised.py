"""By what a vendor's template is known."""

from __future__ import annotations

import pytest

from server.tag_manager.templates.vendors import VENDORS
from tests.server.tag_manager.building import tag, template, written
from tests.server.tag_manager.vendor_templates import META, NEEDED, OFFICIAL, TOKEN

KNOWN_BY = {META: "5TP8W", "stape-io/tiktok-tag": "K8M24", OFFICIAL: "NCN6S", "stape-io/klaviyo-tag": "MQ7RL"}


@pytest.mark.parametrize("reference", KNOWN_BY)
def test_a_template_that_the_export_lacks_is_known_by_its_gallery_id(reference: str) -> None:
    found = tag("T", NEEDED[reference], f"cvt_{KNOWN_BY[reference]}")
    file = written(tag=[found], variable=[TOKEN])
    assert file["tags"]["t"]["type"] == VENDORS[reference.lower()].type


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("Facebook Conversion API", META),
        ("Facebook Conversion API 2", META),
        ("TikTok Events API (1)", "stape-io/tiktok-tag"),
        ("Pinterest Conversion API", "stape-io/pinterest-tag"),
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
def test_a_template_without_a_reference_is_known_by_its_name(name: str, reference: str) -> None:
    file = written(tag=[tag("T", NEEDED[reference], "cvt_1_90")], variable=[TOKEN], customTemplate=[template(name)])
    assert file["tags"]["t"]["type"] == VENDORS[reference.lower()].type
