"""From hits to event data. Total: whatever the bytes, there is an answer, in time linear in their number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from core.masking import masked
from core.types import Event, Finding
from wire.address import is_address, somebodys
from wire.ga4.findings import Findings
from wire.ga4.lines import read_lines
from wire.ga4.query import parse, remember
from wire.ga4.times import own_time
from wire.limits import Limit, OversizedError, check_body, check_hits
from wire.timestamps import TIMESTAMP
from wire.universal_analytics.items import read_items
from wire.universal_analytics.table import EVENT_NAMES, FALLBACK, PARAMETERS, UNREAD, Parameter, number

MOST_PAIRS = 1000
"""Parameters in the URL, or on one line."""
MOST_HITS = 20
"""In one request, as at Google."""

Parameters: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Decoded:
    """The events of a request; ``findings`` tell of all that is odd in it."""

    events: list[Event]
    findings: Sequence[Finding] = ()


def read_hits(query: str, body: bytes, findings: Findings | None = None) -> list[dict[str, str]] | None:
    """The parameters of each hit: of the URL, or of the URL and one line, whose parameters override the URL's.

    None where neither the URL nor the first line says ``v=1``. Raises OversizedError where there are more
    parameters than any real sender's, or more hits than a batch may have. ``findings`` get what is no hit in the body.
    """
    check_body(len(body))
    url = parse(query, MOST_PAIRS)
    found = read_lines(body, Findings() if findings is None else findings) if body else []
    line, *lines = found or [""]
    first = parse(line, MOST_PAIRS)
    if "1" not in (url.get("v"), first.get("v")):
        return None
    if len(lines) >= MOST_HITS:
        raise OversizedError(Limit.EVENTS, f"more than {MOST_HITS} hits: send them in batches of at most {MOST_HITS} lines")
    own = [first, *(parse(line, MOST_PAIRS) for line in lines)]
    check_hits(len(query), url, len(body), own)
    return [{**url, **each} for each in own]


def decode(hits: Sequence[Parameters], known: Parameters, received_at: int, findings: Findings) -> Decoded:
    """The events of the hits of one request. ``known`` are parameters that the request itself says, where a hit does not.

    An address that is nobody's (``::``) does not count as said.
    """
    said = [{**known, **hit} for hit in hits]
    for hit, whole in zip(hits, said, strict=True):
        if "uip" in hit and somebodys(hit["uip"]) is None:
            _take_back(whole, hit["uip"], known, findings)
    events = decode_hits(said, received_at, findings)
    return Decoded(events, findings.told)


def _take_back(hit: dict[str, str], address: str, known: Parameters, findings: Findings) -> None:
    del hit["uip"]
    hit.update({name: text for name, text in known.items() if name == "uip"})
    if address and not is_address(address):
        findings.not_an_address("uip", address)


def decode_hits(hits: Sequence[Parameters], received_at: int = 0, findings: Findings | None = None) -> list[Event]:
    """The events of one batch. An ``item`` hit goes into the transaction with its ``ti`` (and ``tid``), if there is one.

    There its item is added to the items, and what else it says is added where the transaction says nothing of it; but
    never the address, which the transaction may have masked.
    """
    findings = Findings() if findings is None else findings
    events = [_timed(hit, received_at, findings) for hit in hits]
    if len(events) == 1:
        return events
    transactions = _transactions(hits, events)
    return list(_merged(hits, events, transactions)) if transactions else events


def _timed(hit: Parameters, received_at: int, findings: Findings) -> Event:
    event = decode_hit(hit, findings)
    time = own_time(hit, received_at, findings) if "ht" in hit or "qt" in hit else None
    return event if time is None else {**event, TIMESTAMP: time}


_Purchase: TypeAlias = tuple[str | None, str]


def _transactions(hits: Sequence[Parameters], events: Sequence[Event]) -> dict[_Purchase, Event]:
    """By property and transaction id; of two with the same, the first."""
    pairs = reversed(list(zip(hits, events, strict=True)))
    return {(hit.get("tid"), hit["ti"]): event for hit, event in pairs if hit.get("t") == "transaction" and hit.get("ti")}


def _merged(hits: Sequence[Parameters], events: Sequence[Event], transactions: Mapping[_Purchase, Event]) -> Iterator[Event]:
    for hit, event in zip(hits, events, strict=True):
        bought = transactions.get((hit.get("tid"), hit.get("ti", ""))) if hit.get("t") == "item" else None
        if bought is None:
            yield event
        else:
            _add_item(bought, event)


def _add_item(bought: Event, item: Event) -> None:
    items = [*bought.get("items", ()), *item.get("items", ())]
    for key, value in item.items():
        if key != "ip_override":
            bought.setdefault(key, value)
    if items:
        bought["items"] = items


def decode_hit(hit: Parameters, findings: Findings | None = None) -> Event:
    """The event data of one hit's parameters; ``findings`` get the numbers that are none."""
    type = hit.get("t", "")
    event: Event = {"event_name": _action(hit.get("ea", "")) if type == "event" else EVENT_NAMES.get(type, "event")}
    others: dict[str, str] = {}
    for name, text in hit.items():
        key = _TEXTS.get(name)
        if key is not None:
            event[key] = text
        elif name not in _APART:
            others[name] = text
    for row in _ROWS_APART:
        if row.name in hit:
            _put(event, row, hit[row.name])
            if findings is not None and row.read is number and number(hit[row.name]) is None:
                findings.not_a_number(row.name, hit[row.name])
    _complete(event, hit)
    items, rest = read_items(others, is_item=type == "item", findings=findings)
    if items:
        event["items"] = items
    for name, text in rest.items():
        event[FALLBACK + name] = text
    return event


_KEYS = [row.key for row in PARAMETERS]
_TEXTS = {
    row.name: row.key for at, row in enumerate(PARAMETERS) if row.read is None and not row.kept and row.key not in _KEYS[:at]
}
_ROWS_APART = tuple(row for row in PARAMETERS if row.name not in _TEXTS)
_APART = UNREAD | {row.name for row in _ROWS_APART}
"""What is not simply a text under its key."""


def _put(event: Event, row: Parameter, text: str) -> None:
    value: Any = text if row.read is None else row.read(text)
    fits = value is not None and row.key not in event
    if fits:
        event[row.key] = value
    if row.kept or not fits:
        event[FALLBACK + row.name] = text


def _complete(event: Event, hit: Parameters) -> None:
    """What follows from several parameters together."""
    if hit.get("dh") and "dl" not in hit:
        event["page_location"] = f"https://{hit['dh']}/{hit.get('dp', '').removeprefix('/')}"
    if "aip" in hit and "ip_override" in event:
        address = masked(event.pop("ip_override"))
        if address is not None:
            event["ip_override"] = address


_BETWEEN_WORDS = re.compile(r"[\W_]+")


@remember
def _action(text: str) -> str:
    """``Add to Cart!`` as ``add_to_cart``; letters of any language stay. An action without one is ``event``."""
    return _BETWEEN_WORDS.sub("_", text.lower()).strip("_") or "event"
