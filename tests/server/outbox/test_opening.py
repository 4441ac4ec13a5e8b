"""How a connection to the servers is opened: who is let in, by TLS or in clear, what is said where it fails, and its return."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import MutableMapping, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import nkeys
import pytest
from cryptography import x509
from structlog.testing import capture_logs

from config import OutboxSettings
from server.outbox import check_installed, installed
from server.outbox.errors import OutboxError
from server.outbox.jetstream import connect
from server.outbox.jetstream.client import Connection, words
from server.outbox.jetstream.errors import Unreachable
from server.outbox.jetstream.link import Link
from tests.server.http.test_tls import Authority
from tests.server.outbox.servers import Nats, credentials, keys, serving, settings, token
from tests.waiting import until_soon

pytestmark = pytest.mark.process

ANYTHING: dict[str, Any] = {"subs": -1, "data": -1, "payload": -1, "pub": {}, "sub": {}}
"""What a user may do whom nothing is forbidden."""

LONGEST = 30.0
"""Seconds that a test waits for what has to come."""


def answered(outbox: OutboxSettings, beside: Path = Path()) -> None:
    """Connects, and asks something. Raises OutboxError."""

    async def run() -> None:
        link = await connect(outbox, beside)
        try:
            assert (await link.ask("STREAM.NAMES"))["total"] == 0
        finally:
            await link.close()

    asyncio.run(run())


def refused(outbox: OutboxSettings, beside: Path = Path()) -> str:
    """What is said where it cannot be opened."""
    with pytest.raises(OutboxError) as error:
        answered(outbox, beside)
    return str(error.value)


def test_a_user_is_let_in_by_the_password_and_by_no_other(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    server = Nats(tmp_path / "n", also='authorization { user: tagyard, password: "s3 cret:@/" }')
    with serving(server):
        answered(settings(server.url, user="tagyard", password="s3 cret:@/"))
        said = refused(settings(server.url, user="tagyard", password="another"))
        assert (
            said
            == f"no server of the outbox can be used ({server.url[:-5]}): the server does not let this user in: see `outbox.nats`"
        )
        assert refused(settings(server.url)) == said
    assert capfd.readouterr() == ("", "")


def tls(folder: Path, authority: Authority) -> str:
    """What a server's file says that speaks TLS."""
    authority.server(folder, x509.IPAddress(ip_address("127.0.0.1")))
    return f'tls {{ cert_file: "{folder}/server.pem", key_file: "{folder}/server.pem" }}'


@pytest.mark.parametrize("scheme", ["tls", "nats"])
def test_servers_are_believed_where_our_own_authority_vouches_for_them(tmp_path: Path, scheme: str) -> None:
    ours, other = Authority("ours"), Authority("another")
    (tmp_path / "ours.pem").write_text(ours.pem)
    (tmp_path / "other.pem").write_text(other.pem)
    server = Nats(tmp_path / "n", also=tls(tmp_path, ours))
    url = server.url.replace("nats", scheme)
    with serving(server):
        answered(settings(url, authority="ours.pem"), tmp_path)
        for wrong in ({}, {"authority": "other.pem"}):
            said = refused(settings(url, **wrong), tmp_path)
            assert "the server's certificate is not trusted: unable to get local issuer certificate; see" in said


def test_nothing_is_said_in_clear_where_tls_is_a_must(tmp_path: Path) -> None:
    server = Nats(tmp_path / "n")
    with serving(server):
        said = refused(settings(server.url.replace("nats", "tls"), user="tagyard", password="secret"))
        assert said.endswith("the server does not offer TLS, and the URL says tls")


def trusting(operator: Any, account: Any) -> str:
    """What the file of a server says whose users have credentials."""
    limits = {"subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "conn": -1, "leaf": -1, "wildcards": True}
    stored = {"mem_storage": -1, "disk_storage": -1, "streams": -1, "consumer": -1}
    of_account = token(operator, account, "account", limits={**limits, **stored})
    system = keys("system", nkeys.PREFIX_BYTE_ACCOUNT)
    of_system = token(operator, system, "account", limits=limits)
    return (
        f"operator: {token(operator, operator, 'operator')}\nresolver: MEMORY\nsystem_account: {system.public_key.decode()}\n"
        f"resolver_preload: {{ {account.public_key.decode()}: {of_account}, {system.public_key.decode()}: {of_system} }}"
    )


def test_whoever_has_credentials_is_let_in(tmp_path: Path) -> None:
    operator, account = keys("operator", nkeys.PREFIX_BYTE_OPERATOR), keys("account", nkeys.PREFIX_BYTE_ACCOUNT)
    user, stranger = keys("user", nkeys.PREFIX_BYTE_USER), keys("stranger", nkeys.PREFIX_BYTE_USER)
    (tmp_path / "nats.creds").write_text(credentials(token(account, user, "user", **ANYTHING), user.seed.decode()))
    forged = token(stranger, stranger, "user", **ANYTHING)
    (tmp_path / "forged.creds").write_text(credentials(forged, stranger.seed.decode()))
    server = Nats(tmp_path / "n", also=trusting(operator, account))
    with serving(server):
        answered(settings(server.url, credentials="nats.creds"), tmp_path)
        assert refused(settings(server.url, credentials="forged.creds"), tmp_path).endswith("see `outbox.nats`")


def test_credentials_that_have_run_out_are_read_again_until_they_are_renewed(tmp_path: Path) -> None:
    operator, account = keys("operator", nkeys.PREFIX_BYTE_OPERATOR), keys("account", nkeys.PREFIX_BYTE_ACCOUNT)
    user, file = keys("user", nkeys.PREFIX_BYTE_USER), tmp_path / "nats.creds"
    server = Nats(tmp_path / "n", also=trusting(operator, account))

    def renew(expires: float) -> None:
        file.write_text(credentials(token(account, user, "user", expires, **ANYTHING), user.seed.decode()))

    async def run() -> None:
        renew(time.time() + 3)
        link = await connect(settings(server.url, credentials="nats.creds"), tmp_path)
        await _until(link, there=False)
        renew(time.time() + 3600)
        await _until(link, there=True)
        await link.close()

    with serving(server), capture_logs() as logs:
        asyncio.run(run())
    assert logs, "in its last second a server may let it in, and out again"
    assert _told(logs) == [LOST, BACK] * (len(logs) // 2)


def test_what_nobody_expects_of_the_client_is_told_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def odd(_: object) -> bytes:
        raise ValueError("an odd thing")

    monkeypatch.setattr(Connection, "_connect_command", odd)
    server = Nats(tmp_path / "n")
    with serving(server):
        assert refused(settings(server.url)).endswith(f":{server.port}): an odd thing")


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("credentials", None, "outbox.nats.credentials cannot be read: No such file or directory"),
        ("credentials", "", "outbox.nats.credentials is no file of credentials, with a user's token and seed"),
        ("credentials", credentials("a.b.c", "SUNOSEED"), "outbox.nats.credentials is no file of credentials"),
        ("credentials", "-----BEGIN NATS USER JWT-----", "outbox.nats.credentials is no file of credentials"),
        ("authority", None, "outbox.nats.authority cannot be read: No such file or directory"),
        ("authority", "no certificate", "outbox.nats.authority holds no certificate in PEM"),
    ],
)
def test_files_that_cannot_be_used_are_told_before_anybody_is_asked(
    tmp_path: Path, key: str, text: str | None, said: str
) -> None:
    if text is not None:
        (tmp_path / "file").write_text(text)
    assert refused(settings("nats://127.0.0.1:1", **{key: "file"}), tmp_path).startswith(f"{tmp_path / 'file'}: {said}")


