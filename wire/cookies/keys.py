"""The keys behind visitors' ids, derived from the secret of the settings or, where there is none, the installation's own."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.component import Setup
from wire.cookies.settings import CookieSettings


def given(settings: CookieSettings) -> Sequence[bytes]:
    """The secrets that the settings have, the one that counts first."""
    return [secret.reveal().encode() for secret in settings.secret or () if secret.reveal()]


def key_of(settings: CookieSettings, setup: Setup, purpose: bytes) -> bytes:
    """A key of 32 bytes for one purpose, the same in every worker and after every start."""
    return derived(next(iter(given(settings)), setup.shared.own_secret.encode()), purpose)


def derived(secret: bytes, purpose: bytes) -> bytes:
    """A key of 32 bytes for one purpose."""
    return HKDF(SHA256(), 32, None, b"tagyard " + purpose).derive(secret)
