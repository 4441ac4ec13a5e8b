"""How a token is got that a request needs (OAuth 2.0): whom to ask, and by what right. Two that are equal share a token."""

from __future__ import annotations

from dataclasses import field
from typing import TypeAlias

from core.frozen import frozen


@frozen
class ServiceAccount:
    """A signed assertion, as Google's service accounts give it (RFC 7523): ``key`` is the private key in PEM."""

    token_url: str
    scope: str
    email: str
    key: str = field(repr=False)
    key_id: str = ""


@frozen
class ClientCredentials:
    """A client's id and secret (RFC 6749, 4.4)."""

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = ""
    audience: str = ""


Grant: TypeAlias = ServiceAccount | ClientCredentials
