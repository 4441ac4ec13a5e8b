"""What is wrong with a payload, and the message that tells so: one row or more for each check."""

from __future__ import annotations

from typing import Any, TypeAlias

import orjson

NOW = 1_764_340_311_502_000
HOUR = 3_600_000_000
WEB = {"measurement_id": "G-ABC123XYZ0", "api_secret": "s3cret"}
APP = {"firebase_app_id": "1:234:web:abc123", "api_secret": "s3cret"}
JSON = "Unable to parse Measurement Protocol JSON payload."
HASH = "a" * 64

E, B = "E", "B"
"""When it is told: only where recommendations are enforced, or with both behaviors."""

Case: TypeAlias = tuple[str, dict[str, str], Any, str, str, str, str]


def web(**fields: Any) -> dict[str, Any]:
    return {"client_id": "1.2", "events": [{"name": "login"}], **fields}


def app(**fields: Any) -> dict[str, Any]:
    return {"events": [{"name": "login"}], **fields}


def event(name: Any = "login", **params: Any) -> dict[str, Any]:
    return web(events=[{"name": name, "params": params}])


def property_(name: str, value: Any = "x") -> dict[str, Any]:
    return web(user_properties={name: {"value": value}})


def user_data(**fields: Any) -> dict[str, Any]:
    return web(user_id="U", user_data=fields)


def item(**fields: Any) -> dict[str, Any]:
    return event(items=[{"item_id": "1"}, {"item_id": "2", **fields}])


def bad_name(name: str, why: str) -> str:
    return f"Event at index: [0] has invalid name [{name}]. {why}"


LETTERS = "must start with a letter and contain only letters, digits and underscores."
PLAIN = "must be a string, a number or a boolean."
PROPERTIES = "user_properties"
PARAMS = "events[0].params"
LONG = "a" * 41
OLD = NOW - 72 * HOUR - 1

