"""Names of events, parameters and user properties."""

from __future__ import annotations

import re
from typing import Final

is_name: Final = re.compile(r"[^\W\d_]\w*").fullmatch
"""A letter, then letters, digits and underscores. Letters of any script: Google's rules allow words that are not English."""
is_word: Final = re.compile(r"\w*").fullmatch

RESERVED_PREFIXES: Final = ("_", "firebase_", "ga_", "google_")
RESERVED_PARAMETER_PREFIXES: Final = (*RESERVED_PREFIXES, "gtag.")
RESERVED_PARAMETER: Final = "firebase_conversion"
RESERVED_USER_PROPERTIES: Final = frozenset(
    {"first_open_time", "first_visit_time", "last_deep_link_referrer", "user_id", "first_open_after_install"}
)
EVENTS_OF_APPS: Final = frozenset({"ad_impression", "in_app_purchase", "screen_view"})
RESERVED_EVENTS: Final = frozenset(
    {
        "ad_activeview",
        "ad_click",
        "ad_exposure",
        "ad_query",
        "ad_reward",
        "adunit_exposure",
        "app_clear_data",
        "app_exception",
        "app_install",
        "app_remove",
        "app_store_refund",
        "app_update",
        "app_upgrade",
        "dynamic_link_app_open",
        "dynamic_link_app_update",
        "dynamic_link_first_open",
        "error",
        "firebase_campaign",
        "firebase_in_app_message_action",
        "firebase_in_app_message_dismiss",
        "firebase_in_app_message_impression",
        "first_open",
        "first_visit",
        "notification_dismiss",
        "notification_foreground",
        "notification_open",
        "notification_receive",
        "notification_send",
        "os_update",
        "session_start",
        "user_engagement",
    }
)
