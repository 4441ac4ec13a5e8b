"""Strategies of hypothesis for exports: such as Tag Manager could have written, and such as nobody has."""

from __future__ import annotations

from typing import Any, Final

from hypothesis import strategies as st

Json = Any

ODD_TEXTS: Final = (
    "",
    " ",
    "true",
    "null",
    "0123",
    "1e5",
    "- x",
    "a: b",
    "a #b",
    "*x",
    "&y",
    "!z",
    "${HOME}",
    "$${A}",
    "{{ open",
    "}}",
    "{% if %}",
    "{# no #}",
    "it's",
    '"q"',
    "both ' and \"",
    "\\d+",
    "C:\\x\\1",
    "line\nbreak",
    "tab\there",
    "\u2028",
    "\ud800",
    "größe",
    "値",
    "🛒",
    "[a, b]",
    "{a: b}",
    "~",
    "=",
    "a,b",
    "?",
    "|",
    ">",
    "%",
    "@at",
    "`tick`",
    "undefined",
    "123",
    "-1.5",
    "^(a|b)$",
    ".*",
    "(?=x)",
    "a(",
    "x" * 70,
)
NAMES: Final = ("GA4", "ed - x", "const - a", "lt - b", "all", "A  B", "購入", "a", "b", "c", "GA4 (MP)", "Data Client", "{{x}}")
BUILT_INS: Final = (
    "Event Name",
    "_event",
    "Client Name",
    "Request Path",
    "Debug Mode",
    "Container Version",
    "Visitor Region",
    "Random Number",
)
CLIENTS: Final = ("gaaw_client", "mpaw_client", "gtm_client", "cvt_1_90", "cvt_1_91", "other")
TAGS: Final = ("sgtmgaaw", "sgtmadsct", "sgtmadscl", "cvt_5TP8W", "cvt_1_92", "cvt_1_999", "other")
VARIABLES: Final = ("c", "ed", "rh", "qp", "sgtmk", "vr", "smm", "remm", "fs", "r", "cvt_1_93", "cvt_1_94", "cvt_1_95", "other")
TRANSFORMATIONS: Final = ("tf_allow_params", "tf_exclude_params", "tf_augment_event", "cvt_1_96")
TRIGGERS: Final = ("ALWAYS", "CUSTOM_EVENT", "customEvent", "SERVER_PAGEVIEW", "LINK_CLICK")
OPERATORS: Final = (
    "EQUALS",
    "CONTAINS",
    "STARTS_WITH",
    "ENDS_WITH",
    "MATCH_REGEX",
    "matchRegex",
    "GREATER",
    "GREATER_OR_EQUALS",
    "LESS",
    "LESS_OR_EQUALS",
    "CSS_SELECTOR",
    "REGEX",
)
PARAMETERS: Final = (
    "value",
    "keyPath",
    "setDefaultValue",
    "defaultValue",
    "headerName",
    "queryParamName",
    "name",
    "input",
    "fullMatch",
    "ignoreCase",
    "replaceAfterMatch",
    "cookieManagement",
    "cookieName",
    "cookieDomain",
    "cookiePath",
    "cookieMaxAgeInSec",
    "cookieSamesite",
    "migrateFromJsClientId",
    "activateGtagSupport",
    "activationPath",
    "isPathMandatory",
    "measurementId",
    "eventName",
    "epToIncludeDropdown",
    "upToIncludeDropdown",
    "redactVisitorIp",
    "url",
    "requestMethod",
    "requestTimeout",
    "includeEventData",
    "accessToken",
    "pixelId",
    "componentType",
    "queryKey",
    "urlSource",
    "encoding",
    "object_var",
    "object_property",
    "consentType",
    "matchingConditionsEnabled",
    "allTagsExcept",
    "booleanExpressionString",
)
TABLES: Final = {
    "map": ("key", "value"),
    "table": ("inputOne", "rule", "inputTwo", "output"),
    "epToExclude": ("fieldName",),
    "eventParameters": ("fieldName", "value"),
    "userProperties": ("fieldName", "value"),
    "headers": ("key", "value"),
    "data": ("key", "value"),
    "gtagMeasurementIds": ("measurementId",),
    "allowedContainerIds": ("containerId", "path"),
    "allowedParamsTable": ("allowedParams",),
    "excludedParamsTable": ("excludedParams",),
    "augmentEventTable": ("paramName", "paramValue"),
    "affectedTags": ("tagReference",),
    "affectedTagTypes": ("tagType",),
    "matchingConditionsTable": ("variableReference", "expressionType", "expressionValue"),
}

json_values: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False) | st.sampled_from(ODD_TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(ODD_TEXTS + PARAMETERS), inner, max_size=3),
    max_leaves=12,
)

literals = st.sampled_from(ODD_TEXTS) | st.text(max_size=8)
references = st.sampled_from(NAMES + BUILT_INS).map(lambda name: f"{{{{{name}}}}}")
texts = st.lists(literals | references, min_size=1, max_size=3).map("".join) | references


def template(key: str) -> st.SearchStrategy[Json]:
    """A parameter with a text."""
    return texts.map(lambda text: {"type": "TEMPLATE", "key": key, "value": text})


