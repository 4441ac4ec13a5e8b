"""Clients that are made of templates of the gallery, by ``owner/repository`` in lower case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from server.tag_manager import literals
from server.tag_manager.clients import ClientNode, ClientReader
from server.tag_manager.export import row_text, unknown
from server.tag_manager.meaning import Lost
from server.tag_manager.translation import Translation
from server.tag_manager.yaml_text import Node

_PATH: Final = "/data"
_KNOWN: Final = frozenset({
    *("generateClientId", "responseStatusCode", "responseBody", "path", "acceptMultipleEvents", "httpOnlyCookie"),
    *("prolongCookies", "responseBodyGet"),
})  # fmt: skip
_OWN_ID: Final = "item.client_id | default(item.data_client_id) | default(item._dcid) | default(request.cookies._dcid)"
"""Where the gallery's data client looks for a visitor's id."""


def _data_client(translation: Translation) -> ClientNode | Lost:
    """Anybody may send to it, as there."""
    client, made = translation.entity, ClientNode("json", {"secret": None})
    paths: list[Node] = []
    for row in client.rows("path"):
        path = translation.plain(row_text(row, "path"))
        if isinstance(path, Lost):
            translation.approximate(f"a path is left out: {path.reason}")
        elif path and path not in paths:
            paths.append(path if path.startswith("/") else f"/{path}")
    if client.rows("path") and not paths:
        return Lost("none of its paths has a translation")
    if paths not in ([], [_PATH]):
        made.settings["activation_paths"] = paths
    made.settings["client_id"] = f"{{{{ {_OWN_ID} }}}}"
    if client.flag("generateClientId"):
        made.settings["client_id"] = f"{{{{ {_OWN_ID} | default(ga.client_id) }}}}"
        translation.approximate("generateClientId: a visitor without an id has the one of Google's cookie, and else none")
    if client.flag("prolongCookies"):
        translation.approximate("prolongCookies: the data tag's cookies live as long as the page lets them")
    _reply(translation, made)
    translation.approximate(*(f"{literals.spoken(each)} has no counterpart" for each in unknown(client, _KNOWN)))
    return made


def _reply(translation: Translation, made: ClientNode) -> None:
    status = translation.entity.text("responseStatusCode") or "200"
    if status in ("201", "202", "204"):
        made.settings["reply"] = {"status": int(status)}
    elif status != "200":
        translation.approximate(f"it is answered with 200, not {literals.spoken(status)}")
    if translation.entity.text("responseBody") == "eventData":
        translation.approximate("the event data is no part of the reply")


CLIENT_TEMPLATES: Final[Mapping[str, ClientReader]] = {"stape-io/data-client": _data_client}
