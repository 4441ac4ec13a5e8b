"""Why a request got no answer. This is the one place where foreign errors end and ours begin.

::

    TransportError
    ├── InvalidRequest       it cannot be sent as it is, and never will be
    ├── Unresolvable         the host has no address
    ├── AddressNotAllowed    it has, but none that may be contacted
    ├── Refused              no connection could be made
    ├── NoDescriptor         nobody was asked: this process has no file descriptor left
    ├── TlsFailed            a connection, but not one to trust
    ├── TimedOut             connecting or the whole exchange took too long
    ├── ConnectionClosed     the answer is missing or not whole
    └── BadResponse          what came is not an HTTP/1.1 answer

After TimedOut, ConnectionClosed and BadResponse the destination may have taken the request all the same. ``why`` is one
plain sentence that is stored and shown: it names host and port, never a path, a query, a header or a body.
"""

from __future__ import annotations

from typing import ClassVar

from core.types import Outcome, Rejected, Retry


class TransportError(Exception):
    """The request got no answer; ``why`` says so in words."""

    strains: ClassVar[bool] = True
    """Whether it may be that the destination is overwhelmed, so that it is spared when this happens again and again."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why

    @property
    def outcome(self) -> Outcome:
        """What it means for the payloads of the request: another time."""
        return Retry(self.why)


class InvalidRequest(TransportError):
    """The URL, the method or a header cannot be written as HTTP/1.1. The only one that no second attempt mends."""

    @property
    def outcome(self) -> Outcome:
        """Never: whoever put the line break there, it stays."""
        return Rejected(self.why)


class Unresolvable(TransportError):
    """The name has no address."""


class AddressNotAllowed(TransportError):
    """Every address of the name is one that may not be contacted."""


class Refused(TransportError):
    """No address of the name took the connection."""


class NoDescriptor(TransportError):
    """This process has none left for a connection, which says nothing of the destination."""

    strains = False


class TlsFailed(TransportError):
    """The certificate is not accepted or the handshake failed."""


class TimedOut(TransportError):
    """The connect or the total deadline has passed."""


class ConnectionClosed(TransportError):
    """The connection ended before the answer did."""


class BadResponse(TransportError):
    """The answer is not HTTP/1.1, or its head is larger than the limit."""
