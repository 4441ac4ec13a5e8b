"""Says how to install what an outbox in streams needs, before anything imports it."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

from config import OutboxSettings
from server.outbox.errors import OutboxError

_NEEDED: Final = ("nats", "nkeys")


def check_installed(settings: OutboxSettings) -> None:
    """Raises OutboxError where the file asks for streams and their client is not there."""
    if settings.shared and not all(map(find_spec, _NEEDED)):
        raise OutboxError("a nats: outbox needs nats-py, which is not installed: pip install 'tagyard[jetstream]'")
