"""Ids as senders write them: a whole cookie in the place of the id in it, an e-mail address in the place of an id.

An address is no id: it tells who somebody is, and no vendor of analytics may have it. Its hash stands for it, so that
one person stays one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from typing import Final, NamedTuple

from core.finders import PATTERNS
from core.percent import decoded
from core.redaction import stand_in
from core.types import Event, Finding
from wire.cookies.browser import read_client_id, read_session
from wire.cookies.fpid import read_fpid
from wire.nobody import is_nobodys


class IdKind(Enum):
    """What stood in the place of an id."""

    ID = "an id"
    COOKIE = "a whole cookie"
    EMAIL = "an e-mail address"


COOKIE_AS_ID: Final = "COOKIE_AS_ID"
EMAIL_AS_ID: Final = "EMAIL_AS_ID"
NO_ID: Final = "NO_ID"
"""The codes by which these are counted."""
EMAIL_TOLD: Final = "{} is an e-mail address, which must not be an id; its hash is used instead."


class Id(NamedTuple):
    """An id, and what it was read from."""

    text: str
    kind: IdKind = IdKind.ID


_CLIENT_COOKIES: Final = ("GA1", "FPID", "_ga=")
_SESSION_COOKIES: Final = ("s", "GS", "_ga_")
_CODES: Final = {IdKind.COOKIE: COOKIE_AS_ID, IdKind.EMAIL: EMAIL_AS_ID}
_TOLD: Final = {
    IdKind.COOKIE: "{} is a whole cookie; the id in it is used.",
    IdKind.EMAIL: EMAIL_TOLD,
}
_LONGEST: Final = 1000
"""Characters of an id that is looked at closely; a longer one is none that anybody made on purpose."""


def is_plain(text: str) -> bool:
    """Whether the text can be nothing but an id, as nearly every one is: the readers below give it back as it is."""
    return "@" not in text and "%" not in text and text[:1] not in _COOKIES_BEGIN


_COOKIES_BEGIN: Final = frozenset("GF_")


def client_id_in(text: str) -> Id:
    """The client id: of a cookie ``_ga`` or FPID the one in it, of an e-mail address its hash."""
    cookie = _of_cookie(text) if text.startswith(_CLIENT_COOKIES) else None
    found = id_in(text if cookie is None else cookie)
    return found if cookie is None or found.kind is IdKind.EMAIL else Id(cookie, IdKind.COOKIE)


def id_in(text: str) -> Id:
    """Any id; of a text that holds an e-mail address, however often percent-encoded, a hash."""
    if "@" not in text and "%" not in text:
        return Id(text)
    whole = text if len(text) > _LONGEST else decoded(text).text
    if not (_has_address(whole) if len(text) <= _LONGEST else "@" in whole or "%40" in whole):
        return Id(text)
    return Id(stand_in(whole), IdKind.EMAIL)


def are_ids(event: Event) -> bool:
    """Whether the ids of a web hit can be nothing else, and one of them is the client's, as nearly always."""
    id = event.get("client_id")
    return type(id) is str and id != "" and not _needs_a_look(id) and "user_id" not in event


def settle(events: Iterable[Event]) -> tuple[Finding, ...]:
    """Puts what the ids of a web hit were meant to be in their place; tells what is odd, once for each id and kind.

    What is nobody's id stays as it came: an event that GA4 takes must not be lost for it.
    """
    told: dict[Finding, None] = {}
    for event in events:
        for key, name, read in _OF_A_HIT:
            written = event.get(key)
            if type(written) is not str or not _needs_a_look(written):
                continue
            if is_nobodys(written):
                told[Finding(name, _NOBODYS.format(name, written), NO_ID)] = None
            if is_plain(written):
                continue
            id = read(written)
            if id.kind is not IdKind.ID:
                event[key] = id.text
                told[Finding(name, _TOLD[id.kind].format(name), _CODES[id.kind])] = None
    return tuple(told)


def _needs_a_look(text: str) -> bool:
    """Whether the text may be something else than somebody's id: nearly every id begins with a digit, and has no such mark."""
    return text[:1] not in _DIGITS or "@" in text or "%" in text


_DIGITS: Final = frozenset("0123456789")


def session_in(text: str) -> Mapping[str, str] | None:
    """The session of a whole cookie ``_ga_ID``, by letter, also where the cookie's ``GS2.1.`` or ``GS1.1.`` is cut off.

    None for any other text, and for an id by itself.
    """
    if text.isdigit():
        return None
    if text.startswith(_SESSION_COOKIES):
        value = text.partition("=")[2] if text.startswith("_ga_") else text
        headless = value.startswith("s") and ("$" in value or "%24" in value)
        return read_session(f"GS2.1.{value}" if headless else value)
    return read_session(f"GS1.1.{text}") if text.count(".") >= _DOTS else None


_DOTS: Final = 4


def _of_cookie(text: str) -> str | None:
    value = text.removeprefix("_ga=").removeprefix("FPID=")
    fpid = read_fpid(value)
    return fpid.client_id if fpid else read_client_id(value)


def _has_address(text: str) -> bool:
    whole = text.encode("utf-8", "replace").decode()
    return "@" in whole and any(finder.pattern.search(whole) for finder in PATTERNS["email"])


_NOBODYS: Final = "{} is [{}], which scripts write where they have no value: it is nobody's id."

_OF_A_HIT: Final[Sequence[tuple[str, str, Callable[[str], Id]]]] = (
    ("client_id", "cid", client_id_in),
    ("user_id", "uid", id_in),
)
"""The key of event data, the parameter's name in a hit, and what reads it."""
