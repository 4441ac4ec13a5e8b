"""How the servers refuse, beside what every outbox says.

* OutboxFull
  x Unreachable     no server answers, or none that leads the stream: it may come back
  x KeyTaken        somebody else has a key meanwhile, or has changed a row
  x NoRoom          a stream is full
  x Missing         a message that is to be removed is gone
  x Refused         whatever else the servers have against it
  x Exists          a consumer that is to be made is there, and otherwise
  x TwiceWritten    the stream has such a message already: it was sent again, since the first answer was lost
* OutboxFailed      the stream is gone
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from server.outbox.errors import KeyTaken, OutboxError, OutboxFailed, OutboxFull

_NOT_FOUND: Final = 404
_NO_ROOM: Final = 503
_WRONG_LAST: Final = frozenset({10071, 10164})
"""The second where servers that have a leader know of another message under way, which they have not written yet."""
_NOT_NOW: Final = frozenset({10008, 10158})
"""No leader; or the same message is under way already."""
_TWICE: Final = 10201
_EXISTS: Final = 10148
_MISSING: Final = frozenset({10037, 10043, 10057})


class Unreachable(OutboxFull):
    """No server answers."""


class NoRoom(OutboxFull):
    """The stream is full."""


class Refused(OutboxFull):
    """The servers do not take this, for a reason of their own."""


class Missing(OutboxFull):
    """There is no such message any more."""


class Exists(OutboxFull):
    """There is such a consumer, which is otherwise."""


class TwiceWritten(OutboxFull):
    """The stream has one of these messages already."""


def error_of(error: Mapping[str, Any], stream: str) -> OutboxError:
    """What an answer of the servers that is an error means to whoever asked about this stream."""
    code, kind, said = error.get("code"), error.get("err_code"), str(error.get("description", "no reason"))
    if kind in _WRONG_LAST:
        return KeyTaken(f"another request with the same key was accepted meanwhile: {said}")
    if kind in _MISSING or "no message found" in said:
        return Missing(said)
    if kind == _TWICE:
        return TwiceWritten(said)
    if kind == _EXISTS:
        return Exists(said)
    if kind in _NOT_NOW:
        return Unreachable(f"the servers cannot do it now: {said}")
    if code == _NO_ROOM:
        return NoRoom(f"the stream {stream} takes no more: {said}")
    if code == _NOT_FOUND:
        return OutboxFailed(f"the stream {stream} is gone: {said}")
    return Refused(f"the servers refuse: {said}")
