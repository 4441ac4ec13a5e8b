"""Which streams the file speaks of by their ids, and what is doubtful where it speaks of none, or of more than one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final

from core.settings import ComponentSettings, Doubt, NamedSettings, Shape, WholeFile

EXAMPLE_ID: Final = "G-ABC1234567"
REPEATS: Final = Doubt(
    ("consent",),
    "holds page views and purchases back until it is granted; gtag repeats them then, which the default "
    "`consent_updates: skip` leaves out: `send` sends them, and `deduplicate` keeps a purchase from counting twice",
)
STREAM: Final = Shape(
    r"(G|GT|DC)-[A-Z0-9_-]+|AW-[0-9]+", f"the id of a GA4 stream or a Google tag, such as {EXAMPLE_ID} or AW-123456789"
)
"""As it comes with a hit; capital and small letters differ. What follows ``AW-`` is the conversion id of Google Ads, a number."""
_OLD_ID: Final = "UA-"


def of_clients(file: WholeFile) -> list[str]:
    """The site's own ids as its clients list them, each once."""
    return _own(file.clients.values())


def of_clients_and_tags(file: WholeFile) -> list[str]:
    """The site's own ids as its clients list them and its tags spell them out, each once."""
    return _own(chain(file.clients.values(), file.tags.values()))


def _own(components: Iterable[NamedSettings[ComponentSettings]]) -> list[str]:
    return list(dict.fromkeys(id for component in components for id in component.settings.site_ids()))


def are_among(ids: Sequence[str], known: Sequence[str]) -> bool:
    """Whether a client that claims the ``known`` ids takes all that one with these would; none listed: any."""
    return not known or (bool(ids) and set(ids) <= set(known))


def open_to_all(instead: str = "") -> Doubt:
    """What is doubtful of a client that lists no ids. ``instead`` says what else would keep strangers out."""
    return Doubt(("measurement_ids",), f"claims hits for any measurement id; name yours under `measurement_ids`{instead}")


def unclear_stream(file: WholeFile) -> list[Doubt]:
    """What is doubtful of an ``api_secret`` that names no stream, unless only one stream can be meant."""
    claimed = {id for client in file.clients.values() for id in client.settings.claimed_ids()}
    if len({id for id in claimed if ":" not in id and not id.startswith(_OLD_ID)}) == 1:
        return []
    message = "belongs to one stream, and GA4 drops what comes for another without a word; name it as measurement_id"
    return [Doubt(("api_secret",), message)]
