"""A configuration that is given as text, and what becomes of a request in it: no server, no file, nothing is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from config import Loaded, SourceFile, load
from config.assembly import Assembled, assemble
from core.container import Run
from core.context import Context
from core.registry import installed
from core.types import Event, Outbound, Payload, Reply, Request, Upstream
from tagyard.testing.given import NOTHING, request
from wire.identity.vendors import VENDORS
from wire.readers import READERS


class ConfigurationError(ValueError):
    """The configuration has mistakes; the text lists them."""


@dataclass(frozen=True, slots=True)
class Explained:
    """What became of a request. ``client`` is None where nobody claimed it."""

    client: str | None
    reply: Reply | Upstream
    events: Sequence[Event]
    sent: Mapping[str, Sequence[Outbound]]
    """By tag what would leave; a tag that sends nothing is not there."""
    held: Mapping[str, Sequence[str]]
    """By tag why it sends nothing, for each event that it holds back."""


def explain(
    configuration: str, asked: str | Request | Event, *, client: str = "web", environ: Mapping[str, str] = NOTHING
) -> Explained:
    """What would become of a request, by its URL or in full, or of an event, as though this client had read it.

    ``configuration`` is YAML; its components are those that are installed here. A secret that ``environ`` lacks is a placeholder.
    Raises ConfigurationError.
    """
    loaded = _load(configuration, environ)
    assembled = _assembled(loaded)
    incoming = asked if isinstance(asked, Request) else request(asked if isinstance(asked, str) else "/")
    if isinstance(asked, dict):
        run = Run(client, Reply(204), (assembled.container.run(Context(incoming, client, asked, 0, assembled.container.shared)),))
    else:
        run = assembled.container.handle(incoming)
    return _explained(run, assembled, incoming.received_at)


def problems(configuration: str, *, environ: Mapping[str, str] = NOTHING) -> list[str]:
    """The mistakes and warnings of a configuration, as ``tagyard check`` shows them: ``container.yaml:4:5: tags.mine.url: …``."""
    return [str(problem) for problem in _load(configuration, environ).problems]


def _load(configuration: str, environ: Mapping[str, str]) -> Loaded:
    source = SourceFile("container.yaml", configuration.encode())
    return load([source], registry=installed(), environ=environ, read=_read, serve=False, vendors=tuple(VENDORS))


def _read(name: str) -> bytes:
    raise FileNotFoundError(f"{name}: a configuration in a test has no files beside it")


def _assembled(loaded: Loaded) -> Assembled:
    if loaded.settings is None:
        raise ConfigurationError("\n".join(map(str, loaded.problems)))
    return assemble(loaded, loaded.settings, READERS, _read, vendors=VENDORS)


def _explained(run: Run, assembled: Assembled, now: int) -> Explained:
    chosen: dict[str, list[Payload]] = {}
    for tag, payload in run.deliveries():
        chosen.setdefault(tag, []).append(payload)
    held: dict[str, list[str]] = {}
    for verdict in (verdict for event in run.events for verdict in event.verdicts):
        if verdict.payload is None:
            held.setdefault(verdict.tag, []).append(verdict.why)
    sent = {tag: list(assembled.tags[tag].pack(payloads, now)) for tag, payloads in chosen.items()}
    return Explained(run.client, run.reply, [each.event for each in run.events], sent, held)