def boolean(key: str) -> st.SearchStrategy[Json]:
    """A parameter that is yes or no."""
    return st.sampled_from(("true", "false")).map(lambda text: {"type": "BOOLEAN", "key": key, "value": text})


def table(key: str, columns: tuple[str, ...]) -> st.SearchStrategy[Json]:
    """A parameter that is a list of rows."""
    row = st.tuples(*(template(column) for column in columns)).map(lambda cells: {"type": "MAP", "map": list(cells)})
    return st.lists(row, max_size=3).map(lambda rows: {"type": "LIST", "key": key, "list": rows})


parameters = st.lists(
    st.one_of(
        st.sampled_from(PARAMETERS).flatmap(lambda key: template(key) | boolean(key)),
        st.sampled_from(sorted(TABLES)).flatmap(lambda key: table(key, TABLES[key])),
    ),
    max_size=6,
)

conditions = st.builds(
    lambda operator, left, right, negate, ignore: {
        "type": operator,
        "parameter": [
            {"type": "TEMPLATE", "key": "arg0", "value": left},
            {"type": "TEMPLATE", "key": "arg1", "value": right},
            *([{"type": "BOOLEAN", "key": "negate", "value": "true"}] if negate else []),
            *([{"type": "BOOLEAN", "key": "ignore_case", "value": "true"}] if ignore else []),
        ],
    },
    st.sampled_from(OPERATORS),
    references | texts,
    literals | texts,
    st.booleans(),
    st.booleans(),
)
names = st.sampled_from(NAMES) | st.text(min_size=1, max_size=6).filter(str.strip)


def entity(kind: str, types: tuple[str, ...], **more: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    """One of a kind; ``more`` are fields of its own."""
    fixed = {
        f"{kind}Id": st.integers(1, 9).map(str),
        "name": names,
        "type": st.sampled_from(types),
        "parameter": parameters,
    }
    return st.fixed_dictionaries(fixed, optional={"notes": literals, "parentFolderId": st.just("1"), **more})


ids = st.lists(st.integers(1, 10).map(str) | st.just("2147479574"), max_size=4)
formats = st.fixed_dictionaries(
    {},
    optional={
        "caseConversionType": st.sampled_from(("LOWERCASE", "uppercase", "NONE")),
        "convertUndefinedToValue": template("convertUndefinedToValue"),
        "convertTrueToValue": template("convertTrueToValue"),
        "convertFalseToValue": template("convertFalseToValue"),
    },
)
sequences = st.lists(names.map(lambda name: {"tagName": name}), max_size=2)
clients = entity("client", CLIENTS, priority=st.integers(-5, 500))
tags = entity(
    "tag",
    TAGS,
    firingTriggerId=ids,
    blockingTriggerId=ids,
    paused=st.booleans(),
    setupTag=sequences,
    teardownTag=sequences,
    tagFiringOption=st.sampled_from(("ONCE_PER_EVENT", "ONCE_PER_LOAD", "unlimited")),
    scheduleStartMs=st.just("1764547200000"),
    priority=st.just({"type": "INTEGER", "value": "5"}),
    consentSettings=st.sampled_from(("NEEDED", "NOT_SET")).map(
        lambda status: {
            "consentStatus": status,
            "consentType": {"type": "LIST", "list": [{"type": "TEMPLATE", "value": "ad_storage"}, {"value": "other"}]},
        }
    ),
)
triggers = entity(
    "trigger", TRIGGERS, filter=st.lists(conditions, max_size=3), customEventFilter=st.lists(conditions, max_size=2)
)
variables = entity("variable", VARIABLES, formatValue=formats)
transformations = entity("transformation", TRANSFORMATIONS)
TEMPLATES: Final = [
    {"templateId": str(id), "containerId": "1", "name": name, "galleryReference": {"owner": owner, "repository": repository}}
    for id, name, owner, repository in (
        (90, "Data Client", "stape-io", "data-client"),
        (91, "Mystery", "", ""),
        (92, "JSON HTTP Request", "stape-io", "json-http-request-tag"),
        (93, "Advanced Lookup Table", "stape-io", "advanced-lookup-table-variable"),
        (94, "URL Parser", "gtm-templates-simo-ahava", "url-parser"),
        (95, "Object Property Extractor", "stape-io", "object-property-extractor-variable"),
        (96, "Item Enricher", "example-agency", "item-enricher"),
    )
]

versions = st.builds(
    lambda clients, tags, triggers, variables, transformations: {
        "containerVersionId": "3",
        "container": {"publicId": "GTM-EX0", "usageContext": ["SERVER"]},
        "client": clients,
        "tag": tags,
        "trigger": triggers,
        "variable": variables,
        "transformation": transformations,
        "builtInVariable": [{"type": "EVENT_NAME", "name": "Event Name"}, {"type": "DEBUG_MODE", "name": "Debug Mode"}],
        "customTemplate": TEMPLATES,
        "folder": [{"folderId": "1", "name": "A: #folder"}],
    },
    st.lists(clients, max_size=4),
    st.lists(tags, max_size=5),
    st.lists(triggers, max_size=6),
    st.lists(variables, max_size=8),
    st.lists(transformations, max_size=3),
)
"""A version of a server container, such as Tag Manager could have written."""
