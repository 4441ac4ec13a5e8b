"""Messages to a Kafka broker: who took them, who did not, and what goes on after any trouble."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from core.messages import Cluster, Message, Messages, Tls
from server.http import TransportError
from server.senders.kafka import Kafka
from tests.vendors.kafka import Kafka as Broker

PATIENCE = 3.0


@pytest.fixture
def broker() -> Iterator[Broker]:
    with Broker() as broker:
        yield broker


def orders(broker: Broker, *names: str, topic: str = "orders", **cluster: Any) -> Messages:
    def message(name: str) -> Message:
        return Message(topic, name, json.dumps({"order": name}).encode(), (("id", f"r-{name}"), ("source", "naïve")))

    return Messages(Cluster(broker.server, **cluster), tuple(map(message, names)), tuple(range(len(names))))


def play(scenario: Callable[[Kafka], Awaitable[None]], patience: float = PATIENCE) -> None:
    async def whole() -> None:
        sender = Kafka(patience)
        try:
            await scenario(sender)
        finally:
            await sender.close()

    asyncio.run(asyncio.wait_for(whole(), 60))


async def reports(sender: Kafka, messages: Messages) -> list[Any]:
    response = await sender.publish(messages)
    assert response.status == 200
    found: list[Any] = json.loads(response.body)["messages"]
    assert len(found) == len(messages.messages)
    return found


async def names(sender: Kafka, messages: Messages) -> list[str | None]:
    return [report and report["name"] for report in await reports(sender, messages)]


@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_messages_that_are_taken_are_there_as_they_are(broker: Broker, compression: str) -> None:
    async def scenario(sender: Kafka) -> None:
        assert await reports(sender, orders(broker, *map(str, range(0, 300, 10)), compression=compression)) == [None] * 30

    play(scenario)
    assert broker.faults == []
    record = next(record for _, _, record in broker.records if record.key == b"120")
    assert record.value == b'{"order": "120"}'
    assert record.headers == (("id", b"r-120"), ("source", "naïve".encode()))


def test_the_same_key_is_in_the_partition_that_java_s_client_takes_too(broker: Broker) -> None:
    async def scenario(sender: Kafka) -> None:
        for _ in range(2):
            await sender.publish(orders(broker, "21", "a", "", "123.456"))

    play(scenario)
    found = {(record.key, partition) for _, partition, record in broker.records if record.key}
    assert found == {(b"21", _murmur2(b"21") % 3), (b"a", _murmur2(b"a") % 3), (b"123.456", _murmur2(b"123.456") % 3)}


def _murmur2(data: bytes) -> int:
    """As org.apache.kafka.common.utils.Utils has it, made positive."""
    value = 0x9747B28C ^ len(data)
    for at in range(0, len(data) // 4 * 4, 4):
        piece = int.from_bytes(data[at : at + 4], "little") * 0x5BD1E995 & 0xFFFFFFFF
        value = value * 0x5BD1E995 & 0xFFFFFFFF ^ (piece ^ piece >> 24) * 0x5BD1E995 & 0xFFFFFFFF
    if rest := data[len(data) // 4 * 4 :]:
        value = (value ^ int.from_bytes(rest, "little")) * 0x5BD1E995 & 0xFFFFFFFF
    value = (value ^ value >> 13) * 0x5BD1E995 & 0xFFFFFFFF
    return (value ^ value >> 15) & 0x7FFFFFFF


def test_one_that_is_too_large_is_refused_alone_though_its_whole_batch_was(broker: Broker) -> None:
    async def scenario(sender: Kafka) -> None:
        assert await names(sender, orders(broker, *[f"T-{at}" for at in range(30)])) == [
            "MSG_SIZE_TOO_LARGE" if at % 10 == 7 else None for at in range(30)
        ]

    play(scenario)
    assert sorted(broker.taken.values()) == [1] * 27


REFUSALS = {
    29: "TOPIC_AUTHORIZATION_FAILED",
    31: "CLUSTER_AUTHORIZATION_FAILED",
    47: "INVALID_PRODUCER_EPOCH",
    87: "INVALID_RECORD",
}


@pytest.mark.parametrize(("trouble", "name"), REFUSALS.items())
def test_what_a_broker_refuses_is_told_by_its_name_and_the_next_one_is_taken(broker: Broker, trouble: int, name: str) -> None:
    async def scenario(sender: Kafka) -> None:
        broker.trouble = (trouble, None)
        assert await names(sender, orders(broker, "a", "b")) == [name] * 2
        broker.trouble = None
        await asyncio.sleep(0)
        assert await _in_the_end(sender, orders(broker, "c")) == [None]

    play(scenario)
    assert set(broker.taken) == {"c"}


async def _in_the_end(sender: Kafka, messages: Messages) -> list[str | None]:
    """What is said of them once it is not what was remembered."""
    for _ in range(100):
        found = await names(sender, messages)
        if found != ["TOPIC_AUTHORIZATION_FAILED"]:
            break
    return found


def test_a_producer_that_is_out_of_step_is_made_anew_and_leaves_nobody_waiting(broker: Broker) -> None:
    async def scenario(sender: Kafka) -> None:
        await sender.publish(orders(broker, "a", "b"))
        broker.trouble = (45, None)
        try:
            said = await names(sender, orders(broker, "c", "d", "e"))
            assert None not in said
        except TransportError:
            pass
        broker.trouble = None
        assert await names(sender, orders(broker, "c", "d", "e")) == [None] * 3

    with capture_logs() as logs:
        play(scenario)
    assert [told["event"] for told in logs] == ["a producer for Kafka is made anew"]
    assert set(broker.taken) == set("abcde")


@pytest.mark.parametrize("trouble", ["throttled", "unwell"])
def test_brokers_that_acknowledge_nothing_are_no_answer_and_what_comes_later_is_taken(broker: Broker, trouble: str) -> None:
    async def scenario(sender: Kafka) -> None:
        broker.trouble = getattr(broker, trouble)()
        with pytest.raises(TransportError, match=broker.server):
            await sender.publish(orders(broker, "a", "b"))
        broker.trouble = None
        assert await names(sender, orders(broker, "a", "b")) == [None, None]

    play(scenario)
    assert broker.faults == []


def test_a_trouble_that_passes_in_time_is_nothing_that_anybody_hears_of(broker: Broker) -> None:
    async def scenario(sender: Kafka) -> None:
        broker.trouble = broker.throttled()
        publishing = asyncio.create_task(names(sender, orders(broker, *"abc")))
        await asyncio.to_thread(_heard, broker)
        broker.trouble = None
        assert await publishing == [None] * 3

    play(scenario, 20)
    assert sorted(broker.taken.values()) == [1] * 3


def _heard(broker: Broker) -> None:
    with broker.changed:
        assert broker.changed.wait_for(lambda: broker.requests, 60)


def test_nobody_who_listens_is_no_answer_in_words() -> None:
    async def scenario(sender: Kafka) -> None:
        with pytest.raises(TransportError, match=r"^127\.0\.0\.1:9: .*Connection refused"):
            await sender.publish(Messages(Cluster("127.0.0.1:9"), (Message("t", None, b"1"),), (0,)))

    play(scenario, 1)


def test_a_topic_that_there_is_not_is_told_and_taken_once_there_is(broker: Broker) -> None:
    async def scenario(sender: Kafka) -> None:
        broker.topics = {"orders"}
        both = Messages(
            Cluster(broker.server), (*orders(broker, "a").messages, *orders(broker, "b", topic="gone").messages), (0, 1)
        )
        assert await names(sender, both) == [None, "UNKNOWN_TOPIC_OR_PART"]
        broker.topics = {"orders", "gone"}
        assert await names(sender, orders(broker, "b", topic="gone")) == [None]

    play(scenario)


@pytest.mark.parametrize("more", [{"compression": "such"}, {"tls": Tls(ca="no PEM")}])
def test_settings_that_the_client_does_not_take_are_told(broker: Broker, more: dict[str, Any]) -> None:
    async def scenario(sender: Kafka) -> None:
        cluster = Cluster(broker.server, **more)
        said = await names(sender, Messages(cluster, orders(broker, "a").messages, (0,)))
        assert said == ["_INVALID_ARG"]

    play(scenario)


def test_a_client_that_is_not_there_is_told_and_harms_no_later_message(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(sender: Kafka) -> None:
        with monkeypatch.context() as without:
            without.setattr("confluent_kafka.Producer", None)
            assert await names(sender, orders(broker, "a")) == ["TypeError"]
        assert await names(sender, orders(broker, "a")) == [None]

    play(scenario)


def test_connections_that_nobody_uses_are_let_go_of(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.senders.kafka._IDLE", 0.05)

    async def scenario(sender: Kafka) -> None:
        await sender.publish(orders(broker, "a"))
        await asyncio.to_thread(_left, broker)
        assert await names(sender, orders(broker, "b")) == [None]

    play(scenario)
    assert broker.producers == 2


def _left(broker: Broker) -> None:
    with broker.changed:
        assert broker.changed.wait_for(lambda: not broker._connections, 60)


def test_closing_waits_for_nobody(broker: Broker) -> None:
    async def scenario() -> None:
        sender = Kafka(20)
        broker.trouble = broker.throttled()
        publishing = asyncio.create_task(sender.publish(orders(broker, "a")))
        await asyncio.to_thread(_heard, broker)
        await sender.close()
        with pytest.raises(TransportError):
            await publishing

    asyncio.run(asyncio.wait_for(scenario(), 60))
