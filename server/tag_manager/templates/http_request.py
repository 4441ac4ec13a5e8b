"""The gallery's tag for JSON over HTTP as ``http_request``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from server.tag_manager import literals
from server.tag_manager.export import row_text, unknown
from server.tag_manager.meaning import Lost
from server.tag_manager.tags import TagNode
from server.tag_manager.translation import Translation
from server.tag_manager.yaml_text import Node

_JSON: Final = "application/json"
_METHODS: Final = frozenset({"POST", "GET", "PUT", "PATCH", "DELETE", "HEAD"})
_BODYLESS: Final = frozenset({"GET", "HEAD"})
_KNOWN: Final = frozenset({
    *("url", "requestMethod", "headers", "requestTimeout", "data", "includeEventData", "useOptimisticScenario", "logType"),
    *("simple_object", "inside_array", "flatten", "adStorageConsent"),
})  # fmt: skip
_DROPPED_HEADERS: Final = frozenset(
    {"host", "content-length", "connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
)


def read_http_request(translation: Translation) -> TagNode | Lost:
    """The tag; none without an address whose scheme and host are known now."""
    tag, made = translation.entity, TagNode("http_request")
    url = translation.text(tag.text("url"), secrets=True, place="url")
    if isinstance(url, Lost):
        return Lost(f"url: {url.reason}", url.variable, url.secret)
    origin = "/".join(url.split("/")[:3])
    if "{{" in origin or "${" in origin or "://" not in origin:
        return Lost("url: scheme and host depend on the event, or are missing")
    made.settings["url"] = url
    method = (tag.text("requestMethod") or "POST").upper()
    if method not in _METHODS:
        return Lost(f"no method {literals.spoken(tag.text('requestMethod'))}")
    if method != "POST":
        made.settings["method"] = method
    timeout = tag.text("requestTimeout").strip()
    if timeout.isascii() and timeout.isdigit() and int(timeout[:9]):
        made.settings["timeout"] = f"{int(timeout[:9])}ms"
    headers = _headers(translation)
    if headers:
        made.settings["headers"] = headers
    _content(translation, made, method)
    if tag.text("adStorageConsent") == "required":
        made.consent.append("ad_storage")
    translation.approximate(*(f"{literals.spoken(each)} has no counterpart" for each in unknown(tag, _KNOWN)))
    return made


def _headers(translation: Translation) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for row in translation.entity.rows("headers"):
        name = translation.plain(row_text(row, "key", "name"))
        if isinstance(name, Lost):
            translation.approximate(f"a header is left out: {name.reason}")
            continue
        value = translation.text(row_text(row, "value"), secrets=True, place=name)
        if isinstance(value, Lost):
            translation.approximate(f"{literals.spoken(name)} is left out: {value.reason}")
        elif name.lower() in _DROPPED_HEADERS:
            translation.approximate(f"{literals.spoken(name)} is left out: the connection sets it")
        elif name and not (name.lower() == "content-type" and value.partition(";")[0].strip().lower() == _JSON):
            found[name] = value
    return found


def _content(translation: Translation, made: TagNode, method: str) -> None:
    tag = translation.entity
    if method in _BODYLESS:
        if tag.rows("data") or tag.flag("includeEventData"):
            translation.approximate(f"a {method} carries no body: data is left out")
        return
    with_event = tag.flag("includeEventData")
    rows = list(_rows(translation, secrets=not with_event))
    if with_event:
        translation.approximate("the event data leaves without user_data and x-ga-*")
        translation.approximate(
            *(f"{key} does not change the event data" for key in ("flatten", "inside_array") if tag.flag(key))
        )
        if rows:
            made.settings["parameters"] = {"set": dict(rows)}
        return
    body: dict[str, Node] = {}
    for name, value in rows:
        _put(body, [name] if tag.flag("simple_object") else name.split("."), value)
    made.settings["body"] = [body] if tag.flag("inside_array") else body


def _rows(translation: Translation, secrets: bool) -> Iterator[tuple[str, str]]:
    for row in translation.entity.rows("data"):
        name = translation.plain(row_text(row, "key", "name"))
        if isinstance(name, Lost):
            translation.approximate(f"a row of data is left out: {name.reason}")
            continue
        value = translation.text(row_text(row, "value"), secrets=secrets, place=name)
        if isinstance(value, Lost):
            translation.approximate(f"{literals.spoken(name)}: a value is left out: {value.reason}")
        elif name:
            yield name, value


def _put(body: dict[str, Node], path: list[str], value: str) -> None:
    """A value below a path; what stands in its way gives way, as there."""
    for step in path[:-1]:
        below = body.get(step)
        if not isinstance(below, dict):
            below = {}
            body[step] = below
        body = below
    body[path[-1]] = value
