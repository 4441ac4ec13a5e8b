"""Headers of the user's own: their names, and the one that carries a signature."""

from __future__ import annotations

import hmac
import re
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from core.secret import MASK, Secret

_OURS: Final = frozenset({"connection", "content-length", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"})
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}", re.ASCII)


def _header_name(name: str) -> str:
    if not _TOKEN.fullmatch(name):
        raise ValueError(f"{name!r} is no header name")
    if name.lower() in _OURS:
        raise ValueError(f"{name} is set by the connection itself: leave it out")
    return name.lower()


HeaderName = Annotated[str, AfterValidator(_header_name)]


class SignSettings(BaseModel):
    """A signature by which the receiver knows that the body is ours: HMAC-SHA256 of its bytes, in hexadecimal."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    header: HeaderName = Field(description="The header that carries the signature.")
    secret: Secret = Field(description="The key that both sides know; give it as ${NAME}.")

    def signature(self, body: bytes) -> str:
        """The body's; a mask where the key is masked."""
        key = self.secret.reveal()
        return MASK if key == MASK else hmac.digest(key.encode(), body, "sha256").hex()
