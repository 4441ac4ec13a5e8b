"""What a platform's answer says of the rows of a request, where it tells more than its status."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from typing import Any, Final

from core.types import Delivered, Outbound, Outcome, Rejected, Response, Retry

_LONGEST: Final = 200
"""Characters of a platform's words that are kept with a row."""

REFUSED: Final = frozenset({401, 403, 407})
REFUSED_OR_UNKNOWN: Final = REFUSED | {404}
"""Where the path of a request names an account: one that is not there is a mistake of the file's, and of no event."""
AGAIN: Final = frozenset({408, 425, 429})


def answer(response: Response) -> Mapping[str, Any]:
    """The object that it answers; an empty one where it answers no object."""
    try:
        found = json.loads(response.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def text(response: Response) -> str:
    """What it says in plain words; nothing where it is an object, or a page for a browser."""
    said = response.body[:_LONGEST].decode("utf-8", "replace").strip()
    return "" if said.startswith(("{", "<")) else said


def at(value: Any, *steps: str | int) -> Any:
    """What stands there, one step below the other; None where nothing does."""
    for step in steps:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def words(response: Response, *said: Any) -> str:
    """The status, and what the platform said."""
    texts = [str(each) for each in said if each not in (None, "")]
    return f"HTTP {response.status}{': ' if texts else ''}{' '.join(texts)[:_LONGEST]}"


def by_status(response: Response, *said: Any, refused: Set[int] = REFUSED) -> Outcome | None:
    """Where the status alone tells that it is to be tried again, or that ours was refused: that; else None."""
    if response.status in refused:
        return Retry(words(response, *said), credential=True)
    if response.status in AGAIN or response.status >= 500:
        return Retry(words(response, *said))
    return None


def by_rows(request: Outbound, rejected: Mapping[int, str], others: Outcome) -> Sequence[Outcome]:
    """One for each row of the request: those that are named are rejected, for the reason that is given."""
    return [Rejected(rejected[index]) if index in rejected else others for index in range(len(request.payloads))]


def row(value: Any, request: Outbound) -> int | None:
    """The index by which an answer names a row of the request; None where there is no such row."""
    is_index = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(request.payloads)
    return value if is_index else None


def ok(response: Response) -> bool:
    """Whether it is a 2xx."""
    return 200 <= response.status < 300


DELIVERED: Final = Delivered()