CASES: list[Case] = [
    ("1", {"api_secret": "s"}, web(), B, "measurement_id", "VALUE_REQUIRED",
     "Unable to find non-empty parameter [measurement_id] value in request."),
    ("1 empty", {"api_secret": "s", "measurement_id": ""}, web(), B, "measurement_id", "VALUE_REQUIRED",
     "Unable to find non-empty parameter [measurement_id] value in request."),
    ("2", {"measurement_id": "G-1"}, web(), B, "api_secret", "VALUE_REQUIRED",
     "Unable to find non-empty parameter [api_secret] value in request."),
    ("2 empty", {**WEB, "api_secret": ""}, web(), B, "api_secret", "VALUE_REQUIRED",
     "Unable to find non-empty parameter [api_secret] value in request."),
    ("3", {**WEB, **APP}, web(), B, "firebase_app_id", "VALUE_INVALID", "Give measurement_id or firebase_app_id, not both."),
    ("4", {**APP, "firebase_app_id": "1:2:ios"}, app(app_instance_id="0" * 32), E, "firebase_app_id", "VALUE_INVALID",
     "firebase_app_id [1:2:ios] is not of the form 1:234:web:abc123."),
    ("5", WEB, orjson.dumps(web()).ljust(130_000), B, "", "VALUE_OUT_OF_BOUNDS",
     "The request body has 130000 bytes; it must stay below 130000."),
    ("6 empty", WEB, b"", B, "", "VALUE_INVALID", f"{JSON} The body is empty."),
    ("6 blank", WEB, b" \n", B, "", "VALUE_INVALID", f"{JSON} The body is empty."),
    ("6 not JSON", WEB, b"{", B, "", "VALUE_INVALID",
     f"{JSON} It is not JSON: unexpected end of data: line 1 column 2 (char 1)."),
    ("6 not an object", WEB, b"[]", B, "", "VALUE_INVALID", f"{JSON} It is not a JSON object."),
    ("6 too deep", WEB, b'{"a":' * 33 + b"1" + b"}" * 33, B, "", "VALUE_INVALID",
     f"{JSON} It has more than 32 levels of objects and lists."),
    ("7", WEB, web(events=[{"name": "a", "names": "b"}]), B, "", "VALUE_INVALID",
     f"{JSON} (events[0]) names: Cannot find field."),
    ("7 of the request", WEB, web(client_ID="1"), B, "", "VALUE_INVALID", f"{JSON} client_ID: Cannot find field."),
    ("7 of a property", WEB, web(user_properties={"a": {"value": 1, "x": 2}}), B, "", "VALUE_INVALID",
     f"{JSON} (user_properties.a) x: Cannot find field."),
    ("7 of consent", WEB, web(consent={"ad_storage": "GRANTED"}), B, "", "VALUE_INVALID",
     f"{JSON} (consent) ad_storage: Cannot find field."),
    ("8", WEB, web(client_id=1), B, "", "VALUE_INVALID", f"{JSON} client_id: expected string."),
    ("8 boolean", WEB, web(non_personalized_ads="true"), B, "", "VALUE_INVALID",
     f"{JSON} non_personalized_ads: expected boolean."),
    ("8 events", WEB, web(events={}), B, "", "VALUE_INVALID", f"{JSON} events: expected array."),
    ("8 event", WEB, web(events=[1]), B, "", "VALUE_INVALID", f"{JSON} events[0]: expected object."),
    ("8 params", WEB, web(events=[{"name": "a", "params": []}]), B, "", "VALUE_INVALID",
     f"{JSON} events[0].params: expected object."),
    ("8 name", WEB, event(5), B, "", "VALUE_INVALID", f"{JSON} events[0].name: expected string."),
    ("8 properties", WEB, web(user_properties=1), B, "", "VALUE_INVALID", f"{JSON} user_properties: expected object."),
    ("8 user_data", WEB, web(user_data=1), B, "", "VALUE_INVALID", f"{JSON} user_data: expected object."),
    ("8 address", WEB, user_data(address="x"), B, "", "VALUE_INVALID", f"{JSON} user_data.address: expected object."),
    ("8 city", WEB, user_data(address={"city": 1}), B, "", "VALUE_INVALID", f"{JSON} user_data.address.city: expected string."),
    ("8 consent", WEB, web(consent="GRANTED"), B, "", "VALUE_INVALID", f"{JSON} consent: expected object."),
    ("8 location", WEB, web(user_location=1), B, "", "VALUE_INVALID", f"{JSON} user_location: expected object."),
    ("8 device", WEB, web(device=1), B, "", "VALUE_INVALID", f"{JSON} device: expected object."),
    ("8 in device", WEB, web(device={"model": 1}), B, "", "VALUE_INVALID", f"{JSON} device.model: expected string."),
    ("9", WEB, {"events": [{"name": "a"}]}, B, "client_id", "VALUE_REQUIRED", "Measurement requires a client_id."),
    ("9 null", WEB, web(client_id=None), B, "client_id", "VALUE_REQUIRED", "Measurement requires a client_id."),
    ("10", APP, app(), B, "app_instance_id", "VALUE_REQUIRED", "Measurement requires an app_instance_id."),
    ("11", APP, app(app_instance_id="0" * 11), B, "app_instance_id", "VALUE_INVALID",
     "Measurement app_instance_id is expected to be a 32 digit hexadecimal number but was [11] digits."),
    ("12", APP, app(app_instance_id="0" * 30 + "xy"), B, "app_instance_id", "VALUE_INVALID",
     "Measurement app_instance_id contains non hexadecimal character [x]."),
    ("13", WEB, web(user_id="u" * 257), B, "user_id", "VALUE_OUT_OF_BOUNDS",
     "user_id has 257 characters; at most 256 are allowed."),
    ("14", WEB, web(timestamp_micros="1"), B, "timestamp_micros", "VALUE_INVALID",
     "timestamp_micros must be a positive whole number of microseconds."),
    ("14 of an event", WEB, web(events=[{"name": "a", "timestamp_micros": 0}]), B, "events[0].timestamp_micros",
     "VALUE_INVALID", "timestamp_micros must be a positive whole number of microseconds."),
    ("14 of a property", WEB, web(user_properties={"a": {"value": 1, "timestamp_micros": 1.5}}), B,
     "user_properties.a.timestamp_micros", "VALUE_INVALID", "timestamp_micros must be a positive whole number of microseconds."),
    ("14 as a parameter", WEB, event(timestamp_micros=True), B, f"{PARAMS}.timestamp_micros", "VALUE_INVALID",
     "timestamp_micros must be a positive whole number of microseconds."),
    ("14 too small for any unit", WEB, web(timestamp_micros=5), B, "timestamp_micros", "VALUE_INVALID",
     "timestamp_micros must be a positive whole number of microseconds."),
    ("15", WEB, web(timestamp_micros=OLD), E, "timestamp_micros", "VALUE_OUT_OF_BOUNDS",
     f"timestamp_micros [{OLD}] is not within the last 72 hours."),
    ("15 in the future", WEB, web(events=[{"name": "a", "timestamp_micros": NOW + 1}]), E, "events[0].timestamp_micros",
     "VALUE_OUT_OF_BOUNDS", f"timestamp_micros [{NOW + 1}] is not within the last 72 hours."),
    ("16", WEB, web(user_properties={f"a{n}": {"value": 1} for n in range(26)}), B, PROPERTIES, "EXCEEDED_MAX_ENTITIES",
     "The request has 26 user properties; at most 25 are allowed."),
    ("17", WEB, property_("1a"), B, f"{PROPERTIES}.1a", "NAME_INVALID", f"User property name [1a] {LETTERS}"),
    ("17 characters", WEB, property_("a-b"), B, f"{PROPERTIES}.a-b", "NAME_INVALID", f"User property name [a-b] {LETTERS}"),
    ("18", WEB, property_("a" * 25), B, f"{PROPERTIES}.{'a' * 25}", "NAME_INVALID",
     f"User property name [{'a' * 25}] has 25 characters; at most 24 are allowed."),
    ("19", WEB, property_("first_open_time"), B, f"{PROPERTIES}.first_open_time", "NAME_RESERVED",
     "User property name [first_open_time] is reserved."),
    ("19 by its beginning", WEB, property_("ga_x"), B, f"{PROPERTIES}.ga_x", "NAME_RESERVED",
     "User property name [ga_x] is reserved."),
    ("20", WEB, web(user_properties={"a": {}}), B, f"{PROPERTIES}.a.value", "VALUE_REQUIRED", "User property [a] needs a value."),
    ("20 null", WEB, web(user_properties={"a": None}), B, f"{PROPERTIES}.a.value", "VALUE_REQUIRED",
     "User property [a] needs a value."),
    ("21", WEB, property_("a", True), E, f"{PROPERTIES}.a.value", "VALUE_INVALID",
     "The value of user property [a] must be a string or a number."),
    ("22", WEB, property_("a", "v" * 37), B, f"{PROPERTIES}.a.value", "VALUE_OUT_OF_BOUNDS",
     "The value of user property [a] has 37 characters; at most 36 are allowed."),
    ("23", WEB, web(user_data={"sha256_email_address": HASH}), B, "user_id", "VALUE_REQUIRED", "user_data needs a user_id."),
    ("24", WEB, user_data(email_address="a@b.c"), B, "user_data.email_address", "NAME_INVALID",
     "user_data has no field [email_address]."),
    ("24 of an address", WEB, user_data(address={"first_name": "x"}), B, "user_data.address.first_name", "NAME_INVALID",
     "user_data has no field [address.first_name]."),
    ("25", WEB, user_data(sha256_email_address="a@b.c"), B, "user_data.sha256_email_address", "VALUE_INVALID",
     "sha256_email_address must be a SHA-256 hash in hex, 64 digits."),
    ("25 in a list", WEB, user_data(sha256_phone_number=[HASH, 5]), B, "user_data.sha256_phone_number[1]", "VALUE_INVALID",
     "sha256_phone_number[1] must be a SHA-256 hash in hex, 64 digits."),
    ("25 in an address", WEB, user_data(address=[{"sha256_street": "x"}]), B, "user_data.address[0].sha256_street",
     "VALUE_INVALID", "address[0].sha256_street must be a SHA-256 hash in hex, 64 digits."),
    ("26", WEB, user_data(sha256_email_address=[HASH] * 4), B, "user_data.sha256_email_address", "EXCEEDED_MAX_ENTITIES",
     "sha256_email_address has 4 values; at most 3 are allowed."),
    ("26 addresses", WEB, user_data(address=[{}] * 3), B, "user_data.address", "EXCEEDED_MAX_ENTITIES",
     "address has 3 values; at most 2 are allowed."),
    ("27", WEB, user_data(address={"country": "DEU"}), E, "user_data.address.country", "VALUE_INVALID",
     "country [DEU] must be an ISO 3166-1 alpha-2 code."),
    ("28", WEB, web(consent={"ad_user_data": "granted"}), B, "consent.ad_user_data", "VALUE_INVALID",
     "consent.ad_user_data must be GRANTED or DENIED."),
    ("29", WEB, web(user_location={"country_id": "usa"}), E, "user_location.country_id", "VALUE_INVALID",
     "user_location.country_id [usa] is not a valid code."),
    ("29 region", WEB, web(user_location={"region_id": "CA"}), E, "user_location.region_id", "VALUE_INVALID",
     "user_location.region_id [CA] is not a valid code."),
    ("29 continent", WEB, web(user_location={"continent_id": "19"}), E, "user_location.continent_id", "VALUE_INVALID",
     "user_location.continent_id [19] is not a valid code."),
    ("29 subcontinent", WEB, web(user_location={"subcontinent_id": "x"}), E, "user_location.subcontinent_id", "VALUE_INVALID",
     "user_location.subcontinent_id [x] is not a valid code."),
    ("30", WEB, web(ip_override="1.2.3"), E, "ip_override", "VALUE_INVALID", "ip_override [1.2.3] is not an IP address."),
    ("31", WEB, web(device={"screen_resolution": "1280*720"}), E, "device.screen_resolution", "VALUE_INVALID",
     "screen_resolution [1280*720] must look like 1280x720."),
    ("32", WEB, web(validation_behavior="STRICT"), B, "validation_behavior", "VALUE_INVALID",
     "validation_behavior must be RELAXED or ENFORCE_RECOMMENDATIONS."),
    ("32 camelCase", WEB, web(validationBehavior=["RELAXED"]), B, "validation_behavior", "VALUE_INVALID",
     "validation_behavior must be RELAXED or ENFORCE_RECOMMENDATIONS."),
    ("33", WEB, {"client_id": "1.2"}, B, "events", "VALUE_REQUIRED", "The request needs at least one event."),
    ("33 empty", WEB, web(events=[]), B, "events", "VALUE_REQUIRED", "The request needs at least one event."),
    ("34", WEB, web(events=[{"name": "a"}] * 26), B, "events", "EXCEEDED_MAX_ENTITIES",
     "The request has 26 events; at most 25 are allowed."),
    ("35", WEB, web(events=[{"name": "a"}, {}]), B, "events", "VALUE_REQUIRED", "Event at index: [1] has no name."),
    ("35 empty", WEB, event(""), B, "events", "VALUE_REQUIRED", "Event at index: [0] has no name."),
    ("36", WEB, event("_badEventName"), B, "events", "NAME_INVALID",
     bad_name("_badEventName", "Names must start with an alphabetic character.")),
    ("37", WEB, event("add-to cart"), B, "events", "NAME_INVALID",
     bad_name("add-to cart", "Only letters, digits and underscores are allowed.")),
    ("38", WEB, event(LONG), B, "events", "NAME_INVALID", bad_name(LONG, "At most 40 characters are allowed.")),
    ("39", WEB, event("session_start"), B, "events", "NAME_RESERVED",
     "Event at index: [0] uses the reserved name [session_start]."),
    ("40", WEB, event("screen_view"), B, "events", "NAME_INVALID",
     "Event at index: [0]: [screen_view] is allowed for app streams only."),
    ("41", WEB, event(**{f"a{n}": 1 for n in range(26)}), B, PARAMS, "EXCEEDED_MAX_ENTITIES",
     "Event at index: [0] has 26 parameters; at most 25 are allowed."),
    ("42", WEB, event(**{"1a": 1}), B, f"{PARAMS}.1a", "NAME_INVALID", f"Parameter name [1a] {LETTERS}"),
    ("43", WEB, event(**{LONG: 1}), B, f"{PARAMS}.{LONG}", "NAME_INVALID",
     f"Parameter name [{LONG}] has 41 characters; at most 40 are allowed."),
    ("44", WEB, event(firebase_conversion=1), B, f"{PARAMS}.firebase_conversion", "NAME_RESERVED",
     "Parameter name [firebase_conversion] is reserved."),
    ("44 by its beginning", WEB, event(google_x=1), B, f"{PARAMS}.google_x", "NAME_RESERVED",
     "Parameter name [google_x] is reserved."),
    ("45", WEB, event(a={}), E, f"{PARAMS}.a", "VALUE_INVALID", f"Parameter [a] {PLAIN}"),
    ("45 list", WEB, event(a=[]), E, f"{PARAMS}.a", "VALUE_INVALID", f"Parameter [a] {PLAIN}"),
    ("45 null", WEB, event(a=None), E, f"{PARAMS}.a", "VALUE_INVALID", f"Parameter [a] {PLAIN}"),
    ("46", WEB, event(a="v" * 101), B, f"{PARAMS}.a", "VALUE_OUT_OF_BOUNDS",
     "Parameter [a] has 101 characters; at most 100 are allowed."),
    *[(f"46 {name}", WEB, event(**{name: "v" * (most + 1)}), B, f"{PARAMS}.{name}", "VALUE_OUT_OF_BOUNDS",
       f"Parameter [{name}] has {most + 1} characters; at most {most} are allowed.")
      for name, most in (("page_title", 300), ("page_referrer", 420), ("page_location", 1000))],
    ("47", WEB, event(engagement_time_msec=-1), E, f"{PARAMS}.engagement_time_msec", "VALUE_INVALID",
     "engagement_time_msec must be a number of milliseconds."),
    ("47 text", WEB, event(engagement_time_msec="100"), E, f"{PARAMS}.engagement_time_msec", "VALUE_INVALID",
     "engagement_time_msec must be a number of milliseconds."),
    ("48", WEB, event(session_id=""), E, f"{PARAMS}.session_id", "VALUE_INVALID",
     "session_id must be a positive number or a session id string."),
    ("48 zero", WEB, event(session_id=0), E, f"{PARAMS}.session_id", "VALUE_INVALID",
     "session_id must be a positive number or a session id string."),
    ("49", WEB, event(tax="a lot"), B, f"{PARAMS}.tax", "VALUE_INVALID", "Parameter [tax] must be a number."),
    ("49 boolean", WEB, event(value=True), B, f"{PARAMS}.value", "VALUE_INVALID", "Parameter [value] must be a number."),
    ("50", WEB, event(currency="eur"), B, f"{PARAMS}.currency", "VALUE_INVALID",
     "currency [eur] must be an ISO 4217 code of three capital letters."),
    ("50 number", WEB, event(currency=978), B, f"{PARAMS}.currency", "VALUE_INVALID",
     "currency [978] must be an ISO 4217 code of three capital letters."),
    ("51", WEB, event("generate_lead", value=1), E, f"{PARAMS}.currency", "VALUE_REQUIRED",
     "currency is required when value is set."),
    ("52", WEB, event("refund"), E, f"{PARAMS}.transaction_id", "VALUE_REQUIRED",
     "Event [refund] requires the parameter [transaction_id]."),
    ("52 items", WEB, event("view_item_list"), E, f"{PARAMS}.items", "VALUE_REQUIRED",
     "Event [view_item_list] requires the parameter [items]."),
    ("53", WEB, event(items={}), B, f"{PARAMS}.items", "VALUE_INVALID", "items must be a list of objects."),
    ("53 element", WEB, event(items=[{"item_id": "1"}, 2, 3]), B, f"{PARAMS}.items", "VALUE_INVALID",
     "items must be a list of objects."),
    ("54", WEB, event("view_cart", items=[]), E, f"{PARAMS}.items", "VALUE_REQUIRED",
     "Event [view_cart] requires at least one item."),
    ("55", WEB, event(items=[{"item_id": "1"}] * 201), B, f"{PARAMS}.items", "EXCEEDED_MAX_ENTITIES",
     "items has 201 elements; at most 200 are allowed."),
    ("56", WEB, event(items=[{"item_name": "a"}, {"price": 1}]), E, f"{PARAMS}.items[1]", "VALUE_REQUIRED",
     "Each item requires item_id or item_name."),
    ("57", WEB, item(**{"a b": 1}), B, f"{PARAMS}.items[1].a b", "NAME_INVALID", "Item parameter name [a b] is not valid."),
    ("57 long", WEB, item(**{LONG: 1}), B, f"{PARAMS}.items[1].{LONG}", "NAME_INVALID",
     f"Item parameter name [{LONG}] is not valid."),
    ("58", WEB, item(**{f"a{n}": 1 for n in range(28)}), B, f"{PARAMS}.items[1]", "EXCEEDED_MAX_ENTITIES",
     "Item 1 has 28 custom parameters; at most 27 are allowed."),
    ("59", WEB, item(price="cheap"), B, f"{PARAMS}.items[1].price", "VALUE_INVALID", "Item parameter [price] must be a number."),
    ("60 object", WEB, item(a={}), E, f"{PARAMS}.items[1].a", "VALUE_INVALID", f"Parameter [a] {PLAIN}"),
    ("60 list", WEB, item(a=[]), E, f"{PARAMS}.items[1].a", "VALUE_INVALID", f"Parameter [a] {PLAIN}"),
    ("60 text", WEB, item(a="v" * 101), B, f"{PARAMS}.items[1].a", "VALUE_OUT_OF_BOUNDS",
     "Parameter [a] has 101 characters; at most 100 are allowed."),
    ("61", WEB, b'{"client_id":"1.2","client_id":"1.2","events":[{"name":"a"}]}', B, "client_id", "NAME_DUPLICATED",
     "The name [client_id] occurs more than once."),
    ("61 deeper", WEB, b'{"client_id":"1.2","events":[{"name":"a","params":{"b":1,"b":2,"b":3}}]}', B, f"{PARAMS}.b",
     "NAME_DUPLICATED", "The name [b] occurs more than once."),
    ("62", WEB, b'{"client_id":"1.2","events":[{"name":"K\xf6ln"}]}', B, "", "NOT_UTF8",
     f"{JSON} It is not UTF-8: byte 0xF6 at 39."),
    ("63", WEB, b'{"value":NaN}', B, "", "NOT_A_JSON_NUMBER",
     f"{JSON} NaN is no JSON number; leave the field out: line 1 column 10 (char 9)."),
    ("64", WEB, b'{"a":"\\ud83d"}', B, "", "LONE_SURROGATE",
     f"{JSON} \\ud83d is half a surrogate pair, no character: line 1 column 7 (char 6)."),
    ("65", WEB, web(clientId="3.4"), B, "client_id", "NAME_DUPLICATED",
     "client_id is given twice, as client_id and as clientId; client_id is used."),
    ("66", WEB, web(events={"name": "a"}), B, "events", "UNUSUAL_SHAPE", "events is an object; it is read as a list of events."),
    ("67", WEB, b'{"client_id":"1.2","events":[{"name":"a","params":{"b":12345678901234567890123}}]}', B, f"{PARAMS}.b",
     "TOO_MANY_DIGITS", f"{PARAMS}.b has more digits than a number can hold; it is kept as the text [12345678901234567890123]."),
    ("68 milliseconds", WEB, web(timestamp_micros=NOW // 1000), B, "timestamp_micros", "TIME_UNIT",
     f"timestamp_micros [{NOW // 1000}] is in milliseconds; it is read as [{NOW // 1000 * 1000}] microseconds."),
    ("68 seconds as text", WEB, event(timestamp_micros=str(NOW // 10**6)), B, f"{PARAMS}.timestamp_micros", "TIME_UNIT",
     f"timestamp_micros [{NOW // 10**6}] is in seconds; it is read as [{NOW // 10**6 * 10**6}] microseconds."),
    ("68 nanoseconds", WEB, web(events=[{"name": "a", "timestamp_micros": NOW * 1000}]), B, "events[0].timestamp_micros",
     "TIME_UNIT", f"timestamp_micros [{NOW * 1000}] is in nanoseconds; it is read as [{NOW}] microseconds."),
    ("69", WEB, web(client_id="GA1.1.1.2"), B, "client_id", "COOKIE_AS_ID",
     "client_id is a whole cookie; the id in it, [1.2], is used."),
    ("69 session", WEB, event(session_id="GS2.1.s17$o5"), B, f"{PARAMS}.session_id", "COOKIE_AS_ID",
     f"{PARAMS}.session_id is a whole cookie; the id in it, [17], is used."),
    ("69 session number", WEB, event(session_number="s17$o5"), B, f"{PARAMS}.session_number", "COOKIE_AS_ID",
     f"{PARAMS}.session_number is a whole cookie; the id in it, [5], is used."),
    ("70", WEB, web(client_id="jo%40example.com"), B, "client_id", "EMAIL_AS_ID",
     "client_id is an e-mail address, which must not be an id; its hash is used instead."),
    ("70 user", WEB, web(user_id="jo@example.com"), B, "user_id", "EMAIL_AS_ID",
     "user_id is an e-mail address, which must not be an id; its hash is used instead."),
]  # fmt: skip