def test_every_server_is_tried_and_each_reason_is_told_once() -> None:
    said = refused(settings("nats://127.0.0.1:1,nowhere.invalid:4222,127.0.0.1:2"))
    assert said.startswith(
        "no server of the outbox can be used (nats://127.0.0.1:1, nats://nowhere.invalid:4222, nats://127.0.0.1:2): "
    )
    assert said.count("Connection refused") == 1


def test_one_server_that_is_there_is_enough(tmp_path: Path) -> None:
    server = Nats(tmp_path / "n")
    with serving(server):
        answered(settings(f"nats://127.0.0.1:1,127.0.0.1:{server.port}"))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (TimeoutError(), "no answer in time"),
        (ssl.SSLEOFError(8, "EOF occurred in violation of protocol"), "TLS fails: EOF occurred in violation of protocol"),
        (OSError("all of them failed"), "all of them failed"),
        (ValueError(), "ValueError"),
    ],
)
def test_what_went_wrong_in_words(error: Exception, said: str) -> None:
    assert words(error) == said


def test_without_the_client_a_start_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    check_installed(settings("nats://a"))
    monkeypatch.setattr(installed, "find_spec", lambda name: None if name == "nats" else name)
    check_installed(OutboxSettings())
    with pytest.raises(OutboxError, match=r"pip install 'tagyard\[jetstream\]'"):
        check_installed(settings("nats://a"))


async def _until(link: Link, there: bool) -> None:
    """Until the servers answer, or do not."""
    async with asyncio.timeout(LONGEST):
        while True:
            try:
                await link.ask("INFO")
            except Unreachable:
                if not there:
                    return
            else:
                if there:
                    return
            await asyncio.sleep(0.05)


def _told(logs: Sequence[MutableMapping[str, Any]]) -> list[str]:
    return [line["event"].partition(";")[0] for line in logs]


LOST = "the connection to the servers of the outbox is lost"
BACK = "the connection to the servers of the outbox is back"


def test_a_connection_that_is_lost_comes_back_and_both_are_told_once(tmp_path: Path) -> None:
    server = Nats(tmp_path / "n")

    async def run() -> None:
        link = await connect(settings(server.url))
        server.stop()
        await _until(link, there=False)
        server.start()
        await _until(link, there=True)
        await until_soon(lambda: len(logs) > 1)
        await link.close()

    with serving(server), capture_logs() as logs:
        asyncio.run(run())
    assert _told(logs) == [LOST, BACK]


def test_a_user_who_is_shut_out_for_a_while_comes_back(tmp_path: Path) -> None:
    def known(password: str) -> str:
        return f"authorization {{ user: tagyard, password: {password} }}"

    server = Nats(tmp_path / "n", also=known("first"))

    async def run() -> None:
        link = await connect(settings(server.url, user="tagyard", password="first"))
        server.also = known("second")
        server.reload()
        await _until(link, there=False)
        server.also = known("first")
        server.reload()
        await _until(link, there=True)
        await until_soon(lambda: len(logs) > 1)
        await link.close()

    with serving(server), capture_logs() as logs:
        asyncio.run(run())
    assert _told(logs) == [LOST, BACK]


def test_what_a_user_may_not_do_is_told_once(tmp_path: Path) -> None:
    server = Nats(
        tmp_path / "n",
        also='authorization { users: [{ user: a, password: b, permissions: { publish: { deny: "$JS.API.STREAM.>" } } }] }',
    )

    async def run() -> None:
        link = await connect(settings(server.url, user="a", password="b"))
        for _ in range(2):
            await link.say("$JS.API.STREAM.NAMES", b"")
        await link.ask("INFO")
        await link.close()

    with serving(server), capture_logs() as logs:
        asyncio.run(run())
    assert _told(logs) == ["the servers of the outbox refuse a request"]
    assert "$js.api.stream.names" in logs[0]["why"].lower()
