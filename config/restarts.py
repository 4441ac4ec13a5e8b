"""Which keys of the file a reload takes, and which wait for a restart. Whatever is not named here a reload takes."""

from __future__ import annotations

from functools import reduce
from typing import Final

from config.settings import OutboxSettings, ServerSettings, Settings
from core.secret import Secret

RELOADED: Final = (
    "server.log.access",
    "server.public_host",
    "server.behind",
    "server.trusted_proxies",
    "server.geo",
    "server.allowed_origins",
    "server.max_body",
    "server.max_cookies",
    "server.max_connections",
    "server.max_connections_per_address",
    "server.rate_limit",
    "server.keep_alive",
)
"""Keys of the sections that describe the process, in force with the next request."""

RESTART: Final = (
    "server.listen",
    "server.admin_token",
    "server.admin",
    "server.recorded_requests",
    "server.log.format",
    "server.log.level",
    "server.traces",
    "server.path_prefix",
    "server.shutdown_grace",
    "outbox.url",
    "outbox.nats.credentials",
    "outbox.nats.user",
    "outbox.nats.password",
    "outbox.nats.authority",
    "outbox.nats.monitoring",
    "outbox.max_size",
    "outbox.max_age",
    "outbox.dead_letters",
)
"""The others of those sections: they stay as the start found them."""


def waiting_for_a_restart(server: ServerSettings, outbox: OutboxSettings, settings: Settings) -> list[str]:
    """The keys of RESTART that ``settings`` have otherwise than ``server`` and ``outbox``, which were read at the start."""
    sections = {"server": (server, settings.server), "outbox": (outbox, settings.outbox)}
    return [key for key in RESTART if _differs(key, *sections[key.partition(".")[0]])]


def _differs(key: str, before: object, now: object) -> bool:
    return _at(before, key) != _at(now, key)


def _at(section: object, key: str) -> object:
    """What a section has at a key. A secret is compared by what it is: as an object it equals none but itself."""
    value = reduce(getattr, key.split(".")[1:], section)
    return value.reveal() if isinstance(value, Secret) else value
