"""What a platform's answer says of the rows of a request, where it tells more than its status."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from typing import Any, Final

from core.redirection import redirection
from core.types import Delivered, Outbound, Outcome, Rejected, Response, Retry

_LONGEST: Final = 200
"""Characters of a platform's words that are kept with a row."""

REFUSED: Final = frozenset({401, 403, 407})
REFUSED_OR_UNKNOWN: Final = REFUSED | {404}
"""Where the path of a request names an account: one that is not there is a mistake of the file's, and of no event."""
AGAIN: Final = frozenset({408, 425, 429})
TOO_LARGE: Final = 413
"""Of a proxy, perhaps, and in no platform's words: what is refused for its size is no smaller another time."""


def answer(response: Response) -> Mapping[str, Any]:
    """The object that it answers; an empty one where it answers no object."""
    found = _read(response)
    return found if isinstance(found, dict) else {}


def _read(response: Response) -> Any:
    try:
        return json.loads(response.body)
    except (ValueError, RecursionError):
        return None


def is_object(response: Response) -> bool:
    """Whether what it answers is one."""
    return isinstance(_read(response), dict)


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
    """Where the status alone tells what to do: to try again, to send less at once, to see after the credential, to ask elsewhere.

    None where it doesn't.
    """
    if response.status in refused:
        return Retry(words(response, *said), credential=True)
    if response.status in AGAIN or response.status >= 500:
        return Retry(words(response, *said))
    if response.status == TOO_LARGE:
        return Rejected(words(response, *said))
    elsewhere = redirection(response)
    return Rejected(elsewhere, of_all=True) if elsewhere else None


def refusal(response: Response, *said: Any, refused: Set[int] = REFUSED) -> Outcome:
    """Of what is no 2xx, and of which nothing more is known: as its status tells, else that it is given up."""
    return by_status(response, *said, refused=refused) or Rejected(words(response, *said))


def taken(response: Response, vendor: str, *, told: bool) -> Outcome:
    """Of a 2xx: delivered where it tells so in the form that the vendor documents, and never by its status alone.

    A page, or words where the vendor documents an object, are somebody else's answer, such as a proxy's: another time. What is
    the vendor's own and not understood, or nothing at all, may mean that it has the rows: they are not sent twice, nor lost
    without a word, but given up with that reason.
    """
    if told:
        return DELIVERED
    if response.body.strip() and response.body.lstrip()[:1] != b"{":
        return Retry(words(response, f"this is no answer of {vendor}'s"))
    return Rejected(words(response, f"{vendor} does not say in the form it documents what became of each event"), of_all=True)


def is_page(response: Response) -> bool:
    """Whether it is for a browser: no platform's own, even where it documents no object."""
    return response.body.lstrip()[:1] == b"<"


def by_rows(request: Outbound, rejected: Mapping[int, str], others: Outcome) -> Sequence[Outcome]:
    """One for each row of the request: those that are named are rejected, for the reason that is given."""
    return [Rejected(rejected[index]) if index in rejected else others for index in range(len(request.payloads))]


def counts_all(value: Any, request: Outbound) -> bool:
    """Whether it is the number of the request's rows."""
    return type(value) is int and value == len(request.payloads)


def named(listed: Any, request: Outbound, key: str = "index") -> Mapping[int, Any] | None:
    """By its row what an answer lists, each with its index under this key; of several about one row the first.

    None where it is no such list, or tells of what is no row of the request: then nothing is known of the others either.
    """
    if not isinstance(listed, list):
        return None
    found: dict[int, Any] = {}
    for each in listed:
        index = row(at(each, key), request)
        if index is None:
            return None
        found.setdefault(index, each)
    return found


def beside(response: Response) -> Retry:
    """Of a row whose request was refused for others, which are named: it is sent again without them, at once."""
    return Retry(words(response, "another event of the same request was refused"), blameless=True)


def row(value: Any, request: Outbound) -> int | None:
    """The index by which an answer names a row of the request; None where there is no such row."""
    is_index = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(request.payloads)
    return value if is_index else None


def ok(response: Response) -> bool:
    """Whether it is a 2xx."""
    return 200 <= response.status < 300


DELIVERED: Final = Delivered()
