"""What works and is probably not meant: shown by ``check`` and at start, never refused."""

from __future__ import annotations

from collections.abc import Iterator

from config.document import Document
from config.doubtful_names import doubt_names
from config.mentions import mentions
from config.settings import Configured, Settings
from config.validate import leaves
from core.component import ClientSettings, TagSettings, TransformationSettings
from core.finders import compile_finder
from core.secret import Secret
from core.wildcard import wildcard

_GA4_NEEDS = ("client_id", "event_name", "x-ga-*")
_IDS = {
    "client_id": "1307714608.1760043792",
    "ga_session_id": "1764340309",
    "transaction_id": "0123-456789",
    "items.item_id": "0815-47110",
}
"""Ids as they come, which nobody means to take out by a pattern."""


def doubt(settings: Settings, document: Document, substituted: set[str]) -> None:
    """Notes every doubt. ``substituted`` are the environment names that ``${NAME}`` used."""
    _doubt_expressions(settings, document)
    _doubt_unused(settings, document, substituted)
    _doubt_transformations(settings, document)
    _doubt_clients(settings, document)
    _doubt_streams(settings, document)
    _doubt_repeats(settings, document)
    _doubt_texts(settings, document)
    _doubt_tests(settings, document)
    doubt_names(settings, document)


def _doubt_expressions(settings: Settings, document: Document) -> None:
    for mention in mentions(settings):
        for warning in mention.expression.warnings:
            document.warn(mention.location, warning, about=mention.expression.source)


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
                document.warn((section, name), "is not used", key=True)


def _triggers_used(settings: Settings) -> Iterator[str]:
    yield from settings.exceptions
    for tag in settings.tags.values():
        yield from tag.settings.triggers
        yield from tag.settings.exceptions
    for rule in settings.deduplicate.values():
        yield from rule.triggers


def _doubt_transformations(settings: Settings, document: Document) -> None:
    for name, transformation in settings.transformations.items():
        reached = [tag for tag in settings.tags.values() if transformation.settings.reaches(tag.name)]
        if not reached:
            document.warn(("transformations", name), "reaches no tag", key=True)
        elif transformation.type == "allow":
            _doubt_allow(transformation, reached, document)
        elif transformation.type == "redact":
            _doubt_redact(transformation, document)


def _doubt_allow(allow: Configured[TransformationSettings], reached: list[Configured[TagSettings]], document: Document) -> None:
    patterns: list[str] = getattr(allow.settings, "parameters", [])
    lacking = [name for name in _GA4_NEEDS if not any(_fits(pattern, name) for pattern in patterns)]
    starved = [tag.name for tag in reached if tag.type == "ga4"]
    if lacking and starved:
        message = f"leaves out {', '.join(lacking)}, which the tag {starved[0]} needs; add them, or `except: {starved[0]}`"
        document.warn(("transformations", allow.name, "parameters"), message, key=True)


def _doubt_redact(redact: Configured[TransformationSettings], document: Document) -> None:
    patterns, at = getattr(redact.settings, "patterns", []), ("transformations", redact.name)
    if "phone" in patterns and getattr(redact.settings, "phone_in_ids", False):
        message = "makes one of all article and order numbers that look like telephone numbers, such as 0815-47110"
        document.warn((*at, "phone_in_ids"), message, key=True)
    excepted: list[str] = getattr(redact.settings, "except_parameters", [])
    kept = {name for name in _IDS if any(_fits(pattern, name) or name.startswith(f"{pattern}.") for pattern in excepted)}
    for own in patterns:
        found = None if isinstance(own, str) else compile_finder(own.match, "").pattern
        hit = [name for name, id in _IDS.items() if found is not None and name not in kept and found.search(id)]
        if hit:
            message = f"{own.match!r} finds something in ids too, such as {hit[0]} {_IDS[hit[0]]}: `except_parameters` takes "
            document.warn((*at, "patterns"), f"{message}{', '.join(hit)} out of it", key=True)


