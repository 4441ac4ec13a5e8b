"""Every named parameter of a GA4 hit, one row each, read in both directions: adding a parameter is adding a row.

gtag builds a hit from three sets, and they decide where a parameter travels: SHARED ones stand in the URL and are the
same for every event of a batch; HOISTABLE ones stand in the URL with their most frequent value, and on the lines of
events that differ; OWN ones belong to the event's line. REQUEST ones are one per request.

A parameter without a row becomes ``x-ga-mp2-NAME`` and is SHARED, as gtag does with names it does not know.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from wire.ga4.values import ADDRESS, BITS, BRANDS, FLAG, LOCATION, NUMBER, TEXT, ValueType


class QueryPlace(IntEnum):
    """Where in a request a parameter travels."""

    SHARED = 0
    HOISTABLE = 1
    OWN = 2
    REQUEST = 3


SHARED, HOISTABLE, OWN, REQUEST = QueryPlace


class Parameter(NamedTuple):
    """One row: the name in the query, the key in event data (``group.key`` for one inside an object), type and place."""

    name: str
    key: str
    type: ValueType
    place: QueryPlace


FALLBACK = "x-ga-mp2-"
"""Before the name of a parameter that has no key of its own."""

REPEAT = "consent_update_repeat"
"""True in an event that gtag has sent before, and repeats after the visitor's consent changed. No parameter belongs to it."""

HINTS = "client_hints"
SYSTEM = "x-ga-system_properties"
SERVER = "x-sst-system_properties"
USER_PROPERTIES = "x-ga-mp2-user_properties"
CUSTOM = "x-ga-custom_parameters"
"""The names of custom parameters that have come under the key of a named one, or as a number that is a text in event data."""
GROUPS = (HINTS, SYSTEM)
"""Objects of event data whose entries have rows of their own."""

RESERVED_PREFIXES = ("x-ga-", "x-sst-", "x-mp-")
"""How the keys begin that no page can set by a custom parameter, and that never leave as one."""

