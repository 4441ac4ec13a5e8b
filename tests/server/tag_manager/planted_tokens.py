"""Every place of an export where somebody may have written a token, as exports with one there."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from tests.server.tag_manager.building import (
    client,
    condition,
    constant,
    event_data,
    tag,
    template,
    trigger,
    variable,
)

Json = Any
Planted = Callable[[str], Mapping[str, Sequence[Json]]]

TEMPLATES: Final = [
    template("JSON HTTP Request", "stape-io/json-http-request-tag", "90"),
    template("Facebook Conversion API", "stape-io/facebook-tag", "91"),
    template("TikTok Events API", "stape-io/tiktok-tag", "92"),
    template("Data Client", "stape-io/data-client", "93"),
    template("House Tag", "", "94"),
    template("Advanced Lookup Table", "stape-io/advanced-lookup-table-variable", "95"),
    template("Klaviyo", "stape-io/klaviyo-tag", "96"),
]
KNOWN: Final = ("EAA", "ya29.")
"""Beginnings that are secrets even where ids stand, and hosts."""
HTTP: Final = {"url": "https://hooks.shop.example/in", "requestMethod": "POST"}
META: Final = {"pixelId": "100000000000001", "accessToken": "{{const - kept token}}"}
KEPT: Final = constant("const - kept token", "EAAKEPT0123456789notrealnotreal")


def house(values: Mapping[str, Json], **fields: Json) -> Mapping[str, Sequence[Json]]:
    return {"tag": [tag("House", values, "cvt_1_94", **fields)]}


def _http(**values: Json) -> Mapping[str, Sequence[Json]]:
    return {"tag": [tag("Hook", {**HTTP, **values}, "cvt_1_90")]}


def _meta(**values: Json) -> Mapping[str, Sequence[Json]]:
    return {"tag": [tag("FB", {**META, **values}, "cvt_1_91")], "variable": [KEPT]}


def _used(*variables: Json, name: str = "x") -> Mapping[str, Sequence[Json]]:
    """A variable where an expression is read, where a plain text is, in a stub, and in a header."""
    reference = f"{{{{{name}}}}}"
    return {
        "variable": variables,
        "tag": [
            tag("GA4", {"measurementId": reference, "eventParameters": [{"fieldName": "p", "value": f"a {reference}"}]}),
            tag("House", {"field": reference, "rows": [{"name": "n", "value": reference}]}, "cvt_1_94"),
            tag("Hook", {**HTTP, "headers": [{"key": "X-A", "value": reference}]}, "cvt_1_90"),
            tag("On it", firingTriggerId=["1"]),
        ],
        "trigger": [trigger("t", condition("EQUALS", "{{Event Name}}", reference))],
    }


def _fired(*conditions: Json) -> Mapping[str, Sequence[Json]]:
    return {
        "trigger": [trigger("t", *conditions)],
        "tag": [tag(firingTriggerId=["1"])],
        "variable": [event_data("x", "x")],
    }


def _changing(type: str, values: Mapping[str, Json]) -> Mapping[str, Sequence[Json]]:
    all_tags = {"allTagsExcept": True, **values}
    change = variable("change", type, all_tags)
    return {"tag": [tag()], "transformation": [change]}


PLACES: Final[Mapping[str, Planted]] = {
    "a constant": lambda token: _used(constant("x", token)),
    "a constant that is a sentence": lambda token: _used(constant("x", f"the token is {token}, as agreed")),
    "a constant that is a URL": lambda token: _used(constant("x", f"https://api.example/in?key={token}&v=1")),
    "a constant in JSON": lambda token: _used(constant("x", json.dumps({"private_key": token, "a": "b"}))),
    "a default": lambda token: _used(variable("x", "ed", {"keyPath": "a", "setDefaultValue": True, "defaultValue": token})),
    "a key path": lambda token: _used(event_data("x", f"headers.{token}")) if token.startswith(KNOWN) else {},
    "a header's name": lambda token: _used(variable("x", "rh", {"headerName": token})),
    "a cookie's name": lambda token: _used(variable("x", "sgtmk", {"name": token})),
    "a look-up's result": lambda token: _used(
        variable("x", "smm", {"input": "{{Event Name}}", "map": [{"key": "a", "value": token}, {"key": "b", "value": "c"}]})
    ),
    "a look-up's key": lambda token: _used(
        variable("x", "smm", {"input": "{{Event Name}}", "map": [{"key": token, "value": "a"}, {"key": "b", "value": "c"}]})
    ),
    "a look-up's default": lambda token: _used(
        variable("x", "smm", {"input": "{{Event Name}}", "map": [], "setDefaultValue": True, "defaultValue": token})
    ),
    "a RegEx table's pattern": lambda token: _used(
        variable("x", "remm", {"input": "{{Event Name}}", "map": [{"key": f"^{token}$", "value": "a"}]})
    ),
    "a RegEx table's result": lambda token: _used(
        variable("x", "remm", {"input": "{{Event Name}}", "map": [{"key": "^a", "value": f"{token}"}]})
    ),
    "an advanced table's result": lambda token: _used(
        variable("x", "cvt_1_95", {"table": [{"inputOne": "{{Event Name}}", "rule": "equals", "inputTwo": "a", "output": token}]})
    ),
    "an advanced table's condition": lambda token: _used(
        variable("x", "cvt_1_95", {"table": [{"inputOne": "{{Event Name}}", "rule": "equals", "inputTwo": token, "output": "a"}]})
    ),
    "an unknown variable's parameter": lambda token: _used(variable("x", "cvt_1_94", {"key": token})),
    "a converted value": lambda token: _used(
        variable("x", "ed", {"keyPath": "a"}, formatValue={"convertUndefinedToValue": {"type": "TEMPLATE", "value": token}})
    ),
    "a parameter of a template": lambda token: house({"anything": token}),
    "a parameter named token": lambda token: house({"authToken": token}),
    "a row of a template": lambda token: house({"rows": [{"name": "n", "value": token}]}),
    "a column of a template": lambda token: house({"rows": [{"left": token, "right": "b"}]}),
    "the name of a row": lambda token: house({"rows": [{"name": token, "value": "b"}]}),
    "a deep parameter": lambda token: house({"a": {"b": {"c": [token, {"d": token}]}}}),
    "the name of a parameter": lambda token: house({token: "b"}),
    "a sentence in a template": lambda token: house({"help": f"see https://x.example/{token}, or ask"}),
    "a URL's query": lambda token: _http(url=f"https://hooks.shop.example/in?key={token}"),
    "a URL's path": lambda token: _http(url=f"https://hooks.shop.example/in/{token}/events"),
    "a URL's host": lambda token: _http(url=f"https://{token}.example/in") if token.startswith(KNOWN) else {},
    "a URL's user": lambda token: _http(url=f"https://me:{token}@hooks.shop.example/in"),
    "a header": lambda token: _http(headers=[{"key": "Authorization", "value": f"Bearer {token}"}]),
    "a header of its own": lambda token: _http(headers=[{"key": "X-Anything", "value": token}]),
    "the name of a header": lambda token: _http(headers=[{"key": token, "value": "b"}]),
    "a body": lambda token: _http(data=[{"key": "a.b", "value": token}]),
    "the name in a body": lambda token: _http(data=[{"key": token, "value": "b"}]),
    "event data": lambda token: _http(includeEventData=True, data=[{"key": "a", "value": token}]),
    "a method": lambda token: _http(requestMethod=token),
    "a token of Meta's tag": lambda token: _meta(accessToken=token),
    "a pixel of Meta's tag": lambda token: _meta(pixelId=token) if token.startswith(KNOWN) else {},
    "a proof of Meta's tag": lambda token: _meta(useAppSecretProof=True, appSecretProof=token),
    "a test code of Meta's tag": lambda token: _meta(testId=token),
    "user data of Meta's tag": lambda token: _meta(userDataList=[{"name": "em", "value": token}]),
    "a row's name of Meta's tag": lambda token: _meta(userDataList=[{"name": token, "value": "b"}]),
    "an unknown key of Meta's tag": lambda token: _meta(**{token: "b"}),
    "several pixels of Meta's tag": lambda token: _meta(
        enableMultipixelSetup=True, pixelIdAndAccessTokenTable=[{"pixelId": "100000000000001", "accessToken": token}]
    ),
    "a limit of Meta's tag": lambda token: _meta(serverEventDataList=[{"name": "data_processing_options", "value": token}]),
    "properties of Klaviyo's tag": lambda token: {
        "tag": [tag("K", {"apiKey": token, "event": "a", "properties": [{"name": token, "value": token}]}, "cvt_1_96")]
    },
    "a path of a data client": lambda token: {"client": [client("D", "cvt_1_93", {"path": [{"path": f"/{token}"}]})]},
    "a parameter of a data client": lambda token: {"client": [client("D", "cvt_1_93", {"other": token})]},
    "a parameter of an unknown client": lambda token: {"client": [client("D", "cvt_1_94", {"other": token})]},
    "a cookie of the ga4 client": lambda token: {
        "client": [client("GA4", "gaaw_client", {"cookieManagement": "server", "cookieName": token, "cookiePath": token})]
    },
    "a container id": lambda token: {"client": [client("W", "gtm_client", {"allowedContainerIds": [{"containerId": token}]})]},
    "a path of the mp client": lambda token: {"client": [client("MP", "mpaw_client", {"activationPath": f"/{token}"})]},
    "a GA4 parameter": lambda token: {"tag": [tag(values={"eventParameters": [{"fieldName": "p", "value": token}]})]},
    "a GA4 parameter's name": lambda token: {"tag": [tag(values={"eventParameters": [{"fieldName": token, "value": "b"}]})]},
    "a GA4 parameter that is left out": lambda token: {"tag": [tag(values={"epToExclude": [{"fieldName": token}]})]},
    "a GA4 choice": lambda token: {"tag": [tag(values={"epToIncludeDropdown": token})]},
    "a measurement id": lambda token: {"tag": [tag(values={"measurementId": token})]},
    "a parameter of Google's own tag": lambda token: {"tag": [tag("Ads", {"anything": token}, "sgtmadsct")]},
    "a type": lambda token: {"tag": [tag("T", {}, token)], "client": [client("C", token)], "trigger": [trigger(type=token)]},
    "a type of a template that is missing": lambda token: {"tag": [tag("T", {}, f"cvt_{token}")]},
    "a condition": lambda token: _fired(condition("EQUALS", "{{x}}", token)),
    "a pattern": lambda token: _fired(condition("MATCH_REGEX", "{{x}}", f"^({token}|b)$")),
    "an event's pattern": lambda token: _fired(condition("MATCH_REGEX", "{{Event Name}}", f"^({token.replace('-', '_')}|b)$")),
    "a client's name in a condition": lambda token: _fired(condition("EQUALS", "{{Client Name}}", token)),
    "a missing variable's name": lambda token: _fired(condition("EQUALS", f"{{{{{token}}}}}", "a")),
    "an operator": lambda token: _fired(condition(token, "{{x}}", "a")),
    "an augmentation": lambda token: _changing(
        "tf_augment_event",
        {"augmentEventTable": [{"paramName": "a", "paramValue": token}, {"paramName": "b", "paramValue": "c"}]},
    ),
    "an augmentation's name": lambda token: _changing(
        "tf_augment_event",
        {"augmentEventTable": [{"paramName": token, "paramValue": "a"}, {"paramName": "b", "paramValue": "c"}]},
    ),
    "an exclusion": lambda token: _changing("tf_exclude_params", {"excludedParamsTable": [{"excludedParams": token}]}),
    "a transformation's tag": lambda token: _changing("tf_exclude_params", {"affectedTags": [{"tagReference": token}]}),
    "a transformation's condition": lambda token: _changing(
        "tf_exclude_params",
        {
            "excludedParamsTable": [{"excludedParams": "a"}],
            "matchingConditionsEnabled": True,
            "matchingConditionsTable": [
                {"variableReference": "{{Event Name}}", "expressionType": "EQUALS", "expressionValue": token}
            ],
        },
    ),
    "an unknown transformation": lambda token: _changing("cvt_1_94", {"mode": token}),
    "the name of a client": lambda token: {"client": [client(f"GA4 {token}")]},
    "the name of a tag": lambda token: {
        "tag": [tag(f"GA4 {token}"), tag(f"House {token}", {"authToken": "abcdef1"}, "cvt_1_94")]
    },
    "the name of a trigger": lambda token: {"trigger": [trigger(token)], "tag": [tag(firingTriggerId=["1"])]},
    "the name of a constant": lambda token: _used(constant(f"{token}", "abc"), constant("x", "abc"), name=token),
    "the name of a variable": lambda token: _used(
        variable(token, "ed", {"keyPath": "a", "setDefaultValue": True, "defaultValue": "b"}), name=token
    ),
    "the name of a template": lambda token: {
        "customTemplate": [template(f"{token}", "", "97")],
        "tag": [tag("T", {}, "cvt_1_97")],
    },
    "the reference of a template": lambda token: {
        "customTemplate": [template("T", f"{token}/{token}", "97")],
        "tag": [tag("T", {}, "cvt_1_97")],
    },
    "the name of a folder": lambda token: {
        "folder": [{"folderId": "5", "name": token}],
        "tag": [tag("T", parentFolderId="5")],
    },
    "the name of a zone": lambda token: {"zone": [{"zoneId": "1", "name": token, "type": "z"}]},
    "notes": lambda token: {"tag": [tag("T", notes=f"token until May: {token}\nand more")]},
    "notes of a trigger": lambda token: {"trigger": [trigger("t", notes=token)], "tag": [tag(firingTriggerId=["1"])]},
    "the name of a tag that goes before": lambda token: {"tag": [tag("T", setupTag=[{"tagName": token}])]},
    "the id of a trigger": lambda token: {"tag": [tag("T", firingTriggerId=[token], blockingTriggerId=[token])]},
    "a consent type": lambda token: {
        "tag": [
            tag(
                "T",
                consentSettings={
                    "consentStatus": "NEEDED",
                    "consentType": {"type": "LIST", "list": [{"type": "TEMPLATE", "value": token}]},
                },
            )
        ]
    },
    "a priority": lambda token: {"tag": [tag("T", priority={"type": "INTEGER", "value": token})]},
    "an id": lambda token: {"tag": [tag("値", tagId=token)]},
}
