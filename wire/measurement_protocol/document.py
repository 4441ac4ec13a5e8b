"""The body of a request as JSON. Total: whatever the bytes, there is an answer, in time linear in their number."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import orjson

MOST_BYTES: Final = 130_000
"""What a body must stay below, to Google. It is read all the same, but nobody looks for repeated names in it."""
MOST_LEVELS: Final = 32
"""Objects and lists within each other. A real payload has six: events, event, params, items, item."""

MOST_VALUES: Final = 30_000
"""Values of all objects and lists together. More than fit into MOST_BYTES in any real payload, and few enough to look at each."""

Repetition: TypeAlias = tuple[str, str]
"""The path of an object, and a name that it has more than once."""


@dataclass(frozen=True, slots=True)
class Document:
    """A body that has been read: ``payload`` is the JSON object; None where it is none, and ``problem`` says why.

    Of a repeated name the last value counts, and ``repeated`` tells of it.
    """

    size: int
    payload: Mapping[str, Any] | None
    problem: str = ""
    repeated: Sequence[Repetition] = ()


def read(body: bytes) -> Document:
    """Reads the body. NaN, infinity, lone surrogates and bytes that are not UTF-8 are not JSON."""
    size = len(body)
    if body.count(b",") > MOST_VALUES:
        return Document(size, None, f"It has more than {MOST_VALUES} values.")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        return Document(size, None, f"It is not JSON: {error}." if body.strip() else "The body is empty.")
    if not isinstance(value, dict):
        return Document(size, None, "It is not a JSON object.")
    if _could_be_deep(body) and _is_deep(value):
        return Document(size, None, f"It has more than {MOST_LEVELS} levels of objects and lists.")
    return Document(size, value, "", tuple(_repetitions(body)) if _may_repeat(body, value) else ())


def _could_be_deep(body: bytes) -> bool:
    return body.count(b"{") + body.count(b"[") > MOST_LEVELS


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MOST_LEVELS):
        level = [inner for outer in level for inner in _within(outer) if isinstance(inner, dict | list)]
    return bool(level)


def _within(value: Any) -> Any:
    return value.values() if isinstance(value, dict) else value


def _may_repeat(body: bytes, value: Any) -> bool:
    """Written out again, a document without repeated names has as many colons. An escaped one (``\\u003a``) spoils the count."""
    return len(body) < MOST_BYTES and (b"\\u003" in body or body.count(b":") != orjson.dumps(value).count(b":"))


class _Repeating(dict[str, Any]):
    """An object in which ``names`` occur more than once."""

    names: Sequence[str] = ()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = _Repeating(pairs)
    if len(found) < len(pairs):
        found.names = [name for name, times in Counter(name for name, _ in pairs).items() if times > 1]
    return found


def _repetitions(body: bytes) -> Iterator[Repetition]:
    """Only for what is known to be JSON, and not deep."""
    return _repeated(json.loads(body.decode(), object_pairs_hook=_object, parse_int=float), "")


def _repeated(value: Any, path: str) -> Iterator[Repetition]:
    """In the order of the document, an object before what is in it."""
    if isinstance(value, _Repeating):
        yield from ((path, name) for name in value.names)
        for name, inner in value.items():
            yield from _repeated(inner, below(path, name))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _repeated(inner, f"{path}[{at}]")


def below(path: str, name: str) -> str:
    """The path of a field of the object at ``path``; the document itself has the empty path. Long names are cut."""
    return f"{path}.{name[:_LONGEST_STEP]}" if path else name[:_LONGEST_STEP]


_LONGEST_STEP: Final = 100
