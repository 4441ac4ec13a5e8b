"""What the parts of a file say about each other: every name that is used exists, and nothing goes round in circles."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping

from config.asking import own_names
from config.document import Document
from config.inside import Spot
from config.mentions import mentions
from config.messages import unknown
from config.problem import Path
from config.settings import Settings
from core.expressions.grammar import parse
from core.expressions.names import ANSWERED, OF_ELEMENTS
from core.expressions.template import parts
from core.expressions.words import SAID, results
from core.triggers import ALL
from core.variables import VariableSettings, compile_variable, find_cycle, references

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_NAMED = ("clients", "transformations", "tags", "variables", "triggers", "deduplicate")


def check(settings: Settings, document: Document, read: Callable[[str], bytes]) -> None:
    """Notes every mistake in the names of the file; ``settings`` may lack what is wrong for other reasons."""
    _check_names(document)
    _check_lists(settings, document)
    _check_mentions(settings, document)
    _check_variables(settings.variables, document, read)
    _check_consent(settings, document)


def _check_names(document: Document) -> None:
    for section in _NAMED:
        for name in document.section(section):
            if not _NAME.fullmatch(name):
                document.error((section, name), "a name is letters, digits, _ and -, and starts with a letter", key=True)
            elif name == ALL and section in ("triggers", "tags"):
                document.error((section, name), "`all` is built in; take another name", key=True)


def _check_lists(settings: Settings, document: Document) -> None:
    triggers = [*document.section("triggers"), ALL]
    _check_each(settings.exceptions, ("exceptions",), "trigger", triggers, document)
    for name, trigger in settings.triggers.items():
        _check_each(trigger.client, ("triggers", name, "client"), "client", document.section("clients"), document)
    for name, tag in settings.tags.items():
        _check_each(tag.settings.triggers, ("tags", name, "triggers"), "trigger", triggers, document)
        _check_each(tag.settings.exceptions, ("tags", name, "exceptions"), "trigger", triggers, document)
    for name, rule in settings.deduplicate.items():
        _check_each(rule.triggers, ("deduplicate", name, "triggers"), "trigger", triggers, document)
    tags = document.section("tags")
    for name, transformation in settings.transformations.items():
        path = ("transformations", name)
        _check_each(transformation.settings.tags, (*path, "tags"), "tag", [*tags, ALL], document)
        _check_each(transformation.settings.except_, (*path, "except"), "tag", tags, document)


def _check_each(names: Iterable[str], path: Path, what: str, known: Iterable[str], document: Document) -> None:
    known = list(known)
    for index, name in enumerate(names):
        if name not in known:
            document.error((*path, index), unknown(f"{what} {name}", name, known))


def _check_mentions(settings: Settings, document: Document) -> None:
    known = {"var": list(document.section("variables")), "env": list(document.section("environment"))}
    of_requests = _reading_body(settings.variables)
    for mention in mentions(settings):
        own = _own_names(settings, mention.location)
        for root, name in sorted(mention.expression.references):
            spot = mention.spot((root, name))
            if root in _ELSEWHERE and root not in own:
                document.error(mention.text, f"{root} means something only in {_ELSEWHERE[root]}", spot=spot)
            if root in known and name not in known[root]:
                document.error(mention.text, unknown(f"{_WORDS[root]} {name}", name, known[root]), spot=spot)
            if root == "var" and name in of_requests and "body" not in own:
                message = f"the variable {name} reads `body`, so it has a value only in a client that reads JSON"
                document.error(mention.text, message, spot=spot)


def _own_names(settings: Settings, location: Path) -> Collection[str]:
    """What an expression at this location may begin with that means nothing elsewhere."""
    if location[0] == "variables":
        return _IN_VARIABLES
    own = next((each for each in settings.components if (f"{each.kind}s", each.name) == location[:2]), None)
    return own_names(own, location[2:]) if own else ()


def _reading_body(variables: Mapping[str, VariableSettings]) -> set[str]:
    """The variables that read what a request says, be it by way of others."""
    names = {
        name: {each for expression in references(form) for each in expression.references} for name, form in variables.items()
    }
    found = {name for name, used in names.items() if any(root == "body" for root, _ in used)}
    while more := {name for name, used in names.items() if any(("var", each) in used for each in found)} - found:
        found |= more
    return found


def _check_variables(variables: Mapping[str, VariableSettings], document: Document, read: Callable[[str], bytes]) -> None:
    uses = {name: _variables_used(variable) & variables.keys() for name, variable in variables.items()}
    cycle = find_cycle(uses)
    if cycle:
        document.error(("variables", cycle[0]), f"goes round in a circle: {' -> '.join(cycle)}", key=True)
    for name, variable in variables.items():
        try:
            compile_variable(variable, read)
        except ValueError as error:
            document.error(("variables", name, "file"), str(error))


def _check_consent(settings: Settings, document: Document) -> None:
    """What is filled in for consent and is no word of it would be passed over without a word."""
    for kind, fill in settings.consent.items():
        written = fill.literal
        if fill.constant and written not in SAID:
            document.error(("consent", kind), _NO_CONSENT)
        for expression in fill.expressions:
            for part in parts(expression.source):
                for value in results(parse(part.text)) if part.expression else ():
                    if value.value not in (*SAID, *_NOTHING):
                        spot = Spot(expression.source, part.offset + value.lineno)
                        document.error(("consent", kind), _NO_CONSENT, spot=spot)


def _variables_used(variable: VariableSettings) -> set[str]:
    return {name for expression in references(variable) for root, name in expression.references if root == "var"}


_OF_ELEMENTS = "a variable's `each`, in a client that reads JSON, and where a transformation sets a name such as items.*.margin"
_ELSEWHERE = {
    **dict.fromkeys(OF_ELEMENTS, _OF_ELEMENTS),
    "body": "a client that reads JSON, and in variables that only such clients use",
    **dict.fromkeys(ANSWERED, "a tag's setting `success`"),
}
_IN_VARIABLES = _ELSEWHERE.keys() - {*ANSWERED}
_NOTHING = (None, "", "unset")
"""What an expression may say where nothing is known."""
_NO_CONSENT = "must be 'granted' or 'denied'; leave it out where nothing is known"
_WORDS = {"var": "variable", "env": "environment name"}
