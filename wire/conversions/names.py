"""What GA4's events are called elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.context import Context
from core.settings import TagSettings
from core.types import Event

_VENDORS: Final = ("meta", "tiktok", "pinterest", "snapchat", "reddit", "microsoft")

_TABLE: Final = """
page_view          | PageView            | Pageview            | page_visit       | PAGE_VIEW        | PAGE_VISIT     | pageLoad
gtm.dom            | PageView            | Pageview            | page_visit       | PAGE_VIEW        | PAGE_VISIT     | pageLoad
view_item          | ViewContent         | ViewContent         | view_content     | VIEW_CONTENT     | VIEW_CONTENT   |
view_item_list     |                     |                     | view_category    | LIST_VIEW        |                |
search             | Search              | Search              | search           | SEARCH           | SEARCH         |
view_search_results| Search              | Search              | search           | SEARCH           | SEARCH         | search
add_to_cart        | AddToCart           | AddToCart           | add_to_cart      | ADD_CART         | ADD_TO_CART    |
add_to_wishlist    | AddToWishlist       | AddToWishlist       | add_to_wishlist  | ADD_TO_WISHLIST  | ADD_TO_WISHLIST|
begin_checkout     | InitiateCheckout    | InitiateCheckout    | initiate_checkout| START_CHECKOUT   |                |
add_payment_info   | AddPaymentInfo      | AddPaymentInfo      | add_payment_info | ADD_BILLING      |                |
purchase           | Purchase            | Purchase            | checkout         | PURCHASE         | PURCHASE       |
generate_lead      | Lead                | Lead                | lead             | CUSTOM_EVENT_1   | LEAD           |
sign_up            | CompleteRegistration| CompleteRegistration| signup           | SIGN_UP          | SIGN_UP        |
login              |                     |                     |                  | LOGIN            |                |
subscribe          | Subscribe           | Subscribe           | subscribe        | SUBSCRIBE        |                |
start_trial        | StartTrial          | StartTrial          |                  | START_TRIAL      |                |
contact            | Contact             | Contact             |                  | CUSTOM_EVENT_2   | LEAD           |
schedule           | Schedule            | Schedule            |                  |                  |                |
find_location      | FindLocation        | FindLocation        |                  |                  |                |
submit_application | SubmitApplication   | SubmitApplication   |                  |                  |                |
customize_product  | CustomizeProduct    | CustomizeProduct    |                  |                  |                |
donate             | Donate              |                     |                  |                  |                |
file_download      |                     | Download            |                  |                  | LEAD           |
tutorial_complete  |                     |                     |                  | COMPLETE_TUTORIAL|                |
"""

_OF_ANALYTICS: Final[Mapping[str, Mapping[str, str]]] = {
    "segment": {
        "view_item": "Product Viewed",
        "add_to_cart": "Product Added",
        "begin_checkout": "Checkout Started",
        "purchase": "Order Completed",
        "sign_up": "Signed Up",
    },
    "posthog": {"page_view": "$pageview", "identify": "$identify"},
}

NAMES: Final[Mapping[str, Mapping[str, str]]] = {
    **{
        vendor: {
            cells[0]: cells[column]
            for cells in ([cell.strip() for cell in line.split("|")] for line in _TABLE.split("\n") if line)
            if cells[column]
        }
        for column, vendor in enumerate(_VENDORS, 1)
    },
    **_OF_ANALYTICS,
}
"""By vendor, its own names for GA4's; what it has none for is not there."""


def name_at(vendor: str, event: Event, context: Context, settings: TagSettings, otherwise: str | None = None) -> str:
    """What the vendor calls the event. A name that the setting ``event_name`` gives leaves as it is.

    ``otherwise`` is for what the vendor has no name for; None: it leaves under its own.
    """
    name = str(event.get("event_name", ""))
    given = settings.event_name
    if given is not None and (not isinstance(given, dict) or context.original.get("event_name") in given):
        return name
    return NAMES[vendor].get(name) or (name if otherwise is None else otherwise)


def known_as(event: Event, context: Context, *names: str) -> bool:
    """Whether it is one of these to GA4, whatever it leaves as."""
    return event.get("event_name") in names or context.original.get("event_name") in names
