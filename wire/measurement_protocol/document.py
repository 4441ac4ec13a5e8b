"""The body of a request as JSON. Total: whatever the bytes, there is an answer, in time linear in their number."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import orjson

from wire.depth import MOST_LEVELS, is_deep, nests_deep
from wire.measurement_protocol.amount import fault_of_body, fault_of_events, fault_of_payloads, fault_of_value
from wire.measurement_protocol.checks import Check
from wire.measurement_protocol.digits import kept, load
from wire.measurement_protocol.faults import Fault, fault_of
from wire.measurement_protocol.fields import IDS
from wire.measurement_protocol.notes import Note, Notes
from wire.measurement_protocol.paths import below, joined
from wire.measurement_protocol.shapes import in_usual_shape, within
from wire.measurement_protocol.spelling import fields_in_one_spelling, in_one_spelling

MOST_BYTES: Final = 130_000
"""What a body must stay below, to Google. It is read all the same, but nobody looks for repeated names in it."""
MOST_PAYLOADS: Final = 100
"""Payloads in a list. Google takes one in a request."""

NO_OBJECT: Final = Fault(Check.NOT_A_PAYLOAD, "It is not a JSON object.")

Payload: TypeAlias = Mapping[str, Any]
Repetition: TypeAlias = tuple[str, str]
"""The path of an object, and a name that it has more than once."""


@dataclass(frozen=True, slots=True)
class Document:
    """A body that has been read: ``payload`` is the JSON object; None where it is none, and ``fault`` says why.

    The payload has one spelling and the shapes of the schema, however it was written. ``others`` are more payloads, where
    the body is a list of them. Of a repeated name the last value counts, and ``repeated`` tells of it; ``notes`` of
    whatever else was not as it should be.
    """

    size: int
    payload: Payload | None
    fault: Fault | None = None
    repeated: Sequence[Repetition] = ()
    notes: Sequence[Note] = ()
    others: Sequence[Payload] = ()
    exact: bool = False
    """Some parameters may be Digits."""

    @property
    def payloads(self) -> Sequence[Payload]:
        """All of them, in the order of the body."""
        return () if self.payload is None else (self.payload, *self.others)

    @property
    def problem(self) -> str:
        """Why there is no payload, in words; empty where there is one."""
        return self.fault.why if self.fault else ""


def read(body: bytes) -> Document:
    """Reads the body. NaN, infinity, lone surrogates and bytes that are not UTF-8 are not JSON; a byte order mark is skipped."""
    size, notes = len(body), Notes()
    body = body.removeprefix(BOM_UTF8)
    if fault := fault_of_body(body):
        return Document(size, None, fault)
    try:
        value = load(body, notes)
    except json.JSONDecodeError as error:
        return Document(size, None, fault_of(body, error))
    except RecursionError:
        return _none(size, _TOO_DEEP)
    if fault := fault_of_value(value, body):
        return Document(size, None, fault)
    if is_deep(body, value):
        return _none(size, _TOO_DEEP)
    repeated = tuple(_repetitions(body)) if _may_repeat(body, value) else ()
    if type(value) is dict:
        return _read_payloads(size, [value], repeated, notes)
    return _read_other(size, value, repeated, notes)


_TOO_DEEP: Final = f"It has more than {MOST_LEVELS} levels of objects and lists."


def _none(size: int, why: str) -> Document:
    return Document(size, None, Fault(Check.NOT_A_PAYLOAD, why))


def _read_other(size: int, value: Any, repeated: Sequence[Repetition], notes: Notes) -> Document:
    """A payload that was written as JSON twice, or a list of payloads."""
    inner = within(value, notes)
    if inner is not None:
        notes.shape("", "JSON within a text", "what that JSON says")
        value = inner
    if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        notes.shape("", "a list", "one payload after the other")
    else:
        value = [value]
    if len(value) > MOST_PAYLOADS:
        return _none(size, f"It is a list of more than {MOST_PAYLOADS} payloads; send each in a request of its own.")
    return _read_payloads(size, value, repeated, notes) if isinstance(value[0], dict) else Document(size, None, NO_OBJECT)


def _read_payloads(size: int, values: list[dict[str, Any]], repeated: Sequence[Repetition], notes: Notes) -> Document:
    if fault := fault_of_events(values):
        return Document(size, None, fault)
    payloads = []
    for at, value in enumerate(values):
        notes.within = f"[{at}]" if len(values) > 1 else ""
        payloads.append(_usual(value, notes))
    if notes.found and any(map(nests_deep, payloads)):  # what was within a text has not been looked at before
        return _none(size, _TOO_DEEP)
    if fault := fault_of_payloads(payloads, size):
        return Document(size, None, fault)
    if notes.exact:
        _settle_digits(payloads, notes)
    return Document(size, payloads[0], None, repeated, tuple(notes.found), tuple(payloads[1:]), notes.exact)


def _settle_digits(payloads: list[dict[str, Any]], notes: Notes) -> None:
    """Tells of numbers that are kept digit by digit. They become texts, but for parameters, which can leave as numbers."""
    for at, payload in enumerate(payloads):
        notes.within = f"[{at}]" if len(payloads) > 1 else ""
        for path, digits in list(kept(payload)):
            where = joined(path)
            if path[0] in IDS and len(path) == 1:
                notes.add(Check.WRONG_TYPE, path=where, type="string")
            else:
                notes.add(Check.DIGITS, path=where, v=digits)
            if not (len(path) == _OF_A_PARAMETER and path[0] == "events"):
                parent: Any = payload
                for step in path[:-1]:
                    parent = parent[step]
                parent[path[-1]] = str(digits)


_OF_A_PARAMETER: Final = 4
"""Steps of the path ``events[0].params.value``."""


def _usual(value: dict[str, Any], notes: Notes) -> dict[str, Any]:
    payload = in_one_spelling(value, notes)
    in_usual_shape(payload, notes)
    fields_in_one_spelling(payload, notes)
    return payload


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
