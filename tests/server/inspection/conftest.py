"""A configuration in force, requests that met it, and somebody who looks at them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from config import Loaded
from core.types import Outcome, Payload, Reply, Request, Response
from server.delivery import Attempt
from server.inspection import Inspector
from server.loading.configuration import Configuration
from server.loading.serving import Serving
from server.loading.surroundings import surroundings_of
from server.observe import Counts, Observer, Record, Recorder
from server.outbox.row import Row
from server.system.files import sources
from server.visitors.origins import Origins
from server.visitors.visitor import Visitors

NOW = 1_764_340_311_502_000
HIT = (
    "v=2&tid=G-ABC1234567&_p=1&gcd=13l3l3l3l1l1&cid=1307714608.1760043792&sid=1764340309&sct=5"
    "&dl=https%3A%2F%2Fshop.example%2Fshoes&dt=Red%20shoes&en={event}&epn.value=120&tfd=2135"
)
SECRETS: Mapping[str, str] = {
    "MP_SECRET": "canary-mp/secret+1",
    "GA4_API_SECRET": "canary-ga4-secret",
    "HOOK_KEY": "canary key & more",
    "HOOK_PASSWORD": "canary-hook-password",
    "HOOK_SIGNATURE": "canary-hook-signature",
}
FILE = """
environment: {GA4_ID: G-ABC1234567}
clients:
  web: {type: ga4, measurement_ids: ["${GA4_ID}"]}
  backend: {type: measurement_protocol, api_secrets: ["${MP_SECRET}"]}
triggers:
  purchases: {event: purchase, when: ["event.value > 100", "user.email is defined or request.ip is defined"]}
transformations:
  margin: {type: augment, parameters: {margin: "{{ event.value * 0.5 }}"}}
tags:
  ga4: {measurement_id: "${GA4_ID}", api_secret: "${GA4_API_SECRET}", late_after: 10m}
  hook:
    type: http_request
    triggers: purchases
    url: https://hook.example/orders/{{ event.transaction_id }}
    query: {key: "${HOOK_KEY}", mail: "{{ user.email }}"}
    headers: {X-Hook: "a ${HOOK_KEY}"}
    body: {order: "{{ event.transaction_id }}", key: "${HOOK_KEY}", who: "{{ user.email }}", ip: "{{ request.ip }}"}
    auth: {username: shop, password: "${HOOK_PASSWORD}"}
    sign: {header: X-Signature, secret: "${HOOK_SIGNATURE}"}
  archive: {type: log, file: events.jsonl}
"""


_LOADED: dict[object, Loaded] = {}


class Remembering(Configuration):
    """Loads a text in an environment once, as hundreds of tests have the same; not where it names files: those may differ."""

    def _load(self, environ: Mapping[str, str], serve: bool, read: Callable[[str], bytes] | None = None) -> Loaded:
        named = []

        def noted(name: str) -> bytes:
            named.append(name)
            return (read or self.read)(name)

        key = (tuple(self.sources()), frozenset(environ.items()), serve)
        loaded = _LOADED.get(key) or super()._load(environ, serve, noted)
        if not named:
            _LOADED[key] = loaded
        return loaded


class Desk:
    """A worker's memory under one configuration. ``clock`` stands still."""

    def __init__(
        self, folder: Path, text: str = FILE, secrets: Mapping[str, str] = SECRETS, limit: int = 100, worker: int = 0
    ) -> None:
        self.path = folder / "container.yaml"
        self.path.write_text(text)
        env_file = folder / "secrets.env"
        env_file.write_text("".join(f"{name}={value}\n" for name, value in secrets.items()))
        self.serving = serving(Remembering(self.path, env_file))
        self.observer = Observer(Counts(), Recorder(limit, 0), self.serving)
        self.turned_away: dict[str, int] = {}
        self.inspector = Inspector(
            worker, lambda: self.observer.recorder, lambda: self.serving, lambda: NOW, lambda: self.turned_away
        )
        self.requests = 0

    def request(self, query: str = "", body: bytes = b"", **more: Any) -> Request:
        self.requests += 1
        method = more.pop("method", "POST")
        path = more.pop("path", "/g/collect")
        id, at = more.pop("id", f"{self.requests:016x}"), more.pop("at", NOW)
        return Request(id, at, method, path, query, body=body, **more)

    def met(self, request: Request, *, status: int | None = None) -> Record:
        """The request went through the container and was answered; a status of 0: not yet."""
        run = self.serving.assembled.container.handle(request)
        self.observer.serving = self.serving
        record = self.observer.handled(request, run)
        reply = run.reply.status if isinstance(run.reply, Reply) else 200
        self.observer.answered(record, reply if status is None else status, 3200)
        return record

    def hit(self, event: str = "page_view", extra: str = "", **more: Any) -> Record:
        return self.met(self.request(HIT.format(event=event) + extra, **more))

    def measurement(self, body: object, **more: Any) -> Record:
        query = "measurement_id=G-ABC1234567&api_secret=canary-mp%2Fsecret%2B1"
        return self.met(self.request(query, json.dumps(body).encode(), path="/mp/collect", **more))

    def attempted(
        self, record: Record, tag: str, outcome: Outcome | Sequence[Outcome], response: Response | None = None, *, at: int = 0
    ) -> None:
        """A destination has answered for the events of this record."""
        payloads = [payload for name, payload in record.run.deliveries() if name == tag]
        rows = [Row(number, tag, payload, NOW) for number, payload in enumerate(payloads, 17)]
        address = payloads[0].destination
        self.observer.attempted(Attempt(tag, address, rows, NOW + at, 12_000, response, outcome))

    def ask(self, do: str, **command: Any) -> Any:
        """The answer as it goes through the control socket."""
        answer = self.inspector.answer({"do": do, **command})
        return json.loads(json.dumps(answer))

    def detail(self, record: Record, *, reveal: bool = False) -> Any:
        return self.ask("request", id=record.request.id, reveal=reveal)


def serving(configuration: Configuration, *, dry_run: bool = False) -> Serving:
    loaded, masked = configuration.load(), configuration.load_masked()
    settings = loaded.settings
    assert settings is not None, [str(problem) for problem in loaded.problems]
    return Serving(
        path=configuration.path,
        settings=settings,
        assembled=configuration.assemble(loaded, settings),
        masked=lambda: configuration.assemble(masked, masked.settings or settings),
        secrets=loaded.secrets,
        problems=loaded.problems,
        sources=sources(configuration.path),
        visitors=Visitors(settings.server),
        origins=Origins(settings.server.allowed_origins),
        since=NOW,
        dry_run=dry_run,
        document=loaded.document,
        surroundings=surroundings_of(loaded, configuration.environ()),
    )


def reload(desk: Desk, old: str = "", new: str = "") -> None:
    """The file is another from now on, or the same, read once more."""
    text = desk.path.read_text()
    assert old in text
    desk.path.write_text(text.replace(old, new) if old else text)
    desk.serving = serving(Remembering(desk.path, desk.path.with_name("secrets.env")))


def payload_of(record: Record, tag: str) -> Payload:
    return next(payload for name, payload in record.run.deliveries() if name == tag)


def dry(desk: Desk) -> Desk:
    desk.serving = replace(desk.serving, dry_run=True)
    return desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)
