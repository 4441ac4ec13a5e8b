"""Which keys hold ids and what a shop calls its goods."""

from __future__ import annotations

import pytest

from wire.ga4.table import PARAMETERS
from wire.identifiers import VISITOR_IDS, holds_an_id

GA4_ITEM = """affiliation coupon creative_name creative_slot currency index item_brand item_category item_category2 item_category5
item_id item_list_id item_list_name item_name item_variant location_id promotion_id promotion_name"""


@pytest.mark.parametrize("key", [*GA4_ITEM.split(), *sorted(VISITOR_IDS)])
def test_what_ga4_calls_an_item_and_a_visitor(key: str) -> None:
    assert holds_an_id(key)


@pytest.mark.parametrize(
    "key",
    [
        "transaction_id",
        "ga_session_id",
        "id",
        "ids",
        "content_ids",
        "orderId",
        "productIDs",
        "sku",
        "item_ean",
        "order_number",
        "item_no",
    ],
)
def test_what_is_an_id_by_its_name(key: str) -> None:
    assert holds_an_id(key)


def test_what_gtag_says_of_itself() -> None:
    own = {row.key for row in PARAMETERS if row.key.startswith(("x-ga-", "x-sst-")) and "." not in row.key}
    campaign = {f"x-ga-mp2-{name}" for name in ("cs", "cm", "cn", "cc", "ck", "richsstsse")}
    assert {key for key in own if not holds_an_id(key)} <= campaign


TYPED = """page_title page_location search_term method paid grid void email phone phone_number number contact_number caller_id
phone_id mobileId contact_ids x-ga-mp2-tt x-ga-mp2-user_properties x-ga-mp1-x"""


@pytest.mark.parametrize("key", ["", *TYPED.split()])
def test_what_a_visitor_may_have_typed(key: str) -> None:
    assert not holds_an_id(key)