PARAMETERS: tuple[Parameter, ...] = (
    Parameter("v", "x-ga-protocol_version", TEXT, SHARED),
    Parameter("tid", "x-ga-measurement_id", TEXT, SHARED),
    Parameter("gtm", "x-ga-gtm_version", TEXT, SHARED),
    Parameter("_p", "x-ga-page_id", NUMBER, SHARED),
    Parameter("cid", "client_id", TEXT, SHARED),
    Parameter("ecid", "x-ga-ecid", TEXT, SHARED),
    Parameter("ul", "language", TEXT, SHARED),
    Parameter("sr", "screen_resolution", TEXT, SHARED),
    Parameter("_uip", "ip_override", ADDRESS, SHARED),
    Parameter("ur", "event_location", LOCATION, SHARED),
    # consent
    Parameter("gcs", "x-ga-gcs", TEXT, SHARED),
    Parameter("gcd", "x-ga-gcd", TEXT, SHARED),
    Parameter("npa", "x-ga-npa", TEXT, SHARED),
    Parameter("dma", "x-ga-dma", TEXT, SHARED),
    Parameter("dma_cps", "x-ga-dma_cps", TEXT, SHARED),
    Parameter("tcfd", "x-ga-tcfd", TEXT, SHARED),
    Parameter("pscdl", "x-ga-pscdl", TEXT, SHARED),
    # the browser
    Parameter("uaa", "client_hints.architecture", TEXT, SHARED),
    Parameter("uab", "client_hints.bitness", TEXT, SHARED),
    Parameter("uafvl", "client_hints.full_version_list", BRANDS, SHARED),
    Parameter("uamb", "client_hints.mobile", FLAG, SHARED),
    Parameter("uam", "client_hints.model", TEXT, SHARED),
    Parameter("uap", "client_hints.platform", TEXT, SHARED),
    Parameter("uapv", "client_hints.platform_version", TEXT, SHARED),
    Parameter("uaw", "client_hints.wow64", FLAG, SHARED),
    Parameter("are", "x-ga-are", TEXT, SHARED),
    Parameter("gdid", "x-ga-gdid", TEXT, SHARED),
    # the session and the page
    Parameter("uid", "user_id", TEXT, HOISTABLE),
    Parameter("sid", "ga_session_id", TEXT, HOISTABLE),
    Parameter("sct", "ga_session_number", NUMBER, HOISTABLE),
    Parameter("seg", "x-ga-mp2-seg", TEXT, HOISTABLE),
    Parameter("dl", "page_location", TEXT, HOISTABLE),
    Parameter("dp", "page_path", TEXT, HOISTABLE),
    Parameter("dr", "page_referrer", TEXT, HOISTABLE),
    Parameter("dt", "page_title", TEXT, HOISTABLE),
    Parameter("cu", "currency", TEXT, HOISTABLE),
    Parameter("tag_exp", "x-ga-mp2-tag_exp", TEXT, HOISTABLE),
    # the campaign
    Parameter("cs", "x-ga-mp2-cs", TEXT, HOISTABLE),
    Parameter("cm", "x-ga-mp2-cm", TEXT, HOISTABLE),
    Parameter("cn", "x-ga-mp2-cn", TEXT, HOISTABLE),
    Parameter("cc", "x-ga-mp2-cc", TEXT, HOISTABLE),
    Parameter("ck", "x-ga-mp2-ck", TEXT, HOISTABLE),
    Parameter("ci", "x-ga-mp2-ci", TEXT, HOISTABLE),
    Parameter("ccf", "creative_format", TEXT, HOISTABLE),
    Parameter("cmt", "marketing_tactic", TEXT, HOISTABLE),
    # when it happened: the time in ms since 1970 of a hit that was delayed, the age in ms of one that was kept
    Parameter("ht", "x-ga-mp2-ht", TEXT, HOISTABLE),
    Parameter("qt", "x-ga-mp2-qt", TEXT, HOISTABLE),
    # the event
    Parameter("en", "event_name", TEXT, OWN),
    Parameter("_et", "engagement_time_msec", NUMBER, OWN),
    Parameter("edid", "x-ga-edid", TEXT, OWN),
    Parameter("evnid", "x-ga-mp2-evnid", TEXT, OWN),
    # what gtag tells Google about the hit
    Parameter("_glv", "x-ga-system_properties.glv", TEXT, SHARED),
    Parameter("_dbg", "x-ga-system_properties.dbg", TEXT, SHARED),
    Parameter("_eu", "x-ga-system_properties.eu", BITS, SHARED),
    Parameter("_z", "x-ga-system_properties.z", TEXT, SHARED),
    Parameter("_tu", "x-ga-system_properties.tu", TEXT, HOISTABLE),
    Parameter("_fv", "x-ga-system_properties.fv", TEXT, OWN),
    Parameter("_ss", "x-ga-system_properties.ss", TEXT, OWN),
    Parameter("_nsi", "x-ga-system_properties.nsi", TEXT, OWN),
    Parameter("_c", "x-ga-system_properties.c", TEXT, OWN),
    Parameter("_ee", "x-ga-system_properties.ee", FLAG, OWN),
    # the request
    Parameter("_s", "x-ga-request_count", NUMBER, REQUEST),
    Parameter("tfd", "x-ga-tfd", NUMBER, REQUEST),
    Parameter("richsstsse", "x-ga-mp2-richsstsse", TEXT, REQUEST),
    # a stray of this name would otherwise land on the key of the user properties
    Parameter("user_properties", "x-ga-user_properties", TEXT, SHARED),
)

CAMPAIGN = {"source": "cs", "medium": "cm", "name": "cn", "content": "cc", "term": "ck", "id": "ci"}
"""The entries of a ``campaign`` object, which some third-party clients make, and their parameters."""

BY_NAME = {row.name: row for row in PARAMETERS}

_NEVER = frozenset({"v", "_uip", "_fplc", "richsstsse", "user_data", "ep.user_data", "epn.user_data"})
"""Parameters that no fallback key brings back: dropped, or decided elsewhere."""
_NEVER_BEGIN = ("sst.", "user_data.", "ep.user_data.", "epn.user_data.")
_OWN_BEGIN = ("ep.", "epn.", "up.", "upn.", "gap.")


def fallback_place(name: str) -> QueryPlace | None:
    """Where a parameter travels whose value stands under a fallback key; None where it never leaves."""
    if name in _NEVER or name.startswith(_NEVER_BEGIN):
        return None
    row = BY_NAME.get(name)
    if row is not None:
        return row.place
    return OWN if name.startswith(_OWN_BEGIN) else SHARED
