"""Real nats-servers in every way that an operator may set one up, and what an outbox's settings say of them."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import urllib.error
import urllib.request
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import nkeys

from config import OutboxSettings
from server.outbox.jetstream.link import Link
from server.outbox.jetstream.names import Names
from server.outbox.jetstream.streams import make, wanted
from tests.ports import free_port
from tests.server.outbox.streams import SERVER, wait_for
from tests.waiting import until

NAMES = Names("SHOP")
LONGEST_START = 60.0
"""Seconds after which a server that is not ready never will be."""


@dataclass
class Nats:
    """A server on the loopback, with a monitoring address; ``also`` is what its file says besides."""

    folder: Path
    also: str = ""
    sync: str = "sync_interval: always"
    name: str = "one"
    port: int = field(default_factory=free_port)
    http: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}/{NAMES.rows}"

    @property
    def monitoring(self) -> str:
        return f"http://127.0.0.1:{self.http}"

    def start(self) -> None:
        self._process = subprocess.Popen([SERVER, "-c", self.write()], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def write(self) -> Path:
        """Its file, as its settings are now."""
        self.folder.mkdir(exist_ok=True)
        file = self.folder / "nats.conf"
        file.write_text(
            f'listen: "127.0.0.1:{self.port}"\nhttp: "127.0.0.1:{self.http}"\nserver_name: {self.name}\n'
            f'jetstream {{ store_dir: "{self.folder}/streams", {self.sync} }}\n{self.also}\n'
        )
        return file

    def wait(self) -> None:
        """Until it says itself that it is ready."""
        assert self._process is not None
        wait_for(self.port, self._process)
        until(lambda: self.ready, LONGEST_START, "nats-server is not ready")

    @property
    def ready(self) -> bool:
        """Whether it says that it is."""
        with contextlib.suppress(urllib.error.URLError, OSError):
            return bool(json.load(urllib.request.urlopen(f"{self.monitoring}/healthz", timeout=60))["status"] == "ok")
        return False

    def reload(self) -> None:
        """Has it read its file again."""
        self.write()
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@contextlib.contextmanager
def serving(*servers: Nats) -> Iterator[None]:
    """All of them, at the same time."""
    try:
        for server in servers:
            server.start()
        for server in servers:
            server.wait()
        yield
    finally:
        for server in servers:
            server.stop()


def cluster(folder: Path, number: int) -> Sequence[Nats]:
    """So many servers that know each other."""
    routes = [free_port() for _ in range(number)]
    known = ", ".join(f'"nats://127.0.0.1:{route}"' for route in routes)
    return [
        Nats(
            folder / f"n{at}",
            also=f'cluster {{ name: c, listen: "127.0.0.1:{route}", routes: [{known}] }}',
            name=f"n{at}",
        )
        for at, route in enumerate(routes)
    ]


def settings(url: str, **nats: Any) -> OutboxSettings:
    """As the file says them."""
    return OutboxSettings.model_validate({"url": url, "nats": nats})


async def made(link: Link, replicas: int = 1, **otherwise: Mapping[str, Any]) -> None:
    """The streams; some of them with other settings, by ``rows``, ``dead`` or ``state``."""
    streams = wanted(NAMES, replicas=replicas, max_bytes=1 << 20)
    await make(link, [{**each, **otherwise.get(kind, {})} for kind, each in zip(("rows", "dead", "state"), streams, strict=True)])


def keys(name: str, prefix: int) -> Any:
    """A pair that is always the same for a name."""
    return nkeys.from_seed(nkeys.encode_seed(sha256(name.encode()).digest(), prefix))


def token(issuer: Any, subject: Any, kind: str, expires: float = 0, **claims: Any) -> str:
    """What an operator says of an account, or an account of a user, signed; ``expires``: seconds since 1970, 0 never."""
    body: dict[str, Any] = {"exp": int(expires)} if expires else {}
    body |= {"iss": issuer.public_key.decode(), "sub": subject.public_key.decode(), "jti": "x", "iat": 1, "name": kind}
    parts = [{"typ": "JWT", "alg": "ed25519-nkey"}, {**body, "nats": {"type": kind, "version": 2, **claims}}]
    signed = ".".join(_encoded(json.dumps(part).encode()) for part in parts)
    return f"{signed}.{_encoded(issuer.sign(signed.encode()))}"


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def credentials(jwt: str, seed: str) -> str:
    """A file as ``nsc`` writes it."""
    return (
        f"-----BEGIN NATS USER JWT-----\n{jwt}\n------END NATS USER JWT------\n\n"
        f"-----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n"
    )
