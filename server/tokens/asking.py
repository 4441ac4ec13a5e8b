"""What is asked of whoever gives tokens, and what it answers."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from core.grant import ClientCredentials, Grant, ServiceAccount
from core.redirection import redirection
from core.types import OutboundRequest, Outcome, Response, Retry
from server.http import TransportError
from wire.bodies import as_form

LIFETIME: Final = 3600
"""Seconds that an assertion is good for; Google takes no more."""

SHORTEST: Final = 60.0
"""Seconds that a token is used for at least, whatever its giver says."""

EARLY: Final = 300.0
"""Seconds before its end in which a token is no longer used."""

LONGEST: Final = 86_400.0
"""The same at most."""

_LONGEST: Final = 200
"""Characters of the giver's words that are told."""


class NoToken(TransportError):
    """The giver refuses: an operator must act."""

    def __init__(self, why: str, *, credential: bool) -> None:
        super().__init__(why)
        self._credential = credential

    @property
    def outcome(self) -> Outcome:
        """Another time."""
        return Retry(self.why, credential=self._credential)


class Token(NamedTuple):
    """What is sent, and for how many seconds from now."""

    text: str
    seconds: float


def asked(grant: Grant, now: int) -> OutboundRequest:
    """The request for a token at this time of day (microseconds). Raises NoToken where the key is none."""
    match grant:
        case ServiceAccount():
            form = [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", _assertion(grant, now))]
        case ClientCredentials():
            form = [("grant_type", "client_credentials"), ("client_id", grant.client_id), ("client_secret", grant.client_secret)]
            form += [(name, text) for name, text in (("scope", grant.scope), ("audience", grant.audience)) if text]
    headers = (("content-type", "application/x-www-form-urlencoded"), ("accept", "application/json"))
    return OutboundRequest("POST", grant.token_url, headers, as_form(form), ())


def given(response: Response) -> Token:
    """The token that was answered. Raises NoToken where there is none."""
    try:
        answer = json.loads(response.body)
    except (ValueError, RecursionError):
        answer = {}
    answer = answer if isinstance(answer, dict) else {}
    token, seconds = answer.get("access_token"), answer.get("expires_in")
    if 200 <= response.status < 300 and isinstance(token, str) and token.isascii() and token.isprintable() and token:
        lives = seconds if isinstance(seconds, int | float) and not isinstance(seconds, bool) else EARLY
        return Token(token, float(max(SHORTEST, min(lives, LONGEST) - EARLY)))
    unwell = response.status in (408, 429) or response.status >= 500
    said = redirection(response) or f"HTTP {response.status}{_said(answer)}"
    raise NoToken(f"no token: {said}", credential=not unwell)


def _said(answer: Mapping[str, Any]) -> str:
    words = [str(answer[name]) for name in ("error", "error_description") if answer.get(name)]
    return f": {' '.join(words)[:_LONGEST]}" if words else ""


def _assertion(account: ServiceAccount, now: int) -> str:
    """A JSON Web Token, signed with RS256."""
    issued = now // 1_000_000
    header = {"alg": "RS256", "typ": "JWT"} | ({"kid": account.key_id} if account.key_id else {})
    claims = {"iss": account.email, "scope": account.scope, "aud": account.token_url, "iat": issued, "exp": issued + LIFETIME}
    signed = f"{_encoded(json.dumps(header).encode())}.{_encoded(json.dumps(claims).encode())}"
    return f"{signed}.{_encoded(_key(account.key).sign(signed.encode(), PKCS1v15(), hashes.SHA256()))}"


def _key(pem: str) -> RSAPrivateKey:
    try:
        key = serialization.load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise NoToken("no token: the service account's private key cannot be read", credential=True) from None
    if not isinstance(key, RSAPrivateKey):
        raise NoToken("no token: the service account's private key is no RSA key", credential=True)
    return key


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
