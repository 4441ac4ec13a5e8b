"""Writes the tables of ``docs/event-data.md`` from the tables by which hits are read; the words around them stay. ``make docs``.

What a parameter is for stands here, since the code need not know it. One without words, and words without one, are an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from docs.rendering.places import DOCS
from wire.ga4.items import FIELDS, read_item
from wire.ga4.table import PARAMETERS, Parameter
from wire.ga4.values import ADDRESS, BITS, BRANDS, FLAG, LOCATION, NUMBER, TEXT, ValueType
from wire.limits import Limit

PAGE: Final = DOCS / "event-data.md"

_OF_HITS: Final = "| Parameter | Event data | Type | What it says |\n|---|---|---|---|\n"
_OF_ITEMS: Final = "| Key | Field of the item | Type |\n|---|---|---|\n"
_OF_LIMITS: Final = "| Finding | The request has |\n|---|---|\n"

_TYPES: Final[tuple[tuple[ValueType, str], ...]] = (
    (TEXT, "text"),
    (NUMBER, "number"),
    (FLAG, "true or false"),
    (BITS, "list of numbers"),
    (BRANDS, "list of objects"),
    (LOCATION, "object"),
    (ADDRESS, "text"),
)

PURPOSES: Final[Mapping[str, Mapping[str, str]]] = {
    "The event and the page": {
        "en": "the event's name",
        "dl": "the page's address",
        "dp": "the page's path, where the page sets one of its own",
        "dr": "the page before",
        "dt": "the page's title",
        "cu": "the currency of `value`",
        "_et": "how long the visitor was active since the hit before, in milliseconds",
        "ur": "country and region: `DE-BY` is `{country: DE, region: BY}`",
        "ht": "when a delayed hit happened, in milliseconds since 1970",
        "qt": "how old a kept hit is, in milliseconds",
    },
    "The visitor and the session": {
        "cid": "the visitor's browser",
        "uid": "the visitor as the site knows him",
        "sid": "the session: the second at which it began",
        "sct": "how many sessions this visitor has had",
        "seg": "whether the session is an engaged one",
        "ecid": "a second id of the browser, which gtag sends to server containers",
        "ul": "the browser's language",
        "sr": "the screen, width by height",
        "_uip": "the visitor's address, where the hit says another than the request came from",
        "user_properties": "a stray parameter of this name; user properties come as `up.NAME` and `upn.NAME`",
    },
    "Consent": {
        "gcs": "`ad_storage` and `analytics_storage`: `G101` is denied and granted",
        "gcd": "all four types of consent, and how each came about",
        "npa": "`1`: no personalised ads",
        "dma": "`1`: the visitor is where the Digital Markets Act holds",
        "dma_cps": "Google's services that the visitor has agreed to link",
        "tcfd": "what a consent platform says by the Transparency and Consent Framework",
        "pscdl": "Chrome's label for the time after third-party cookies",
    },
    "The campaign": {
        "cs": "source",
        "cm": "medium",
        "cn": "name",
        "cc": "content",
        "ck": "term",
        "ci": "id",
        "ccf": "the format of the advertisement",
        "cmt": "the tactic",
    },
    "The browser": {
        "uaa": "the processor's kind",
        "uab": "its bits",
        "uafvl": "the browser's brands with full versions",
        "uamb": "whether it is a mobile one",
        "uam": "the device's model",
        "uap": "the operating system",
        "uapv": "its version",
        "uaw": "whether a 32-bit browser runs on a 64-bit system",
    },
    "How the hit came": {
        "v": "the protocol's version, `2`",
        "tid": "the measurement ID",
        "gtm": "the build of gtag or of the web container",
        "_p": "the page view that hits belong to: the time at which the page was loaded",
        "_s": "the number of the request on its page",
        "tfd": "milliseconds since the page was opened",
        "richsstsse": "gtag in server mode reads the reply",
        "tag_exp": "Google's experiments",
        "are": "the browser can report attribution",
        "gdid": "developer ids of the tag",
        "edid": "developer ids of the event",
        "evnid": "an id that the page gave the event",
        "_fv": "the visitor's first visit",
        "_ss": "the session starts",
        "_nsi": "new to the site",
        "_c": "a key event",
        "_ee": "the event comes from enhanced measurement",
        "_dbg": "debug mode",
        "_eu": "marks of how gtag made the hit, such as an event that was edited; each is a number",
        "_tu": "further marks of gtag, left as they are",
        "_z": "marks of how gtag has sent the hit",
        "_glv": "a linker of another domain was valid",
    },
}
"""By the heading on the page, then by the parameter's name."""


def render(page: str) -> str:
    """The page with the tables as they are now. Raises ValueError where one is missing, or where words and rows differ."""
    by_name = {row.name: row for row in PARAMETERS}
    said = [name for purposes in PURPOSES.values() for name in purposes]
    if sorted(said) != sorted(by_name):
        raise ValueError(f"PURPOSES and the parameters differ: {', '.join(sorted(set(said) ^ by_name.keys()))}")
    for heading, purposes in PURPOSES.items():
        rows = (_of_hit(by_name[name], purpose) for name, purpose in purposes.items())
        page = _replaced(page, f"### {heading}\n\n{_OF_HITS}", rows)
    page = _replaced(page, _OF_ITEMS, _of_items())
    return _replaced(page, _OF_LIMITS, (f"| `{limit.code}` | {limit.words} |\n" for limit in Limit))


def _replaced(page: str, head: str, rows: Iterable[str]) -> str:
    table = head + "".join(rows)
    page, found = re.subn(rf"^{re.escape(head)}(\|.*\n)*", table.replace("\\", r"\\"), page, flags=re.MULTILINE)
    if found != 1:
        raise ValueError(f"docs/event-data.md has no table that begins with {head.splitlines()[0]!r}")
    return page


def _of_hit(row: Parameter, purpose: str) -> str:
    type = next(words for each, words in _TYPES if each is row.type)
    return f"| `{row.name}` | `{row.key}` | {type} | {purpose} |\n"


def _of_items() -> Iterator[str]:
    for key, field in FIELDS.items():
        read = read_item(f"{key}1", [])[field]
        yield f"| `{key}` | `{field}` | {'text' if isinstance(read, str) else 'number'} |\n"
