"""Clients, by their type in the export."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from server.tag_manager import literals
from server.tag_manager.export import Entity, row_text
from server.tag_manager.meaning import Lost
from server.tag_manager.translation import Translation
from server.tag_manager.yaml_text import Node

_DAY: Final = 86_400
_LASTS: Final = 730 * _DAY
_COOKIE: Final[Mapping[str, tuple[str, str]]] = {
    "name": ("cookieName", "FPID"),
    "domain": ("cookieDomain", "auto"),
    "path": ("cookiePath", "/"),
}
"""By setting, the parameter that it comes of and what need not be written."""
_LAX: Final = ("", "lax", "auto")


@dataclass(slots=True)
class ClientNode:
    """What a client becomes: its type and settings, and the ids that a second client serves scripts of."""

    type: str
    settings: dict[str, Node] = field(default_factory=dict)
    scripts: list[Node] | None = None


ClientReader: TypeAlias = Callable[[Translation], "ClientNode | Lost"]


def priority_of(client: Entity) -> int:
    """A field, or a parameter as of tags; none counts as zero."""
    found = client.fields.get("priority")
    written = found.get("value") if isinstance(found, dict) else found
    try:
        return int(written) if isinstance(written, int | str) else 0
    except ValueError:
        return 0


def _ga4(translation: Translation) -> ClientNode:
    client = translation.entity
    made = ClientNode("ga4")
    if client.text("cookieManagement").lower() == "server":
        made.settings["cookies"] = _cookies(translation)
    if not client.flag("activateDefaultPaths", missing=True):
        translation.approximate("claims the default paths, too: no paths of its own")
    if client.flag("activateGtagSupport"):
        made.scripts = _plain_column(translation, "gtagMeasurementIds", "measurementId")
    return made


def _cookies(translation: Translation) -> Node:
    client = translation.entity
    cookies: dict[str, Node] = {"mode": "server"}
    for setting, (parameter, default) in _COOKIE.items():
        written = client.text(parameter)
        if written in ("", default):
            continue
        text = translation.text(written) if setting == "name" else translation.plain(written)
        if isinstance(text, Lost):
            translation.approximate(f"{parameter} is left out: {text.reason}")
        elif text != default:
            cookies[setting] = text
    age = _age(translation)
    if age:
        cookies["max_age"] = age
    if not client.flag("migrateFromJsClientId"):
        cookies["migrate_from_js"] = False
    same_site = client.text("cookieSamesite")
    if same_site.lower() not in _LAX:
        translation.approximate(f"SameSite is Lax, not {literals.spoken(same_site)}")
    return cookies


def _age(translation: Translation) -> str | None:
    written = translation.entity.text("cookieMaxAgeInSec")
    text = translation.plain(written)
    if isinstance(text, Lost) or not (text.strip().isascii() and text.strip().isdigit()):
        if written:
            why = text.reason if isinstance(text, Lost) else "it is no number of seconds"
            translation.approximate(f"cookieMaxAgeInSec is left out: {why}")
        return None
    seconds = int(text.strip()[:12])
    if seconds == _LASTS:
        return None
    return f"{seconds}s" if seconds % _DAY or not seconds else f"{seconds // _DAY}d"


def _plain_column(translation: Translation, table: str, column: str) -> list[Node]:
    found: list[Node] = []
    for row in translation.entity.rows(table):
        text = translation.plain(row_text(row, column))
        if isinstance(text, Lost):
            translation.approximate(f"an id of {table} is left out: {text.reason}")
        elif text and text not in found:
            found.append(text)
    return found


def _measurement_protocol(translation: Translation) -> ClientNode:
    made = ClientNode("measurement_protocol")
    path = translation.plain(translation.entity.text("activationPath"))
    if isinstance(path, Lost):
        translation.approximate(f"activationPath is left out: {path.reason}")
    elif path not in ("", "/mp/collect"):
        made.settings["activation_paths"] = [path]
    return made


def _google_scripts(translation: Translation) -> ClientNode:
    client, made = translation.entity, ClientNode("google_scripts")
    paths: dict[str, Node] = {}
    for row in client.rows("allowedContainerIds"):
        id, path = translation.plain(row_text(row, "containerId")), translation.plain(row_text(row, "path"))
        if isinstance(path, Lost):
            translation.approximate(f"a path of allowedContainerIds is left out: {path.reason}")
        elif isinstance(id, str) and id and path and id not in paths:
            if path in paths.values():
                translation.approximate("a path of allowedContainerIds is left out: it is another id's, too")
            else:
                paths[id] = path
    ids = _plain_column(translation, "allowedContainerIds", "containerId")
    if ids:
        made.settings["ids"] = ids
    if paths:
        made.settings["paths"] = paths
    if client.flag("isPathMandatory"):
        translation.approximate("serves scripts at /gtm.js, too")
    return made


CLIENTS: Final[Mapping[str, ClientReader]] = {
    "gaaw_client": _ga4,
    "mpaw_client": _measurement_protocol,
    "gtm_client": _google_scripts,
}
"""By type in the export. What is missing here is looked for among the templates, and is a stub else."""