def _fits(pattern: str, name: str) -> bool:
    return pattern == name or ("*" in pattern and wildcard(pattern)(name))


def _doubt_clients(settings: Settings, document: Document) -> None:
    for name, client in settings.clients.items():
        instead = _OPEN.get(client.type)
        if instead is not None and not getattr(client.settings, "measurement_ids", ()) and not _guarded(client.settings):
            message = f"claims hits for any measurement id; name yours under `measurement_ids`{instead}"
            document.warn(("clients", name, "measurement_ids"), message, key=True)
        if client.type == "google_scripts" and not _served(client.settings):
            message = "serves no script: no `ga4` client names a measurement id; list yours under `ids`"
            document.warn(("clients", name, "ids"), message, key=True)
        if settings.server.behind in _ON_MANY_MACHINES and _makes_its_own_secret(client):
            document.warn(("clients", name, "cookies"), _NOT_SHARED, key=True)


_ON_MANY_MACHINES = ("cloud_run",)
"""What starts and ends machines by itself, and keeps no disk of theirs."""
_NOT_SHARED = (
    "each instance of Cloud Run makes a secret of its own, and loses it with its disk, so that one visitor becomes several; "
    "give all of them the same `secret`"
)


def _makes_its_own_secret(client: Configured[ClientSettings]) -> bool:
    cookies = getattr(client.settings, "cookies", None)
    return getattr(cookies, "mode", "") == "server" and not getattr(cookies, "secret", None)


_OPEN = {
    "ga4": "",
    "universal_analytics": ": no `ga4` client or tag names one, so anybody can send to any property through it",
    "measurement_protocol": ", or give it `api_secrets`: without, anybody can send to any property through it",
}
"""Types of clients that are open to all where they list no ids, and what is said of that."""


def _guarded(client: ClientSettings) -> bool:
    return bool(getattr(client, "guarded", False))


def _served(scripts: ClientSettings) -> bool:
    return bool(getattr(scripts, "ids", ()) or getattr(scripts, "paths", ()))


def _doubt_streams(settings: Settings, document: Document) -> None:
    listed = {id for client in settings.clients.values() for id in getattr(client.settings, "measurement_ids", ())}
    ids = {id for id in listed if ":" not in id and not id.startswith("UA-")}
    for name, tag in settings.tags.items():
        if getattr(tag.settings, "api_secret", None) and not getattr(tag.settings, "measurement_id", None) and len(ids) != 1:
            message = "belongs to one stream, and GA4 drops what comes for another without a word; name it as measurement_id"
            document.warn(("tags", name, "api_secret"), message, key=True)


def _doubt_repeats(settings: Settings, document: Document) -> None:
    for name, tag in settings.tags.items():
        if tag.type == "ga4" and tag.settings.consent and "consent_updates" not in tag.settings.model_fields_set:
            message = (
                "holds page views and purchases back until it is granted; gtag repeats them then, which the default "
                "`consent_updates: skip` leaves out: `send` sends them, and `deduplicate` keeps a purchase from counting twice"
            )
            document.warn(("tags", name, "consent"), message, key=True)


def _doubt_texts(settings: Settings, document: Document) -> None:
    for section in (settings.clients, settings.transformations, settings.tags):
        for component in section.values():
            for location, leaf in leaves(component.settings, (f"{component.kind}s", component.name)):
                if isinstance(leaf, Secret) and leaf.inline:
                    document.warn(location, "a secret stands in the file; give it as ${NAME}", key=True)
                elif isinstance(leaf, str) and "{{" in leaf and location[-1] != "note":
                    document.warn(location, "{{ }} means nothing here; this is a plain text")


def _doubt_tests(settings: Settings, document: Document) -> None:
    for at, case in settings.tests.items():
        if not case.expects:
            message = "expects nothing, so it cannot fail; add client, events, sent, not_sent, held or reply"
            document.warn(("tests", at), message, key=True)
