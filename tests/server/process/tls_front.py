"""What stands between browsers and servers: TLS with a certificate made on the spot, hosts and paths sent to their ports."""

from __future__ import annotations

import datetime
import http.client
import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

VISITOR = "203.0.113.7"
"""The address that every browser comes from, as the front tells it."""
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "server", "date"})


@dataclass(frozen=True)
class Page:
    """A file of a website."""

    content_type: str
    body: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Exchange:
    """One request as the front passed it on, and its reply. Names of headers are in lower case."""

    method: str
    url: str
    asked: Mapping[str, str]
    status: int
    replied: Sequence[tuple[str, str]]

    def all(self, name: str) -> list[str]:
        """The reply's headers of this name."""
        return [value for key, value in self.replied if key == name]


class _Quiet(ThreadingHTTPServer):
    """Listens on a free port of the loopback, in threads of its own."""

    daemon_threads = True

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def port(self) -> int:
        return self.server_port

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.shutdown()
        self._thread.join(60)
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away is no error; whatever else goes wrong shows as a hit that does not arrive."""


class Site(_Quiet):
    """A website of files by path, for every host. ``pages`` may be filled while it runs."""

    def __init__(self) -> None:
        super().__init__(_Files)
        self.pages: dict[str, Page] = {}

    def __enter__(self) -> Site:
        self._thread.start()
        return self

    def put(self, path: str, content_type: str, body: str, **headers: str) -> None:
        self.pages[path] = Page(content_type, body, {name.replace("_", "-"): value for name, value in headers.items()})


class _Files(BaseHTTPRequestHandler):
    server: Site
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        page = self.server.pages.get(urlsplit(self.path).path, Page("text/plain", "nothing here\n", {}))
        self.send_response(200 if urlsplit(self.path).path in self.server.pages else 404)
        body = page.body.encode()
        named = {"Content-Type": page.content_type, **page.headers, "Content-Length": str(len(body))}
        for name, value in named.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


class Front(_Quiet):
    """Ends TLS for ``hosts`` and passes each request on by ``routes``: from host and path, the longest counts, to a port.

    ``inner`` has hosts for which servers are asked by another name, as gateways do.
    ``pin`` is what ``--ignore-certificate-errors-spki-list`` takes: the browser trusts this certificate and no other.
    """

    def __init__(self, folder: Path, hosts: Sequence[str]) -> None:
        super().__init__(_Forward)
        self.routes: dict[str, int] = {}
        self.inner: dict[str, str] = {}
        self.exchanges: list[Exchange] = []
        self.changed = threading.Condition()
        self.pin, pem = certificate(folder, hosts)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(pem)

    def __enter__(self) -> Front:
        self._thread.start()
        return self

    def finish_request(self, request: Any, client_address: Any) -> None:
        """In the connection's own thread, so that a browser which connects ahead of need keeps nobody waiting."""
        assert isinstance(request, socket.socket)
        request.settimeout(30)
        with self._context.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)

    def target(self, host: str, path: str) -> int:
        """The port that serves this path of this host."""
        place = host.partition(":")[0] + path
        return self.routes[max((route for route in self.routes if place.startswith(route)), key=len)]

    def record(self, exchange: Exchange) -> None:
        with self.changed:
            self.exchanges.append(exchange)
            self.changed.notify_all()

    def wait_for(self, wanted: Callable[[Exchange], bool], seconds: float = 60) -> Exchange:
        """The first exchange that is wanted, as soon as there is one."""
        with self.changed:
            found = self.changed.wait_for(lambda: next(filter(wanted, self.exchanges), None), seconds)
            assert found, [(each.method, each.url) for each in self.exchanges]
            return found


class _Forward(BaseHTTPRequestHandler):
    server: Front
    protocol_version = "HTTP/1.1"
    told: ClassVar[Mapping[str, str]] = {"x-forwarded-for": VISITOR, "x-forwarded-proto": "https"}

    def _pass_on(self) -> None:
        asked = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(asked.get("content-length", "0")))
        connection = http.client.HTTPConnection("127.0.0.1", self.server.target(asked["host"], self.path), timeout=60)
        try:
            told = {**self.told, **self._gateway(asked["host"]), "connection": "close"}
            connection.request(self.command, self.path, body, {**asked, **told})
            reply = connection.getresponse()
            content = reply.read()
        finally:
            connection.close()
        replied = [(name.lower(), value) for name, value in reply.getheaders()]
        self.server.record(Exchange(self.command, f"https://{asked['host']}{self.path}", asked, reply.status, replied))
        self._answer(reply.status, replied, content)

    def _gateway(self, host: str) -> Mapping[str, str]:
        inner = self.server.inner.get(host.partition(":")[0])
        return {"host": inner, "x-forwarded-host": host} if inner else {}

    def _answer(self, status: int, headers: Sequence[tuple[str, str]], content: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name not in _HOP_BY_HOP:
                self.send_header(name, value)
        if status not in (204, 304):
            self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_OPTIONS = _pass_on  # noqa: N815  the names are the library's

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


def certificate(folder: Path, hosts: Sequence[str]) -> tuple[str, Path]:
    """Makes a certificate for these hosts: the pin of its key, and the file that holds both."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0])])
    names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number()).add_extension(names, False)
    builder = builder.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=2))
    certificate = builder.sign(key, hashes.SHA256())
    file = folder / "front.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b64encode(sha256(public).digest()).decode(), file
