"""What is said of streams that an operator has set up: some are refused, some are weak, and of some nobody knows enough."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from structlog.testing import capture_logs

from config import NatsSettings
from server.outbox.durability import Durability, described
from server.outbox.errors import OutboxError
from server.outbox.jetstream import connect
from server.outbox.jetstream.judging import Kept, examined, judge
from server.outbox.jetstream.monitoring import Flushing
from server.outbox.jetstream.streams import wanted
from tests.server.outbox.servers import NAMES, Nats, cluster, made, serving, settings

HOUR = 3600 * 10**9
MAX_AGE = Kept(72 * 3600.0, 74 * 3600.0)
KNOWN = Flushing((), "")


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nats]:
    """A server that flushes every write."""
    server = Nats(tmp_path_factory.mktemp("nats") / "one")
    with serving(server):
        yield server


@pytest.fixture
def nats(one: Nats) -> Iterator[Nats]:
    """The same, whose streams are gone afterwards."""
    yield one

    async def clean() -> None:
        link = await connect(settings(one.url))
        for name in (await link.ask("STREAM.NAMES"))["streams"] or ():
            await link.ask(f"STREAM.DELETE.{name}")
        await link.close()

    asyncio.run(clean())


def of(server: Nats, monitoring: list[str] | None = None, replicas: int = 1, **otherwise: Mapping[str, Any]) -> Durability:
    """What streams with such settings are worth, as a start finds it."""

    async def run() -> Durability:
        link = await connect(settings(server.url))
        try:
            await made(link, replicas, **otherwise)
            nats = NatsSettings(monitoring=[server.monitoring] if monitoring is None else monitoring)
            return await examined(link, NAMES, nats, MAX_AGE)
        finally:
            await link.close()

    return asyncio.run(run())


def configured(**otherwise: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The streams as they are made, but for these settings."""
    streams = {stream["name"]: stream for stream in wanted(NAMES, replicas=3, max_bytes=1 << 30)}
    return {name: {**stream, **otherwise.get(name, {})} for name, stream in streams.items()}


def test_streams_as_they_are_made_are_durable() -> None:
    found = judge(configured(), NAMES, MAX_AGE, KNOWN)
    assert (found, found.level, described(found)) == (
        Durability([], [], None),
        "durable",
        {"durability": "durable", "durability_reasons": []},
    )


@pytest.mark.parametrize(
    ("stream", "key", "value", "said"),
    [
        ("SHOP", "discard", "old", "SHOP: `discard: old` removes what waits"),
        ("SHOP_DEAD", "discard", "old", "SHOP_DEAD: `discard: old` removes what waits"),
        ("SHOP", "retention", "limits", "SHOP: its `retention` is limits; it has to be workqueue"),
        ("SHOP_DEAD", "retention", "interest", "SHOP_DEAD: its `retention` is interest; it has to be limits"),
        ("SHOP_STATE", "max_msgs_per_subject", -1, "SHOP_STATE: `max_msgs_per_subject` is not 1"),
        ("SHOP", "subjects", ["SHOP.row.>", "SHOP.other"], "SHOP: it lacks the subjects SHOP.lone.>, SHOP.key.>"),
        ("SHOP", "allow_atomic", False, "SHOP: `allow_atomic` is off, and needed for rows of one request"),
        ("SHOP", "allow_msg_ttl", False, "SHOP: `allow_msg_ttl` is off"),
        ("SHOP_STATE", "storage", "memory", "SHOP_STATE: its `storage` is memory; replicas would be numbered"),
        ("SHOP_STATE", "allow_direct", False, "SHOP_STATE: `allow_direct` is off"),
        ("SHOP", "discard_new_per_subject", True, "SHOP: `discard_new_per_subject` is on: no row could change its state"),
        ("SHOP", "sealed", True, "SHOP: `sealed` is on"),
        ("SHOP_DEAD", "deny_delete", True, "SHOP_DEAD: `deny_delete` is on"),
        ("SHOP_DEAD", "deny_purge", True, "SHOP_DEAD: `deny_purge` is on"),
        ("SHOP", "no_ack", True, "SHOP: `no_ack` is on: nobody would hear"),
        ("SHOP", "subject_transform", {"src": "SHOP.row.>", "dest": "SHOP.key.>"}, "SHOP: `subject_transform` is on: rows would"),
    ],
)
def test_nothing_is_kept_where_it_would_be_lost_or_could_not_be_worked_with(
    stream: str, key: str, value: object, said: str
) -> None:
    found = judge(configured(**{stream: {key: value}}), NAMES, MAX_AGE, KNOWN)
    assert [text[: len(said)] for text in found.refused] == [said]
    assert found.weak == []


