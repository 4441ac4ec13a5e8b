from __future__ import annotations

import ssl
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from server.http import HttpSender, TlsFailed
from tests.server.http.scripted import CLOSE, OK, READ, post, serving

Run: TypeAlias = Callable[[Coroutine[Any, Any, None]], None]


class Authority:
    """A certificate authority of our own."""

    def __init__(self, name: str) -> None:
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._sign(
            self._name, self._key.public_key(), x509.BasicConstraints(ca=True, path_length=None), timedelta(1)
        )
        self.pem = certificate.public_bytes(serialization.Encoding.PEM).decode()

    def server(self, folder: Path, *names: x509.GeneralName, valid: timedelta = timedelta(1)) -> ssl.SSLContext:
        """A server's context with a certificate for these names."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")])
        certificate = self._sign(subject, key.public_key(), x509.SubjectAlternativeName(names), valid)
        path = folder / "server.pem"
        path.write_bytes(
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _sign(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, extension: x509.ExtensionType, valid: timedelta
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder(self._name, subject, key, x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(2)).not_valid_after(now + valid)
        return builder.add_extension(extension, critical=True).sign(self._key, hashes.SHA256())


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority("ours")


@pytest.fixture
def trusting(authority: Authority) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=authority.pem)


async def here(host: str, port: int) -> Sequence[str]:  # noqa: ARG001
    return ["127.0.0.1"]


EXAMPLE = x509.DNSName("example.com")


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("example.com", EXAMPLE),
        ("bücher.example", x509.DNSName("xn--bcher-kva.example")),
        ("127.0.0.1", x509.IPAddress(ip_address("127.0.0.1"))),
        ("[::1]", x509.IPAddress(ip_address("::1"))),
    ],
)
def test_a_trusted_certificate(
    run: Run, authority: Authority, trusting: ssl.SSLContext, tmp_path: Path, host: str, name: x509.GeneralName
) -> None:
    async def scenario() -> None:
        async with serving([READ, OK] * 2, tls=authority.server(tmp_path, name)) as server:
            sender = HttpSender(ssl_context=trusting, resolve=here)
            for _ in range(2):
                response = await sender.send(post(f"https://{host}:{server.port}/"), literal_host=True)
                assert response.body == b"ok"
            assert server.connections == 1
            await sender.close()

    run(scenario())


def test_the_server_is_told_the_name(run: Run, authority: Authority, trusting: ssl.SSLContext, tmp_path: Path) -> None:
    async def scenario() -> None:
        told: list[str | None] = []
        tls = authority.server(tmp_path, EXAMPLE)
        tls.sni_callback = lambda _socket, name, _context: told.append(name)
        async with serving([READ, OK], tls=tls) as server:
            sender = HttpSender(ssl_context=trusting, resolve=here)
            await sender.send(post(f"https://example.com:{server.port}/"), literal_host=True)
            assert told == ["example.com"]
            await sender.close()

    run(scenario())


def test_a_certificate_of_an_unknown_authority(run: Run, authority: Authority, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with serving([READ, OK], tls=authority.server(tmp_path, EXAMPLE)) as server:
            sender = HttpSender(resolve=here)
            with pytest.raises(TlsFailed, match=f"the certificate of example.com:{server.port} is not accepted: unable to get"):
                await sender.send(post(f"https://example.com:{server.port}/"), literal_host=True)
            assert server.requests == []
            await sender.close()

    run(scenario())


@pytest.mark.parametrize(
    ("name", "valid", "why"),
    [
        (x509.DNSName("evil.example"), timedelta(1), "Hostname mismatch"),
        (EXAMPLE, timedelta(-1), "certificate has expired"),
    ],
)
def test_a_certificate_that_does_not_hold(
    run: Run, authority: Authority, trusting: ssl.SSLContext, tmp_path: Path, name: x509.GeneralName, valid: timedelta, why: str
) -> None:
    async def scenario() -> None:
        async with serving([READ, OK], tls=authority.server(tmp_path, name, valid=valid)) as server:
            sender = HttpSender(ssl_context=trusting, resolve=here)
            with pytest.raises(TlsFailed, match=why):
                await sender.send(post(f"https://example.com:{server.port}/"), literal_host=True)
            await sender.close()

    run(scenario())


def test_a_server_that_speaks_no_tls(run: Run) -> None:
    async def scenario() -> None:
        async with serving([OK]) as server:
            sender = HttpSender(resolve=here)
            with pytest.raises(TlsFailed, match=f"TLS with example.com:{server.port} failed: "):
                await sender.send(post(f"https://example.com:{server.port}/"), literal_host=True)
            await sender.close()

    run(scenario())


def test_an_answer_without_a_length_ends_with_the_connection(
    run: Run, authority: Authority, trusting: ssl.SSLContext, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with serving([READ, b"HTTP/1.1 200 OK\r\n\r\nabc", CLOSE], tls=authority.server(tmp_path, EXAMPLE)) as server:
            sender = HttpSender(ssl_context=trusting, resolve=here)
            response = await sender.send(post(f"https://example.com:{server.port}/"), literal_host=True)
            assert response.body == b"abc"
            await sender.close()

    run(scenario())
