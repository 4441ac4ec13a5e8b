"""What a test says about itself and about the rest of the file: one input, and names that exist."""

from __future__ import annotations

from collections.abc import Iterable

from config.cases import CaseSettings, GivenSettings
from config.document import Document
from config.messages import unknown
from config.nodes import follow, scalars
from config.problem import Path
from config.settings import Settings
from core.expressions.values import text_of


def check_cases(settings: Settings, document: Document) -> None:
    """Notes every mistake in the tests that is not about one value alone."""
    for at, case in settings.tests.items():
        path: Path = ("tests", at)
        _check_input(case, path, ("request", "event", "requests"), document)
        for where, given in case.givens().items():
            if where:
                _check_input(given, (*path, *where), ("request", "event"), document)
            _check_given(given, (*path, *where), document)
        _check_beside(case, path, document)
        _check_names(case, path, document)
        _check_numbers(path, document)


def _check_input(given: GivenSettings, path: Path, forms: tuple[str, ...], document: Document) -> None:
    found = given.inputs()
    if not found:
        document.error(path, f"needs an input: one of {', '.join(forms)}", key=True)
    for other in found[1:]:
        document.error((*path, other), f"{found[0]} and {other} exclude each other", key=True)


def _check_given(given: GivenSettings, path: Path, document: Document) -> None:
    if given.consent and given.event is None:
        document.error((*path, "consent"), "goes with an event; a request says it by itself", key=True)
    if given.client is not None:
        _check_each([given.client], (*path, "client"), "client", document, "clients")
    request = given.request
    if request is None:
        return
    at = (*path, "request")
    if request.body is not None and request.body_base64 is not None:
        document.error((*at, "body_base64"), "body and body_base64 exclude each other", key=True)
    if request.cookies and "cookie" in map(str.lower, request.headers):
        document.error((*at, "cookies"), "cookies and the header Cookie exclude each other", key=True)


def _check_beside(case: CaseSettings, path: Path, document: Document) -> None:
    """What stands beside ``requests``, and what an event by itself has none of."""
    if case.requests is not None and case.consent:
        document.error((*path, "consent"), "goes beside the event that it came with", key=True)
    if case.requests is not None and case.client is not None:
        _check_each([case.client], (*path, "client"), "client", document, "clients")
    if case.reply is not None and not any(given.request for given in case.givens().values()):
        document.error((*path, "reply"), "needs a request: event data by itself is not answered", key=True)


def _check_names(case: CaseSettings, path: Path, document: Document) -> None:
    _check_each(case.not_sent, (*path, "not_sent"), "tag", document, "tags")
    for key, names in (("sent", case.sent), ("held", case.held)):
        _check_keys(names, (*path, key), "tag", document, "tags")
    _check_keys(case.env, (*path, "env"), "environment name", document, "environment")


def _check_each(names: Iterable[str], path: Path, what: str, document: Document, section: str) -> None:
    known = list(document.section(section))
    for index, name in enumerate(names):
        if name not in known:
            document.error((*path, index), unknown(f"{what} {name}", name, known))


def _check_keys(names: Iterable[str], path: Path, what: str, document: Document, section: str) -> None:
    known = list(document.section(section))
    for name in names:
        if name not in known:
            document.error((*path, name), unknown(f"{what} {name}", name, known), key=True)


def _check_numbers(path: Path, document: Document) -> None:
    """Numbers that stand where texts are compared, and would lose something of how they are written."""
    _, case = follow(document.root, path)
    for steps, scalar in scalars(case.node):
        names = [step for step in steps if isinstance(step, str)]
        as_text = (names[0] == "sent" and names[2:3] in _TEXTS) or (names[0] == "reply" and names[1:2] in _TEXTS)
        if as_text and isinstance(scalar.value, float) and text_of(scalar.value) != scalar.text:
            message = f"{scalar.text} is read as the number {text_of(scalar.value)}; put quotes around it"
            document.error((*path, *steps), message)


_TEXTS = (["query"], ["headers"])
