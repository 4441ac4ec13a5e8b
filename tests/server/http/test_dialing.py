"""Finding and choosing addresses: what is connected to is what was checked."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeAlias

import pytest

from server.http import AddressNotAllowed, HttpLimits, HttpSender, InvalidRequest, NoDescriptor, Refused, Resolve, Unresolvable
from tests.server.http.scripted import CLOSE, OK, READ, post, serving

Run: TypeAlias = Callable[[Coroutine[Any, Any, None]], None]


def resolving(*answers: Sequence[str]) -> tuple[Resolve, list[str]]:
    """A resolver that gives these answers in turn, the last one for ever; and what it was asked."""
    asked: list[str] = []

    async def resolve(host: str, port: int) -> Sequence[str]:  # noqa: ARG001
        asked.append(host)
        return answers[min(len(asked), len(answers)) - 1]

    return resolve, asked


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "0x7f.1", "2130706433", "localhost", "[::ffff:127.0.0.1]", "①②⑦.0.0.1"])
@pytest.mark.parametrize("literal_host", [True, False])
def test_loopback_in_every_spelling_needs_a_literal_host(run: Run, host: str, literal_host: bool) -> None:
    async def scenario() -> None:
        async with serving([READ, OK]) as server:
            sender = HttpSender()
            sending = sender.send(post(f"http://{host}:{server.port}/"), literal_host=literal_host)
            if literal_host:
                assert (await sending).status == 200
            else:
                with pytest.raises(AddressNotAllowed, match="not a global address"):
                    await sending
            assert server.connections == literal_host
            await sender.close()

    run(scenario())


@pytest.mark.parametrize("host", ["169.254.169.254", "0xa9fea9fe", "2852039166", "[::ffff:a9fe:a9fe]", "[64:ff9b::a9fe:a9fe]"])
@pytest.mark.parametrize("literal_host", [True, False])
def test_metadata_in_every_spelling_is_never_contacted(run: Run, host: str, literal_host: bool) -> None:
    async def scenario() -> None:
        sender = HttpSender(limits=HttpLimits(connect=5.0))
        with pytest.raises(AddressNotAllowed, match="link-local"):
            await sender.send(post(f"http://{host}/latest/meta-data/"), literal_host=literal_host)
        await sender.close()

    run(scenario())


def test_a_name_that_turns_inward_is_refused_at_each_connect(run: Run) -> None:
    async def scenario() -> None:
        async with serving([READ, OK, CLOSE]) as server:
            resolve, asked = resolving(["127.0.0.1"], ["169.254.169.254"])
            sender = HttpSender(resolve=resolve)
            url = f"http://rebinding.example:{server.port}/"
            assert (await sender.send(post(url), literal_host=True)).status == 200
            with pytest.raises(AddressNotAllowed):
                await sender.send(post(url), literal_host=True)
            assert asked == ["rebinding.example"] * 2
            await sender.close()

    run(scenario())


def test_addresses_that_are_not_allowed_are_passed_over(run: Run) -> None:
    async def scenario() -> None:
        async with serving([READ, OK]) as server:
            sender = HttpSender(resolve=resolving(["169.254.169.254", "fe80::1", "127.0.0.1"])[0])
            assert (await sender.send(post(f"http://example.com:{server.port}/"), literal_host=True)).status == 200
            await sender.close()

    run(scenario())


def test_the_next_address_is_tried_when_one_refuses(run: Run) -> None:
    async def scenario() -> None:
        async with serving([READ, OK]) as server:
            sender = HttpSender(resolve=resolving(["127.0.0.2", "127.0.0.1"])[0])
            assert (await sender.send(post(f"http://example.com:{server.port}/"), literal_host=True)).status == 200
            await sender.close()

    run(scenario())


def test_a_refused_connection(run: Run) -> None:
    async def scenario() -> None:
        port, sender = unused_port(), HttpSender()
        with pytest.raises(Refused) as refused:
            await sender.send(post(f"http://127.0.0.1:{port}/secret?secret"), literal_host=True)
        assert refused.value.why == f"cannot connect to 127.0.0.1:{port}: Connection refused"
        await sender.close()

    run(scenario())


def test_a_want_of_descriptors_says_nothing_of_the_destination(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async def lacks(*_: Any, **__: Any) -> None:
            raise OSError(errno.EMFILE, "Too many open files")

        monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", lacks)
        sender = HttpSender()
        with pytest.raises(NoDescriptor) as raised:
            await sender.send(post("http://127.0.0.1:1/secret?secret"), literal_host=True)
        assert raised.value.why == "no file descriptor was left for a connection to 127.0.0.1:1"
        await sender.close()

    run(scenario())


def test_a_look_up_that_finds_no_descriptor_says_nothing_of_the_destination(run: Run) -> None:
    async def lacks(host: str, port: int) -> Sequence[str]:  # noqa: ARG001
        raise OSError(errno.EMFILE, "Too many open files")

    async def scenario() -> None:
        sender = HttpSender(resolve=lacks)
        with pytest.raises(NoDescriptor) as raised:
            await sender.send(post("http://shop.example/secret?secret"), literal_host=False)
        assert raised.value.why == "no file descriptor was left to find the address of shop.example"
        await sender.close()

    run(scenario())


def test_a_connection_lost_while_it_is_made(run: Run) -> None:
    async def scenario() -> None:
        async with serving([CLOSE]) as server:
            sender = HttpSender()
            with pytest.raises(Refused, match=f"cannot connect to 127.0.0.1:{server.port}: "):
                await sender.send(post(f"https://127.0.0.1:{server.port}/"), literal_host=True)
            await sender.close()

    run(scenario())


async def unknown(host: str, port: int) -> Sequence[str]:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known", host, port)


async def odd(host: str, port: int) -> Sequence[str]:
    raise UnicodeError(host, port)


@pytest.mark.parametrize(("resolve", "why"), [(unknown, "could not be resolved"), (odd, "could not be resolved")])
def test_a_name_without_an_address(run: Run, resolve: Resolve, why: str) -> None:
    async def scenario() -> None:
        sender = HttpSender(resolve=resolve)
        with pytest.raises(Unresolvable, match=rf"^nowhere\.example {why}"):
            await sender.send(post("https://nowhere.example/secret"), literal_host=False)
        await sender.close()

    run(scenario())


def test_an_empty_lookup(run: Run) -> None:
    async def scenario() -> None:
        sender = HttpSender(resolve=resolving([])[0])
        with pytest.raises(Unresolvable, match="has no address"):
            await sender.send(post("https://nowhere.example/"), literal_host=False)
        await sender.close()

    run(scenario())


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "http://user@127.0.0.1/", "http://127.0.0.1/\r\nX: y"])
def test_what_cannot_be_sent_opens_no_connection(run: Run, url: str) -> None:
    async def scenario() -> None:
        resolve, asked = resolving(["127.0.0.1"])
        sender = HttpSender(resolve=resolve)
        with pytest.raises(InvalidRequest):
            await sender.send(post(url), literal_host=True)
        assert asked == []
        await sender.close()

    run(scenario())


def test_proxies_of_the_environment_are_not_used(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with serving([READ, OK]) as server, serving([READ, OK]) as proxy:
            for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
                monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
            sender = HttpSender()
            await sender.send(post(f"http://127.0.0.1:{server.port}/"), literal_host=True)
            assert (server.connections, proxy.connections) == (1, 0)
            await sender.close()

    run(scenario())
