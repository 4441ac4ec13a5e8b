"""Keys that hold no words of a visitor: ids, and what a shop calls its goods, its lists and its promotions.

An article number may look like anything, also like a telephone number.
"""

from __future__ import annotations

import re
from typing import Final

VISITOR_IDS: Final = frozenset({"client_id", "user_id"})
"""Ids that tell visitors apart: were they all the same text, all would be one person."""

_CATEGORIES = ("item_category", *(f"item_category{level}" for level in range(2, 6)))
_OF_ITEMS = frozenset({
    *("item_name", "item_brand", *_CATEGORIES, "item_variant", "item_list_name", "affiliation", "coupon", "currency"),
    *("promotion_name", "creative_name", "creative_slot", "creative_format", "google_business_vertical", "index"),
})  # fmt: skip
"""GA4's parameters of an item (developers.google.com/analytics/devguides/collection/ga4/reference/events) that are no ids;
some of them stand beside the items as well."""

_TECHNICAL = frozenset({"ga_session_number", "screen_resolution", "viewport_size", "ip_override", "x-ga-mp2-ci"})
_TECHNICAL |= {f"x-ga-mp2-{name}" for name in ("evnid", "seg", "tag_exp", "ht", "qt")}
_TRANSPORT = ("x-ga-", "x-sst-", "x-mp-")
_FALLBACKS = ("x-ga-mp1-", "x-ga-mp2-")
"""Behind these stands whatever a sender has named without a key of ours."""

_ENDS = re.compile(
    r"(?:^|_|-)(?:ids?|sku|gtin|ean|upc|isbn|mpn|asin|(?:order|invoice|article|item|product)_(?:number|no|nr))$|[a-z]I[dD]s?$"
)
_CALLS_SOMEBODY = re.compile("phone|mobile|caller|whatsapp|contact|fax", re.IGNORECASE)


def holds_an_id(key: str) -> bool:
    """Whether an id, or what a shop calls its goods, stands under the key: at the top, in an item, or in any other object."""
    if key in _OF_ITEMS or key in _TECHNICAL:
        return True
    if key.startswith(_TRANSPORT):
        return not key.startswith(_FALLBACKS)
    return _ENDS.search(key) is not None and _CALLS_SOMEBODY.search(key) is None
