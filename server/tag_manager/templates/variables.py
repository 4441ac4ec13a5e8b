"""Variables that are made of templates of the gallery, by ``owner/repository`` in lower case."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, get_args

from core.fields import ConsentType
from server.tag_manager import literals
from server.tag_manager.export import row_text
from server.tag_manager.meaning import Computed, Lost, Meaning, Table
from server.tag_manager.operators import Condition, expression_of
from server.tag_manager.translation import Translation
from server.tag_manager.variables import VariableReader, below
from server.tag_manager.yaml_text import Node

_NOT: Final = re.compile(r"doesNot(\w+)")
_RULES: Final[Mapping[str, str]] = {
    "equals": "equals",
    "equal": "equals",
    "contains": "contains",
    "contain": "contains",
    "startswith": "startsWith",
    "startwith": "startsWith",
    "endswith": "endsWith",
    "endwith": "endsWith",
    "matchesregex": "matchRegex",
    "matchregex": "matchRegex",
    "matchesregexignorecase": "matchRegex",
    "matchregexignorecase": "matchRegex",
    "lessthan": "less",
    "lessthanorequalto": "lessOrEquals",
    "greaterthan": "greater",
    "greaterthanorequalto": "greaterOrEquals",
}
_PAGE: Final = "default_page_location"


def _advanced_table(translation: Translation) -> Meaning | Lost:
    """A chain of results, each with its condition."""
    table, parts = translation.entity, []
    for row in table.rows("table"):
        condition = expression_of(
            _condition(row_text(row, "rule"), row_text(row, "inputOne"), row_text(row, "inputTwo")), translation
        )
        if isinstance(condition, Lost):
            translation.approximate(f"a row is left out: {condition.reason}")
            continue
        result = _result(row_text(row, "output"), "a result", translation)
        if isinstance(result, Lost):
            return result
        parts.append(f"{result} if {condition}")
    last = _result(table.text("defaultValue"), "its default", translation) if table.flag("setDefaultValue") else "none"
    return last if isinstance(last, Lost) else Computed(" else ".join([*parts, last]))


def _condition(rule: str, left: str, right: str) -> Condition:
    negated = _NOT.fullmatch(rule)
    kind = (negated[1] if negated else rule).lower()
    return Condition(_RULES.get(kind, rule), left, right, bool(negated), kind.endswith("ignorecase"))


def _result(written: str, what: str, translation: Translation) -> str | Lost:
    read = translation.operand(written)
    if isinstance(read, Lost) and not read.secret:
        translation.approximate(f"{what} is left out: {read.reason}")
        return "none"
    return read if isinstance(read, Lost) else read.expression


def _url_part(translation: Translation) -> Meaning | Lost:
    parser = translation.entity
    source = parser.text("urlSource")
    read = None if source in ("", _PAGE) else translation.needed(source)
    if isinstance(read, Lost):
        return read
    url = read.expression if read else "event.page_location"
    part = parser.text("componentType")
    if part == "fullUrl":
        return Computed(url)
    if part == "path":
        return Computed(f"{url} | url_path")
    if part == "hostName":
        if parser.flag("stripWww"):
            translation.approximate("www. stays")
        return Computed(f"{url} | url_host")
    if part != "query":
        return Lost(f"no filter for the part {literals.spoken(part)} of a URL")
    key = translation.raw(parser.text("queryKey"))
    return key if isinstance(key, Lost) else Computed(f"{url} | url_query({literals.in_expression(key)})")


def _hash(translation: Translation) -> Meaning | Lost:
    read = translation.needed(translation.entity.text("input"))
    if isinstance(read, Lost):
        return read
    encoding = translation.entity.text("encoding")
    if encoding not in ("", "hex"):
        return Lost(f"no filter for SHA-256 in {literals.spoken(encoding)}")
    return Computed(f"{read.expression} | sha256")


def _property(translation: Translation) -> Meaning | Lost:
    read = translation.needed(translation.entity.text("object_var"))
    path = translation.raw(translation.entity.text("object_property"))
    if isinstance(read, Lost):
        return read
    return path if isinstance(path, Lost) else Computed(below(read.expression, path))


def _consent(translation: Translation) -> Meaning | Lost:
    type = translation.raw(translation.entity.text("consentType"))
    if isinstance(type, Lost):
        return type
    if type not in get_args(ConsentType):
        return Lost(f"no consent type {literals.spoken(type)}")
    return Computed(f"'granted' if consent.{type} == 'granted' else 'denied'")


def _object(translation: Translation) -> Meaning | Lost:
    """An object of names and values, or a list of that one."""
    found: dict[str, Node] = {}
    for row in translation.entity.rows("object_data"):
        name = translation.raw(row_text(row, "property", "key", "name"))
        value = translation.text(row_text(row, "value"))
        if isinstance(value, Lost) and value.secret:
            return value
        if isinstance(name, Lost) or "${" in name:
            translation.approximate(f"a row is left out: {name.reason if isinstance(name, Lost) else 'a name cannot hold ${'}")
        elif isinstance(value, Lost):
            translation.approximate(f"{literals.spoken(name)} is left out: {value.reason}")
        elif name in found:
            translation.approximate(f"{literals.spoken(name)} stands twice: the last counts")
            found[name] = value
        else:
            found[name] = value
    return Table([found] if translation.entity.flag("inside_array") else {"object": found})


VARIABLE_TEMPLATES: Final[Mapping[str, VariableReader]] = {
    "stape-io/advanced-lookup-table-variable": _advanced_table,
    "gtm-templates-simo-ahava/url-parser": _url_part,
    "gtm-templates-simo-ahava/sha256-hasher": _hash,
    "stape-io/object-property-extractor-variable": _property,
    "analytics-engineers/gtm-server-variable-google-consent-mode-check": _consent,
    "stape-io/object-builder-variable": _object,
}
