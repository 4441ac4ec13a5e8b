"""The views of the live page, as links above what each shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypedDict
from urllib.parse import urlencode

from server.inspection.search import VIEWS

REFUSED: Final = "refused"
"""The view of requests that no client was asked about: they are remembered apart."""
LABELS: Final = {name: view.label for name, view in VIEWS.items()} | {REFUSED: "Refused"}


class ViewLink(TypedDict):
    """``count`` is how many requests are in it, None where nobody counted; ``current``: it is the one that is shown."""

    name: str
    label: str
    address: str
    count: int | None
    current: bool


def view_links(current: str, asked: Mapping[str, str], counts: Mapping[str, int]) -> list[ViewLink]:
    """All of them. Each keeps what is searched for, but for that of refused requests, which are not searched."""
    return [
        {
            "name": name,
            "label": label,
            "address": address({} if name == REFUSED else asked, view=name),
            "count": counts.get(name),
            "current": name == current,
        }
        for name, label in LABELS.items()
    ]


def address(asked: Mapping[str, str], **changed: str) -> str:
    """The page's address for this; what is empty is left out."""
    given = {name: value for name, value in {**asked, **changed}.items() if value}
    return f"/?{urlencode(given)}" if given else "/"
