"""What gtag keeps in the browser: ``_ga`` holds the client id, ``_ga_ID`` the session with one stream.

A session comes as ``GS1.1.1764340309.5.1.1764340315.54.0.0`` or ``GS2.1.s1764340309$o5$g1$t1764340315$j54$l0$h0``; both
hold the same, by letter: s the session's id, o its number, g whether it is engaged, t the time of the last hit, and more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from core.types import Event, Request
from wire.consent import DENIED, consent_of
from wire.cookies.header import pairs
from wire.ga4.query import unescape
from wire.nobody import is_nobodys

_LONGEST = 300
_CLIENT = re.compile(r"GA1\.[0-9]{1,3}(?:-[0-9]{1,3})?\.(.+)", re.ASCII)
_SESSION = re.compile(r"GS([12])\.[0-9]{1,3}\.(.+)", re.ASCII)
_STREAM = "_ga_"
_LETTERS = "sogtjlh"
_FEWEST = 5
_DIGITS = re.compile(r"[0-9]{1,15}")


def read(event: Event, request: Request) -> Mapping[str, str | int]:
    """What an expression reads as ``ga.client_id``, ``ga.session_id`` and ``ga.session_number``.

    The session is that of the event's measurement id, else the first. Nothing while the event denies analytics_storage.
    """
    if consent_of(event)["analytics_storage"] == DENIED:
        return {}
    cookies = list(pairs(request))
    client_id = next(_client_ids(cookies), None)
    session = next(_sessions(cookies, _stream(event)), {})
    found = {"client_id": client_id, "session_id": session.get("s"), "session_number": _number(session.get("o", ""))}
    return {name: value for name, value in found.items() if value is not None}


def fill_in(event: Event, request: Request) -> None:
    """Gives an event that names no visitor what the browser knows: the client id, and the session with its stream.

    Only the stream's own session, and its number only beside it. What the event says itself stays.
    """
    cookies = list(pairs(request))
    client_id = next(_client_ids(cookies), None)
    if client_id is not None:
        event["client_id"] = client_id
    own = _stream(event)
    session = next(_sessions([cookie for cookie in cookies if cookie[0] == own], own), {})
    number = _number(session.get("o", ""))
    if session and not event.get("ga_session_id"):
        event["ga_session_id"] = session["s"]
    if number is not None and event["ga_session_id"] == session["s"]:
        event.setdefault("ga_session_number", number)


def remembered(request: Request, client_id: str | None) -> str | None:
    """This client id where the browser has it in a cookie of gtag's, whatever the prefix; else the first one in ``_ga``.

    There are several cookies of one name where their domains or paths overlap. None where no ``_ga`` can be read.
    """
    cookies = list(pairs(request))
    if client_id is not None and client_id in map(read_client_id, (value for name, value in cookies if name.endswith("_ga"))):
        return client_id
    return next(_client_ids(cookies), None)


def _client_ids(cookies: Iterable[tuple[str, str]]) -> Iterator[str]:
    return filter(None, (read_client_id(value) for name, value in cookies if name == "_ga"))


def read_client_id(cookie: str) -> str | None:
    """The client id in ``_ga``: all that stands behind the second dot. None where that is nobody's."""
    found = _CLIENT.fullmatch(cookie) if len(cookie) <= _LONGEST else None
    client_id = unescape(found[1]) if found else None
    return None if client_id is None or is_nobodys(client_id) else client_id


def read_session(cookie: str) -> Mapping[str, str] | None:
    """The session in ``_ga_ID`` by letter; None for any other text, or one whose session has no number for an id."""
    found = _SESSION.fullmatch(cookie) if len(cookie) <= _LONGEST else None
    fields = (_by_place if found[1] == "1" else _by_letter)(found[2]) if found else {}
    return fields if _DIGITS.fullmatch(fields.get("s", "")) else None


def _by_place(text: str) -> Mapping[str, str]:
    fields = text.split(".")
    return dict(zip(_LETTERS, fields, strict=False)) if _FEWEST <= len(fields) <= len(_LETTERS) else {}


def _by_letter(text: str) -> Mapping[str, str]:
    if "." in text:
        return {}
    tokens = (text if "$" in text else unescape(text)).split("$")
    return {token[0]: unescape(token[1:]) for token in tokens if token}


def _sessions(cookies: list[tuple[str, str]], own: str | None) -> Iterator[Mapping[str, str]]:
    """Sessions that can be read, those under the stream's own name before all others."""
    streams = [(name, value) for name, value in cookies if name.startswith(_STREAM)]
    streams.sort(key=lambda cookie: cookie[0] != own)
    return filter(None, (read_session(value) for _, value in streams))


def _stream(event: Event) -> str | None:
    id = event.get("x-ga-measurement_id")
    return _STREAM + id.removeprefix("G-") if isinstance(id, str) else None


def _number(text: str) -> int | None:
    return int(text) if _DIGITS.fullmatch(text) else None
