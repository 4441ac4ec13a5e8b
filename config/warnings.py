"""What works and is probably not meant: shown by ``check`` and at start, never refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from config.asking import doubts
from config.document import Document
from config.doubtful_names import doubt_names
from config.inside import Spot
from config.mentions import mentions
from config.settings import Settings
from config.shapes import doubt_shapes
from config.twice import doubt_twice
from config.validate import leaves
from core.component import TransformationSettings
from core.secret import Secret

UNUSED: Final = "is not used"
REACHES_NONE: Final = "reaches no tag"
IDLE: Final = (UNUSED, REACHES_NONE)
"""What is said of something that does nothing."""

_IN_THE_FILE: Final = "a secret stands in the file; give it as ${NAME}"


def doubt(settings: Settings, document: Document, substituted: set[str]) -> None:
    """Notes every doubt. ``substituted`` are the environment names that ``${NAME}`` used."""
    _doubt_expressions(settings, document)
    _doubt_unused(settings, document, substituted)
    _doubt_components(settings, document)
    _doubt_texts(settings, document)
    _doubt_tests(settings, document)
    doubt_names(settings, document)
    doubt_shapes(settings, document)
    doubt_twice(settings, document)


def _doubt_expressions(settings: Settings, document: Document) -> None:
    for mention in mentions(settings):
        for warning in mention.expression.warnings:
            document.warn(mention.text, warning.message, spot=Spot(mention.expression.source, warning.offset))


def _doubt_unused(settings: Settings, document: Document, substituted: set[str]) -> None:
    mentioned = {reference for mention in mentions(settings) for reference in mention.expression.references}
    used = {
        "variables": {name for root, name in mentioned if root == "var"},
        "environment": {name for root, name in mentioned if root == "env"} | substituted,
        "triggers": set(_triggers_used(settings)),
    }
    for section, names in used.items():
        for name in document.section(section):
            if name not in names:
                document.warn((section, name), UNUSED, key=True)


def _triggers_used(settings: Settings) -> Iterator[str]:
    yield from settings.exceptions
    for tag in settings.tags.values():
        yield from tag.settings.triggers
        yield from tag.settings.exceptions
    for rule in settings.deduplicate.values():
        yield from rule.triggers


def _doubt_components(settings: Settings, document: Document) -> None:
    """What each finds doubtful itself; a transformation that does nothing is not asked."""
    for component in settings.components:
        own = component.settings
        if isinstance(own, TransformationSettings) and not any(map(own.reaches, settings.tags)):
            document.warn(("transformations", component.name), REACHES_NONE, key=True)
            continue
        for doubt in doubts(component, settings, document):
            document.warn(doubt.at, doubt.message, key=not doubt.at_value)


def _doubt_texts(settings: Settings, document: Document) -> None:
    for location, leaf in leaves(settings.outbox, ("outbox",)):
        if isinstance(leaf, Secret) and leaf.inline:
            document.warn(location, _IN_THE_FILE, key=True)
    for component in settings.components:
        for location, leaf in leaves(component.settings, (f"{component.kind}s", component.name)):
            if isinstance(leaf, Secret) and leaf.inline:
                document.warn(location, _IN_THE_FILE, key=True)
            elif isinstance(leaf, str) and "{{" in leaf and location[-1] != "note":
                document.warn(location, "{{ }} means nothing here; this is a plain text")


def _doubt_tests(settings: Settings, document: Document) -> None:
    for at, case in settings.tests.items():
        if not case.expects:
            message = "expects nothing, so it cannot fail; add client, events, sent, not_sent, held or reply"
            document.warn(("tests", at), message, key=True)
