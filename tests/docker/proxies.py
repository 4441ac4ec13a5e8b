"""nginx and Caddy as their recipes set them up, on free ports of the loopback and with a certificate made on the spot."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from tests.ports import free_port
from tests.server.process.harness import ROOT
from tests.server.process.tls_front import certificate

RECIPES = ROOT / "docker" / "proxies"
SUBDOMAIN, SITE = "data.example.com", "www.example.com"
VISITOR = "127.0.0.2"
"""The address that visitors come from: the proxy itself speaks from 127.0.0.1."""

_NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/recipe.conf;
}}
"""


def changed(text: str, changes: Mapping[str, str]) -> str:
    """The recipe with these words replaced; every one of them must be in it."""
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


@dataclass
class Proxy:
    """A proxy by its recipe, in front of ``upstream``. ``headers`` replaces lines of the recipe's part about headers."""

    name: str
    folder: Path
    upstream: int
    headers: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)

    def __enter__(self) -> Proxy:
        self.folder.mkdir()
        _, self.pem = certificate(self.folder, [SUBDOMAIN, SITE])
        with (self.folder / "log").open("wb") as log:
            command = self._nginx() if self.name == "nginx" else self._caddy()
            home = {"HOME": str(self.folder), "TAGYARD_UPSTREAM": f"127.0.0.1:{self.upstream}", "PATH": "/usr/sbin:/usr/bin:/bin"}
            self.process = subprocess.Popen(command, env=home, stdout=log, stderr=log, cwd=self.folder)
        self._wait()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.process.kill()
        self.process.wait(60)

    def _nginx(self) -> Sequence[str]:
        changes = {
            "listen 443 ssl http2;": f"listen 127.0.0.1:{self.port} ssl http2;",
            "127.0.0.1:8080": f"127.0.0.1:{self.upstream}",
            **{
                f"/etc/letsencrypt/live/{host}/{file}.pem": str(self.pem)
                for host in (SUBDOMAIN, SITE)
                for file in ("fullchain", "privkey")
            },
        }
        (self.folder / "recipe.conf").write_text(changed((RECIPES / "nginx.conf").read_text(), changes))
        headers = changed((RECIPES / "tagyard_headers.conf").read_text(), self.headers)
        (self.folder / "tagyard_headers.conf").write_text(headers)
        (self.folder / "nginx.conf").write_text(_NGINX.format(folder=self.folder))
        return ["nginx", "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")]

    def _caddy(self) -> Sequence[str]:
        changes = {
            "{\n\tservers {": "{\n\tadmin off\n\tauto_https disable_redirects\n\tdefault_bind 127.0.0.1\n\tservers {",
            **{f"{host} {{\n": f"{host}:{self.port} {{\n\ttls {self.pem} {self.pem}\n" for host in (SUBDOMAIN, SITE)},
        }
        (self.folder / "Caddyfile").write_text(changed((RECIPES / "Caddyfile").read_text(), changes))
        (self.folder / "tagyard.caddy").write_text(changed((RECIPES / "tagyard.caddy").read_text(), self.headers))
        return ["caddy", "run", "--config", "Caddyfile", "--adapter", "caddyfile"]

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while self.process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(OSError), self.connected(SUBDOMAIN):
                return
            time.sleep(0.02)
        raise AssertionError(f"{self.name} did not start:\n{(self.folder / 'log').read_text()}")

    @contextmanager
    def connected(self, host: str) -> Iterator[ssl.SSLSocket]:
        """A TLS connection from the visitor's address, checked against the certificate."""
        context = ssl.create_default_context(cafile=str(self.pem))
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=60, source_address=(VISITOR, 0))
        with plain, context.wrap_socket(plain, server_hostname=host) as secure:
            yield secure

    def ask(
        self, host: str, target: str, body: bytes = b"", headers: Sequence[tuple[str, str]] = ()
    ) -> tuple[int, Mapping[str, str]]:
        """One POST: the status and the headers of its answer, names in lower case."""
        with self.connected(host) as secure:
            connection = http.client.HTTPConnection(host)
            connection.sock = secure
            connection.putrequest("POST", target)
            for name, value in (*headers, ("Content-Length", str(len(body)))):
                connection.putheader(name, value)
            with contextlib.suppress(ConnectionError):  # an answer may come before all of the body was taken
                connection.endheaders(body)
            answer = connection.getresponse()
            answer.read()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}

    def say(self, host: str, data: bytes) -> bytes:
        """These bytes on one connection; all that comes back until the proxy ends it or says nothing more for a second."""
        said = b""
        with self.connected(host) as secure, contextlib.suppress(OSError):
            secure.sendall(data)
            secure.settimeout(1)
            while piece := secure.recv(65536):
                said += piece
        return said
