"""Which keys a reload takes and which wait for a restart: every key of the sections about the process is one of both."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from config import OutboxSettings, ServerSettings, Settings
from config.restarts import RELOADED, RESTART, waiting_for_a_restart
from config.section import SectionSettings
from core.secret import Secret

OTHERWISE: dict[str, Any] = {
    "server.listen": "127.0.0.1:9000",
    "server.admin_token": "another-token-of-24-chars",
    "server.admin": "127.0.0.1:9001",
    "server.recorded_requests": 7,
    "server.log.format": "json",
    "server.log.level": "debug",
    "server.traces": {"sample": 0.5},
    "server.path_prefix": "/metrics",
    "server.shutdown_grace": "3s",
    "outbox.url": "sqlite:elsewhere",
    "outbox.nats.credentials": "nats.creds",
    "outbox.nats.user": "tagyard",
    "outbox.nats.password": "another password",
    "outbox.nats.authority": "ca.pem",
    "outbox.nats.monitoring": ["http://a:8222"],
    "outbox.max_size": "1 GiB",
    "outbox.max_age": "1h",
    "outbox.dead_letters": {"max_age": "1d"},
}
"""For each key that waits for a restart a value that is not its default."""


def keys(model: type[BaseModel], above: str) -> Iterator[str]:
    """Every key of a section; where the tables name what is below a key, that instead of it."""
    for name, field in model.model_fields.items():
        key = f"{above}.{name}"
        if any(known.startswith(f"{key}.") for known in (*RELOADED, *RESTART)):
            assert isinstance(field.annotation, type)
            assert issubclass(field.annotation, SectionSettings)
            yield from keys(field.annotation, key)
        else:
            yield key


def settings(written: dict[str, Any]) -> Settings:
    """What a file says in which these keys stand."""
    sections: dict[str, Any] = {"server": {"admin_token": Secret("a-token-of-24-characters")}, "outbox": {}}
    for key, value in written.items():
        section, *path, name = key.split(".")
        place = sections[section]
        for step in path:
            place = place.setdefault(step, {})
        place[name] = value
    server, outbox = ServerSettings.model_validate(sections["server"]), OutboxSettings.model_validate(sections["outbox"])
    return Settings({}, server, outbox, {}, {}, {}, {}, {}, {}, [], {}, {})


def waiting(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    started = settings(before)
    return waiting_for_a_restart(started.server, started.outbox, settings(now))


def test_every_key_is_reloaded_or_waits_for_a_restart_and_none_is_both() -> None:
    assert {*RELOADED, *RESTART} == {*keys(ServerSettings, "server"), *keys(OutboxSettings, "outbox")}
    assert len({*RELOADED, *RESTART}) == len(RELOADED) + len(RESTART)
    assert set(OTHERWISE) == set(RESTART)


@pytest.mark.parametrize("key", RESTART)
def test_a_key_that_has_changed_is_told_by_its_name_until_it_is_as_it_was(key: str) -> None:
    assert waiting({}, {key: OTHERWISE[key]}) == [key]
    assert waiting({key: OTHERWISE[key]}, {key: OTHERWISE[key]}) == []
    assert waiting({key: OTHERWISE[key]}, {}) == [key]


def test_what_has_not_changed_or_is_reloaded_is_not_told() -> None:
    assert waiting({}, {}) == []
    assert waiting({}, {"server.max_body": "2 MiB", "server.log.access": 1, "server.geo": {"country": "X-Country"}}) == []
    assert waiting({}, OTHERWISE) == list(RESTART)
