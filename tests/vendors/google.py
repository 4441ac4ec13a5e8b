"""What stands for Google: whoever gives tokens to service accounts, and takes them."""

from __future__ import annotations

import base64
import json
from functools import cache
from typing import Any
from urllib.parse import parse_qs

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from tests.vendors.stand_in import Call, StandIn, Wrong

ROBOT = "robot@project.example"
TOKEN = "ya29.the-token"


@cache
def key() -> RSAPrivateKey:
    """The service account's."""
    return generate_private_key(65537, 2048)


def key_file(url: str) -> str:
    """As Google's console gives it, with tokens given at this URL."""
    pem = key().private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return json.dumps({"client_email": ROBOT, "private_key": pem.decode(), "private_key_id": "k1", "token_uri": f"{url}/token"})


class Google(StandIn):
    """A platform of Google's: its requests need a token."""

    scope: str

    def answer(self, call: Call) -> tuple[int, Any]:
        """Gives tokens at ``/token``; without one nothing else is done."""
        if call.path == "/token":
            return self._give(call)
        if call.headers.get("authorization") != f"Bearer {TOKEN}":
            return self.bad_token()
        return self.take_in(call)

    def take_in(self, call: Call) -> tuple[int, Any]:
        """What the platform makes of a request whose token is good."""
        raise NotImplementedError

    def _give(self, call: Call) -> tuple[int, Any]:
        head, claims, signature = parse_qs(call.body.decode())["assertion"][0].split(".")
        key().public_key().verify(_decoded(signature), f"{head}.{claims}".encode(), PKCS1v15(), hashes.SHA256())
        said = json.loads(_decoded(claims))
        if (said["iss"], said["scope"], said["exp"] - said["iat"]) != (ROBOT, self.scope, 3600):
            raise Wrong(f"an assertion of {said}")
        return 200, {"access_token": TOKEN, "expires_in": 3599, "token_type": "Bearer"}

    def bad_token(self) -> tuple[int, Any]:
        return 401, {"error": {"code": 401, "message": "Invalid credentials", "status": "UNAUTHENTICATED"}}

    def throttled(self) -> tuple[int, Any]:
        return 429, {"error": {"code": 429, "message": "Quota", "status": "RESOURCE_EXHAUSTED"}}


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
