"""Every check of the validator: where its finding points, its code, whether it is for those who ask for it, and its words.

The order of the checks is the order of the messages. Where Google's own words are known, they stand here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from wire.cookies.ids import COOKIE_AS_ID, EMAIL_AS_ID, EMAIL_TOLD
from wire.limits import Limit

_VALUE: Final = "VALUE_INVALID"
_REQUIRED: Final = "VALUE_REQUIRED"
_BOUNDS: Final = "VALUE_OUT_OF_BOUNDS"
_NAME: Final = "NAME_INVALID"
_RESERVED: Final = "NAME_RESERVED"
_DUPLICATED: Final = "NAME_DUPLICATED"
_MANY: Final = "EXCEEDED_MAX_ENTITIES"
# Codes that Google has not: each is counted by itself, for what libraries and set-ups get wrong again and again.
_NOT_UTF8: Final = "NOT_UTF8"
_NO_NUMBER: Final = "NOT_A_JSON_NUMBER"
_SURROGATE: Final = "LONE_SURROGATE"
_SHAPE: Final = "UNUSUAL_SHAPE"
_DIGITS: Final = "TOO_MANY_DIGITS"
_UNIT: Final = "TIME_UNIT"


@dataclass(frozen=True, slots=True)
class Row:
    """``path`` and ``text`` hold names in braces, which the finding fills in; an empty path is none."""

    path: str
    code: str
    enforced: bool
    text: str


def _always(path: str, code: str, text: str) -> Row:
    return Row(path, code, False, text)


def _enforced(path: str, code: str, text: str) -> Row:
    """Found only with ENFORCE_RECOMMENDATIONS."""
    return Row(path, code, True, text)


_OVER: Final = "The request has {v}."
_JSON: Final = "Unable to parse Measurement Protocol JSON payload."
_NEEDED: Final = "Unable to find non-empty parameter [{0}] value in request."
_LETTERS: Final = "must start with a letter and contain only letters, digits and underscores."
_EVENT: Final = "Event at index: [{i}]"
_BAD_EVENT: Final = f"{_EVENT} has invalid name [{{v}}]."
_PARAMS: Final = "events[{i}].params"
_PARAM: Final = f"{_PARAMS}.{{k}}"
_ITEM: Final = f"{_PARAMS}.items[{{j}}]"
_ITEM_PARAM: Final = f"{_ITEM}.{{k}}"
_PROPERTY: Final = "user_properties.{k}"
_PLAIN: Final = "Parameter [{k}] must be a string, a number or a boolean."
_LONG: Final = "Parameter [{k}] has {n} characters; at most {max} are allowed."


class Check(Enum):
    """The checks. ``i`` is an event's index, ``j`` an item's, ``k`` a name, ``v`` a value, ``n`` a number of them."""

    ID_MISSING = _always("measurement_id", _REQUIRED, _NEEDED.format("measurement_id"))
    SECRET_MISSING = _always("api_secret", _REQUIRED, _NEEDED.format("api_secret"))
    TWO_IDS = _always("firebase_app_id", _VALUE, "Give measurement_id or firebase_app_id, not both.")
    FIREBASE_APP_ID = _enforced("firebase_app_id", _VALUE, "firebase_app_id [{v}] is not of the form 1:234:web:abc123.")
    BODY_SIZE = _always("", _BOUNDS, "The request body has {n} bytes; it must stay below 130000.")
    NOT_A_PAYLOAD = _always("", _VALUE, f"{_JSON} {{v}}")
    UNKNOWN_FIELD = _always("", _VALUE, f"{_JSON} {{where}}{{k}}: Cannot find field.")
    WRONG_TYPE = _always("", _VALUE, f"{_JSON} {{path}}: expected {{type}}.")
    CLIENT_ID_MISSING = _always("client_id", _REQUIRED, "Measurement requires a client_id.")
    INSTANCE_MISSING = _always("app_instance_id", _REQUIRED, "Measurement requires an app_instance_id.")
    INSTANCE_LENGTH = _always(
        "app_instance_id",
        _VALUE,
        "Measurement app_instance_id is expected to be a 32 digit hexadecimal number but was [{n}] digits.",
    )
    INSTANCE_DIGITS = _always("app_instance_id", _VALUE, "Measurement app_instance_id contains non hexadecimal character [{v}].")
    USER_ID_LONG = _always("user_id", _BOUNDS, "user_id has {n} characters; at most 256 are allowed.")
    TIME_INVALID = _always("{path}", _VALUE, "timestamp_micros must be a positive whole number of microseconds.")
    TIME_RANGE = _enforced("{path}", _BOUNDS, "timestamp_micros [{v}] is not within the last 72 hours.")
    MANY_PROPERTIES = _always("user_properties", _MANY, "The request has {n} user properties; at most 25 are allowed.")
    PROPERTY_NAME = _always(_PROPERTY, _NAME, f"User property name [{{k}}] {_LETTERS}")
    PROPERTY_NAME_LONG = _always(_PROPERTY, _NAME, "User property name [{k}] has {n} characters; at most 24 are allowed.")
    PROPERTY_NAME_RESERVED = _always(_PROPERTY, _RESERVED, "User property name [{k}] is reserved.")
    PROPERTY_EMPTY = _always(f"{_PROPERTY}.value", _REQUIRED, "User property [{k}] needs a value.")
    PROPERTY_VALUE = _enforced(f"{_PROPERTY}.value", _VALUE, "The value of user property [{k}] must be a string or a number.")
    PROPERTY_LONG = _always(
        f"{_PROPERTY}.value", _BOUNDS, "The value of user property [{k}] has {n} characters; at most 36 are allowed."
    )
    USER_DATA_ALONE = _always("user_id", _REQUIRED, "user_data needs a user_id.")
    USER_DATA_FIELD = _always("user_data.{k}", _NAME, "user_data has no field [{k}].")
    USER_DATA_HASH = _always("user_data.{k}", _VALUE, "{k} must be a SHA-256 hash in hex, 64 digits.")
    USER_DATA_MANY = _always("user_data.{k}", _MANY, "{k} has {n} values; at most {max} are allowed.")
    USER_DATA_COUNTRY = _enforced("user_data.{k}", _VALUE, "country [{v}] must be an ISO 3166-1 alpha-2 code.")
    CONSENT = _always("consent.{k}", _VALUE, "consent.{k} must be GRANTED or DENIED.")
    LOCATION = _enforced("user_location.{k}", _VALUE, "user_location.{k} [{v}] is not a valid code.")
    IP = _enforced("ip_override", _VALUE, "ip_override [{v}] is not an IP address.")
    SCREEN = _enforced("device.screen_resolution", _VALUE, "screen_resolution [{v}] must look like 1280x720.")
    BEHAVIOR = _always("validation_behavior", _VALUE, "validation_behavior must be RELAXED or ENFORCE_RECOMMENDATIONS.")
    NO_EVENTS = _always("events", _REQUIRED, "The request needs at least one event.")
    MANY_EVENTS = _always("events", _MANY, "The request has {n} events; at most 25 are allowed.")
    EVENT_NAMELESS = _always("events", _REQUIRED, f"{_EVENT} has no name.")
    EVENT_START = _always("events", _NAME, f"{_BAD_EVENT} Names must start with an alphabetic character.")
    EVENT_LETTERS = _always("events", _NAME, f"{_BAD_EVENT} Only letters, digits and underscores are allowed.")
    EVENT_LONG = _always("events", _NAME, f"{_BAD_EVENT} At most 40 characters are allowed.")
    EVENT_RESERVED = _always("events", _RESERVED, f"{_EVENT} uses the reserved name [{{v}}].")
    EVENT_OF_APPS = _always("events", _NAME, f"{_EVENT}: [{{v}}] is allowed for app streams only.")
    MANY_PARAMS = _always(_PARAMS, _MANY, f"{_EVENT} has {{n}} parameters; at most 25 are allowed.")
    PARAM_NAME = _always(_PARAM, _NAME, f"Parameter name [{{k}}] {_LETTERS}")
    PARAM_NAME_LONG = _always(_PARAM, _NAME, "Parameter name [{k}] has {n} characters; at most 40 are allowed.")
    PARAM_NAME_RESERVED = _always(_PARAM, _RESERVED, "Parameter name [{k}] is reserved.")
    PARAM_VALUE = _enforced(_PARAM, _VALUE, _PLAIN)
    PARAM_LONG = _always(_PARAM, _BOUNDS, _LONG)
    ENGAGEMENT = _enforced(_PARAM, _VALUE, "engagement_time_msec must be a number of milliseconds.")
    SESSION = _enforced(_PARAM, _VALUE, "session_id must be a positive number or a session id string.")
    AMOUNT = _always(_PARAM, _VALUE, "Parameter [{k}] must be a number.")
    CURRENCY = _always(_PARAM, _VALUE, "currency [{v}] must be an ISO 4217 code of three capital letters.")
    CURRENCY_MISSING = _enforced(f"{_PARAMS}.currency", _REQUIRED, "currency is required when value is set.")
    PARAM_MISSING = _enforced(_PARAM, _REQUIRED, "Event [{name}] requires the parameter [{k}].")
    ITEMS = _always(f"{_PARAMS}.items", _VALUE, "items must be a list of objects.")
    ITEMS_EMPTY = _enforced(f"{_PARAMS}.items", _REQUIRED, "Event [{name}] requires at least one item.")
    MANY_ITEMS = _always(f"{_PARAMS}.items", _MANY, "items has {n} elements; at most 200 are allowed.")
    ITEM_NAMELESS = _enforced(_ITEM, _REQUIRED, "Each item requires item_id or item_name.")
    ITEM_PARAM_NAME = _always(_ITEM_PARAM, _NAME, "Item parameter name [{k}] is not valid.")
    ITEM_CUSTOM = _always(_ITEM, _MANY, "Item {j} has {n} custom parameters; at most 27 are allowed.")
    ITEM_AMOUNT = _always(_ITEM_PARAM, _VALUE, "Item parameter [{k}] must be a number.")
    ITEM_VALUE = _enforced(_ITEM_PARAM, _VALUE, _PLAIN)
    ITEM_LONG = _always(_ITEM_PARAM, _BOUNDS, _LONG)
    REPEATED = _always("{path}", _DUPLICATED, "The name [{k}] occurs more than once.")
    NOT_UTF8 = _always("", _NOT_UTF8, f"{_JSON} {{v}}")
    NO_NUMBER = _always("", _NO_NUMBER, f"{_JSON} {{v}}")
    LONE_SURROGATE = _always("", _SURROGATE, f"{_JSON} {{v}}")
    OVER_BODY = _always("", Limit.BODY.code, _OVER)
    OVER_EVENTS = _always("events", Limit.EVENTS.code, _OVER)
    OVER_PARAMETERS = _always("", Limit.PARAMETERS.code, _OVER)
    OVER_VALUES = _always("", Limit.VALUES.code, _OVER)
    OVER_GROWTH = _always("", Limit.GROWTH.code, _OVER)
    SPELT_TWICE = _always("{path}", _DUPLICATED, "{path} is given twice, as {a} and as {b}; {a} is used.")
    SHAPE = _always("{path}", _SHAPE, "{what} is {given}; it is read as {meant}.")
    DIGITS = _always("{path}", _DIGITS, "{path} has more digits than a number can hold; it is kept as the text [{v}].")
    TIME_UNIT = _always("{path}", _UNIT, "timestamp_micros [{v}] is in {unit}; it is read as [{micros}] microseconds.")
    ID_IS_A_COOKIE = _always("{path}", COOKIE_AS_ID, "{path} is a whole cookie; the id in it, [{v}], is used.")
    ID_IS_AN_EMAIL = _always("{path}", EMAIL_AS_ID, EMAIL_TOLD.format("{path}"))