@pytest.mark.parametrize(
    ("stream", "key", "value", "said"),
    [
        ("SHOP", "num_replicas", 2, "SHOP: it has 2 of 3 replicas"),
        ("SHOP_DEAD", "storage", "memory", "SHOP_DEAD: its `storage` is memory"),
        ("SHOP", "max_age", 72 * HOUR, "SHOP: `max_age` removes what is older than 259200 s, and rows may wait for 259200 s"),
        (
            "SHOP",
            "max_age",
            73 * HOUR,
            "SHOP: `max_age` removes what is older than 262800 s, and `deduplicate` keeps keys for 266400 s",
        ),
        (
            "SHOP_DEAD",
            "max_age",
            1000 * HOUR,
            "SHOP_DEAD: `max_age` removes what is older than 3.6e+06 s, and what is here is kept",
        ),
        ("SHOP", "duplicate_window", 10**9, "SHOP: `duplicate_window` is 1 s, too short"),
    ],
)
def test_what_may_lose_rows_is_weak(stream: str, key: str, value: object, said: str) -> None:
    found = judge(configured(**{stream: {key: value}}), NAMES, MAX_AGE, KNOWN)
    assert [text[: len(said)] for text in found.weak] == [said]
    assert (found.refused, found.level) == ([], "weak")


def test_streams_with_more_than_is_asked_for_are_durable() -> None:
    more = {"num_replicas": 5, "max_age": 75 * HOUR, "subjects": ["SHOP.>"], "max_bytes": -1, "compression": "s2"}
    assert judge(configured(SHOP=more), NAMES, MAX_AGE, KNOWN).level == "durable"


def test_one_server_that_does_not_flush_makes_it_weak_whatever_is_unknown_of_the_others() -> None:
    found = judge(configured(), NAMES, MAX_AGE, Flushing(["n2"], "n3 does not answer"))
    assert (found.level, described(found)["durability"]) == ("weak", "weak")
    assert [reason[:26] for reason in found.reasons] == ["n2: it flushes its writes ", "n3 does not answer"]
    assert judge(configured(), NAMES, MAX_AGE, Flushing((), "n3 does not answer")).level == "unverified"


@pytest.mark.parametrize(
    ("otherwise", "said"),
    [
        ({}, "SHOP: it has 1 of 3 replicas"),
        ({"rows": {"storage": "memory"}}, "SHOP: its `storage` is memory"),
        ({"rows": {"max_age": HOUR}}, "SHOP: `max_age` removes what is older than 3600 s"),
        ({"dead": {"max_age": HOUR}}, "SHOP_DEAD: `max_age` removes what is older than 3600 s"),
    ],
)
def test_a_start_logs_what_is_weak(nats: Nats, otherwise: dict[str, Any], said: str) -> None:
    with capture_logs() as logs:
        found = of(nats, **otherwise)
    assert any(text.startswith(said) for text in found.weak)
    assert found.unverified is None
    assert [line["why"] for line in logs if line["log_level"] == "warning"] == list(found.weak)


