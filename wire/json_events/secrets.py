"""By what a sender shows that it knows the secret: the secret itself, or a signature of the body that only it can make."""

from __future__ import annotations

import hmac
import re
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from typing import Annotated, ClassVar, Final, Literal, Self, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from core.fields import Many
from core.secret import Secret
from core.types import Request
from wire.json_events.refused import RefusedError

Scheme: TypeAlias = Literal["hmac_sha256_hex", "hmac_sha256_base64", "bearer", "value", "stripe"]

_USUAL: Final[dict[Scheme, str]] = {"bearer": "authorization", "stripe": "stripe-signature"}
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}", re.ASCII)
_BEARER: Final = "bearer "
_TOLERANCE: Final = 300_000_000
"""Microseconds by which Stripe's clock may differ, and that a delivery may take."""
_MOST_SIGNATURES: Final = 16
"""Of one request. Stripe sends two while a secret takes another's place."""


def _header_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no header name")
    return name.lower()


class SecretSettings(BaseModel):
    """How the sender shows that it knows the secret."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    scheme: Scheme = Field(
        description="`hmac_sha256_hex`, `hmac_sha256_base64`: a signature of the body. `stripe`: Stripe's, which is good for "
        "five minutes. `bearer`: the secret after the word Bearer. `value`: the secret as it is."
    )
    key: Many[Secret] = Field(
        min_length=1, description="The secret; give it as ${NAME}. Of a list any will do, so that one can take another's place."
    )
    header: Annotated[str, AfterValidator(_header_name)] | None = Field(
        None, description="The header that it comes in; default: Authorization for `bearer`, Stripe-Signature for `stripe`."
    )
    prefix: str = Field("", description="What stands before it in the header, such as `sha256=`.")

    signing: ClassVar[frozenset[Scheme]] = frozenset({"hmac_sha256_hex", "hmac_sha256_base64", "stripe"})

    @model_validator(mode="after")
    def _names_a_header(self) -> Self:
        if self.header is None and self.scheme not in _USUAL:
            raise PydanticCustomError("header", "needs `header`: the name of the header in which the secret or signature comes")
        return self

    @property
    def signs(self) -> bool:
        """Whether it proves what the body says, and nothing besides."""
        return self.scheme in self.signing


class Lock:
    """Lets in who knows one of the secrets."""

    def __init__(self, settings: SecretSettings) -> None:
        self._scheme = settings.scheme
        self._header = settings.header or _USUAL[settings.scheme]
        self._prefix = settings.prefix
        self._keys = [key for key in (secret.reveal() for secret in settings.key) if key]
        self._known = all(secret.known for secret in settings.key)

    def check(self, request: Request) -> None:
        """Raises RefusedError: 401 where it is missing, 403 where it is wrong.

        Where something stands for the secret, as nowhere that a sender could reach, anything will do.
        """
        given = request.header(self._header)
        if not given:
            raise RefusedError(401, "SECRET_MISSING", f"The header {self._header} is missing.")
        if not self._known:
            return
        shown = self._shown(given)
        if self._scheme == "stripe":
            right = self._stripe(request, shown)
        else:
            right = self._any(shown, [self._expected(key, request.body) for key in self._keys])
        if not right:
            raise RefusedError(403, "SECRET_WRONG", f"What the header {self._header} shows is not what it should be.")

    def _shown(self, given: str) -> str:
        """What stands behind the prefix; nothing where it has another one."""
        given = given.strip()
        if self._scheme == "bearer" and given[: len(_BEARER)].lower() == _BEARER:
            given = given[len(_BEARER) :].strip()
        elif self._scheme == "bearer":
            return ""
        if not given.startswith(self._prefix):
            return ""
        shown = given[len(self._prefix) :]
        return shown.lower() if self._scheme == "hmac_sha256_hex" else shown

    def _expected(self, key: str, body: bytes) -> str:
        if self._scheme == "hmac_sha256_hex":
            return _hmac(key, body).hex()
        return b64encode(_hmac(key, body)).decode() if self._scheme == "hmac_sha256_base64" else key

    def _stripe(self, request: Request, shown: str) -> bool:
        """``t=…,v1=…``: the signature of time and body; others than ``v1`` count for nothing."""
        pairs = [piece.strip().partition("=")[::2] for piece in shown.split(",")]
        times = [value for name, value in pairs if name == "t"]
        signatures = [value for name, value in pairs if name == "v1"][:_MOST_SIGNATURES]
        if len(times) != 1 or not (times[0].isascii() and times[0].isdigit() and len(times[0]) <= 12):
            return False
        expected = [_hmac(key, f"{times[0]}.".encode() + request.body).hex() for key in self._keys]
        right = sum([self._any(signature, expected) for signature in signatures]) > 0
        if right and abs(int(times[0]) * 1_000_000 - request.received_at) > _TOLERANCE:
            raise RefusedError(403, "SECRET_EXPIRED", "The signature is older than five minutes, or a clock is wrong.")
        return right

    @staticmethod
    def _any(shown: str, expected: Sequence[str]) -> bool:
        """In constant time: each is compared, by digests, which are of one length."""
        digest = _digest(shown)
        return sum([hmac.compare_digest(digest, _digest(each)) for each in expected]) > 0


def _hmac(key: str, text: bytes) -> bytes:
    return hmac.digest(key.encode(errors="replace"), text, "sha256")


def _digest(text: str) -> bytes:
    return sha256(text.encode(errors="replace")).digest()
