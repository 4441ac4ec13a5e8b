"""What ``outbox.nats`` says about itself and about the outbox's URL: keys that need another one, or exclude it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from config.document import Document
from config.nodes import MappingNode, follow, is_empty
from config.settings import OutboxSettings

_AT: Final = ("outbox", "nats")


def check_outbox(outbox: OutboxSettings, document: Document) -> None:
    """Notes every mistake in how its keys go together."""
    if document.mistaken(("outbox", "url")) or not outbox.nats.model_fields_set:
        return
    if not outbox.servers:
        document.error(_AT, "belongs to an outbox whose url is nats://… or tls://…; this one is in files", key=True)
        return
    for key, message in _wrong(_written(document)):
        document.error((*_AT, key), message, key=True)


def _written(document: Document) -> set[str]:
    """The keys that have a value, right or wrong."""
    _, entry = follow(document.root, _AT)
    keys = entry.node.entries if isinstance(entry.node, MappingNode) else {}
    return {key for key, below in keys.items() if not is_empty(below.node)}


def _wrong(written: set[str]) -> Iterator[tuple[str, str]]:
    if "credentials" in written:
        for key in ("user", "password"):
            if key in written:
                yield key, f"credentials and {key} exclude each other"
    elif ("user" in written) != ("password" in written):
        key, other = ("user", "password") if "user" in written else ("password", "user")
        yield key, f"needs {other} beside it"