@pytest.mark.parametrize(
    ("bound", "said"),
    [
        ({"max_consumers": 5}, "SHOP: `max_consumers` is 5: each tag and destination takes one"),
        ({"max_msg_size": 1000}, "SHOP: `max_msg_size` is 1000: deliveries that are larger are refused"),
    ],
)
def test_a_start_logs_which_bounds_refuse_what_has_room(nats: Nats, bound: dict[str, Any], said: str) -> None:
    with capture_logs() as logs:
        of(nats, rows=bound)
    (line,) = [line for line in logs if line["event"] == "the outbox may refuse what has room in it"]
    assert line["why"].startswith(said)


def test_a_server_that_flushes_every_now_and_then_makes_it_weak(tmp_path: Path) -> None:
    server = Nats(tmp_path / "lazy", sync="sync_interval: 2m", name="lazy")
    with serving(server):
        assert any(text.startswith("lazy: it flushes its writes every now and then only") for text in of(server).weak)


def test_it_is_unverified_where_nobody_may_be_asked(nats: Nats) -> None:
    with capture_logs() as logs:
        found = of(nats, monitoring=[])
    assert found.unverified is not None
    assert "`outbox.nats.monitoring` lists the addresses" in found.unverified
    assert logs[-1]["why"] == found.unverified


@pytest.fixture
def elsewhere() -> Iterator[Callable[[int, bytes], str]]:
    """Something else that answers so; gives its address."""
    opened: list[ThreadingHTTPServer] = []

    def answering(status: int, body: bytes) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Says nothing."""

        opened.append(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        Thread(target=opened[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{opened[-1].server_port}"

    yield answering
    for server in opened:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (404, b"", "answers 404"),
        (200, b"<html>", "is no monitoring address of a nats-server"),
        (200, b'{"server_name": "two", "jetstream": {"config": {"sync_always": true}}}', "is that of one"),
        (200, b'{"server_name": "two", "jetstream": {}}', "is that of one"),
    ],
)
def test_it_is_unverified_where_somebody_else_answers(
    nats: Nats, elsewhere: Callable[[int, bytes], str], status: int, body: bytes, said: str
) -> None:
    found = of(nats, monitoring=[elsewhere(status, body)])
    assert found.unverified is not None
    assert said in found.unverified


def test_it_is_unverified_where_nobody_answers(nats: Nats) -> None:
    found = of(nats, monitoring=["http://127.0.0.1:1", nats.monitoring])
    assert found.unverified is not None
    assert "http://127.0.0.1:1 does not answer" in found.unverified
    assert "is that of" not in found.unverified


def test_a_start_is_refused_with_all_reasons_at_once(nats: Nats) -> None:
    wrong: dict[str, Any] = {"rows": {"discard": "old", "retention": "limits"}, "state": {"allow_direct": False}}
    with pytest.raises(OutboxError) as refused:
        of(nats, **wrong)
    text = str(refused.value)
    assert text.startswith("nothing can be kept in these streams: SHOP: `discard: old` removes what waits")
    assert "SHOP: its `retention` is limits; it has to be workqueue" in text
    assert "SHOP_STATE: `allow_direct` is off" in text


def test_streams_that_are_missing_are_named_with_the_command_that_makes_them(nats: Nats) -> None:
    async def run() -> None:
        link = await connect(settings(nats.url))
        await link.ask("STREAM.CREATE.SHOP_DEAD", wanted(NAMES, replicas=1, max_bytes=1)[1])
        with pytest.raises(OutboxError, match=r"^there are no streams SHOP, SHOP_STATE: `tagyard outbox init URL` makes"):
            await examined(link, NAMES, NatsSettings(), MAX_AGE)
        await link.close()

    asyncio.run(run())


def test_three_servers_that_flush_every_write_are_durable_and_are_asked_one_by_one(tmp_path: Path) -> None:
    servers = cluster(tmp_path, 3)
    addresses = [server.monitoring for server in servers]
    with serving(*servers):
        found = of(servers[0], monitoring=addresses, replicas=3)
        assert (found.weak, found.unverified, found.level) == ([], None, "durable")
        partly = of(servers[0], monitoring=addresses[:2], replicas=3)
        assert partly.level == "unverified"
        assert str(partly.unverified).endswith("no address of `outbox.nats.monitoring` is that of n2")
