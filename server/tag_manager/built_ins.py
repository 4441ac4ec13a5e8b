"""The built-in variables of Tag Manager."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from server.tag_manager.export import Export, folded
from server.tag_manager.meaning import Computed, Constant, Lost, Meaning
from server.tag_manager.translation import Translation

REGION: Final = "(request.country ~ ('-' ~ request.region if request.region is defined else ''))"
REGION_REASON: Final = "country and region as the proxy tells them"

ENGLISH: Final[Mapping[str, str]] = {
    "Event Name": "EVENT_NAME",
    "Client Name": "CLIENT_NAME",
    "Request Path": "REQUEST_PATH",
    "Request Method": "REQUEST_METHOD",
    "Container ID": "CONTAINER_ID",
    "Container Version": "CONTAINER_VERSION",
    "Debug Mode": "DEBUG_MODE",
    "Environment Name": "ENVIRONMENT_NAME",
    "Page URL": "SERVER_PAGE_LOCATION_URL",
    "Page Path": "SERVER_PAGE_LOCATION_PATH",
    "Page Hostname": "SERVER_PAGE_LOCATION_HOSTNAME",
    "Analytics Client ID": "ANALYTICS_CLIENT_ID",
    "Analytics Session ID": "ANALYTICS_SESSION_ID",
    "Analytics Session Number": "ANALYTICS_SESSION_NUMBER",
    "Client ID": "ANALYTICS_CLIENT_ID",
    "Session ID": "ANALYTICS_SESSION_ID",
    "Session Number": "ANALYTICS_SESSION_NUMBER",
    "Visitor Region": "VISITOR_REGION",
    "Query String": "QUERY_STRING",
    "Random Number": "RANDOM_NUMBER",
}
"""By Google's English names, which exports use without declaring them, the types."""

ENVIRONMENT: Final[Mapping[str, str]] = {"GTM_ENVIRONMENT": "Live", "GTM_DEBUG_MODE": "false"}
"""Names of the environment that stand for built-ins, and what they are worth where it says nothing."""

_NAMES: Final[Mapping[str, str]] = {
    "EVENT_NAME": "event.event_name",
    "REQUEST_PATH": "request.path",
    "REQUEST_METHOD": "request.method",
    "QUERY_STRING": "request.query_string",
    "SERVER_PAGE_LOCATION_URL": "event.page_location",
    "SERVER_PAGE_LOCATION_PATH": "event.page_path",
    "SERVER_PAGE_LOCATION_HOSTNAME": "event.page_hostname",
    "ANALYTICS_CLIENT_ID": "event.client_id",
    "ANALYTICS_SESSION_ID": "event.ga_session_id",
    "ANALYTICS_SESSION_NUMBER": "event.ga_session_number",
}


def reader(export: Export) -> Callable[[Translation], Meaning | Lost]:
    """Reads the built-in variables of this export."""
    names = {folded(type): expression for type, expression in _NAMES.items()}
    constants = {"containerid": export.public_id, "containerversion": export.version}

    def read(translation: Translation) -> Meaning | Lost:
        type = folded(translation.entity.type)
        if type in names:
            return Computed(names[type])
        if type in constants:
            return Constant(constants[type])
        special = _SPECIAL.get(type)
        return special(translation) if special else Lost(f"no built-in variable {translation.entity.type}")

    return read


def _client_name(translation: Translation) -> Meaning | Lost:
    translation.approximate("as a value it is the client's key in the file")
    return Computed("client", is_text=True)


def _debug_mode(translation: Translation) -> Meaning | Lost:
    translation.approximate("there is no preview: env.GTM_DEBUG_MODE, false unless the environment says otherwise")
    return Computed("env.GTM_DEBUG_MODE", is_text=True, env="GTM_DEBUG_MODE")


def _environment_name(translation: Translation) -> Meaning | Lost:
    translation.approximate("env.GTM_ENVIRONMENT, Live unless the environment says otherwise")
    return Computed("env.GTM_ENVIRONMENT", is_text=True, env="GTM_ENVIRONMENT")


def _region(translation: Translation) -> Meaning | Lost:
    translation.approximate(REGION_REASON)
    return Computed(REGION, is_text=True)


def by_chance(translation: Translation) -> Meaning | Lost:
    """A whole number from 0 to 2147483647."""
    translation.approximate("the same number in all that is made of one request")
    return Computed("((request.random * 2147483647) | round)")


_SPECIAL: Final[Mapping[str, Callable[[Translation], Meaning | Lost]]] = {
    "clientname": _client_name,
    "debugmode": _debug_mode,
    "environmentname": _environment_name,
    "visitorregion": _region,
    "randomnumber": by_chance,
}
