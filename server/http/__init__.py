"""The outgoing HTTP/1.1 connection, as lean as a delivery allows: one event is one request, so this is the hot path.

It has TLS, keep-alive, deadlines, a cap on what it reads and a policy on the addresses it connects to. It follows no
redirect, keeps no cookie, obeys no proxy variable and asks for no compression. Whatever goes wrong is a TransportError.
"""

from __future__ import annotations

from server.http.connection import Answered
from server.http.dialer import Resolve
from server.http.errors import (
    AddressNotAllowed,
    BadResponse,
    ConnectionClosed,
    InvalidRequest,
    NoDescriptor,
    Refused,
    TimedOut,
    TlsFailed,
    TransportError,
    Unresolvable,
)
from server.http.limits import HttpLimits
from server.http.sender import HttpSender, UnderWay

__all__ = [
    "AddressNotAllowed",
    "Answered",
    "BadResponse",
    "ConnectionClosed",
    "HttpLimits",
    "HttpSender",
    "InvalidRequest",
    "NoDescriptor",
    "Refused",
    "Resolve",
    "TimedOut",
    "TlsFailed",
    "TransportError",
    "UnderWay",
    "Unresolvable",
]
