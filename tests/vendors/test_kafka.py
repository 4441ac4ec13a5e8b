"""Events to Kafka by the real server: let in by TLS and a password, kept for a topic that is missing, read by a consumer."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result
from confluent_kafka import Consumer, Message, Producer
from cryptography import x509

from server.cli import main
from server.loading import extras
from tests.server.http.test_tls import Authority
from tests.server.process.harness import Tagyard, ids
from tests.vendors.kafka import Kafka
from tests.vendors.test_deliveries import Purchases, letters
from tests.waiting import until

pytestmark = pytest.mark.process

BODY: Final = {"order": "{{ event.transaction_id }}", "page": "{{ event.page_location }}"}
USERS: Final = {"tagyard": "pencil-4711"}
QUIET: Final = logging.Logger("quiet", logging.CRITICAL)


def container(folder: Path, server: str, **settings: Any) -> Path:
    file = folder / "container.yaml"
    tag = {"bootstrap_servers": server, "topic": "orders", "body": BODY, **settings}
    file.write_text(f"clients: {{ga4: {{measurement_ids: [G-TEST00001]}}}}\ntags: {{kafka: {json.dumps(tag)}}}\n")
    return file


@dataclass
class Guarded:
    """A broker that wants TLS and a password, and the certificate of who vouches for it."""

    broker: Kafka
    ca: str


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Guarded]:
    authority = Authority("ours")
    context = authority.server(tmp_path, x509.IPAddress(ip_address("127.0.0.1")))
    with Kafka(users=USERS, tls=context) as broker:
        yield Guarded(broker, authority.pem)


def login(mechanism: str) -> Mapping[str, Any]:
    sasl = {"mechanism": mechanism, "username": "tagyard", "password": "${KAFKA_PASSWORD}"}
    return {"tls": {"ca": "${KAFKA_CA}"}, "sasl": sasl}


@pytest.mark.parametrize("mechanism", ["plain", "scram-sha-256", "scram-sha-512"])
def test_whoever_has_the_password_is_let_in_over_tls(guarded: Guarded, tmp_path: Path, mechanism: str) -> None:
    broker = guarded.broker
    env = {"KAFKA_PASSWORD": USERS["tagyard"], "KAFKA_CA": guarded.ca}
    event = '{"event_name": "purchase", "transaction_id": "T-1"}'
    arguments = ["try", "kafka", str(container(tmp_path, broker.server, **login(mechanism))), "--event", event, "--for-real"]
    result = CliRunner().invoke(main, arguments, env=env, catch_exceptions=False)
    assert (result.exit_code, result.output.splitlines()[-1]) == (0, "delivered"), result.output
    assert USERS["tagyard"] not in result.output
    assert (set(broker.taken), broker.faults) == ({"T-1"}, [])
    assert {each.lower() for each in broker.mechanisms} == {mechanism}


def test_a_password_that_is_refused_is_red_and_loses_nothing(guarded: Guarded, tmp_path: Path) -> None:
    broker, wanted = guarded.broker, {"T-1", "T-2"}
    secret = tmp_path / "password"
    secret.write_text("another")
    env = {"KAFKA_PASSWORD_FILE": str(secret), "KAFKA_CA": guarded.ca}
    with Tagyard(container(tmp_path, broker.server, **login("scram-sha-512")), env=env) as tagyard:
        Purchases(tagyard.port).run(sorted(wanted))
        until(lambda: "refuses our credential: _AUTHENTICATION: " in json.dumps(tagyard.ready()["reasons"]))
        assert tagyard.ready()["colour"] == "red"
        secret.write_text(USERS["tagyard"])
        assert command("reload", str(tagyard.config)).exit_code == 0
        assert broker.wait_for(wanted) == set()
        assert letters(tagyard) == {}
        assert tagyard.stop() == 0
        assert "another" not in tagyard.log.read_text().replace("another Tagyard", "")


def test_a_broker_that_nobody_vouches_for_gets_no_password(guarded: Guarded, tmp_path: Path) -> None:
    env = {"KAFKA_PASSWORD": USERS["tagyard"], "KAFKA_CA": Authority("theirs").pem}
    with Tagyard(container(tmp_path, guarded.broker.server, **login("plain")), env=env) as tagyard:
        Purchases(tagyard.port).run(["T-1"])
        until(lambda: "refuses our credential: _SSL: " in json.dumps(tagyard.ready()["reasons"]))
        assert tagyard.stop() == 0
    assert (guarded.broker.mechanisms, guarded.broker.requests) == ([], 0)


def test_events_wait_for_a_topic_that_is_not_there_and_others_do_not_wait_for_them(tmp_path: Path) -> None:
    with Kafka() as broker:
        broker.topics = {"orders-1"}
        topic = "orders-{{ event.transaction_id | regex_replace('.*-', '') }}"
        with Tagyard(container(tmp_path, broker.server, topic=topic)) as tagyard:
            Purchases(tagyard.port).run(["T-1", "T-2"])
            assert broker.wait_for({"T-1"}) == set()
            told = f"{broker.url} takes nothing until somebody acts: UNKNOWN_TOPIC_OR_PART: "
            until(lambda: told in json.dumps(tagyard.ready()["reasons"]))
            broker.topics = None
            assert broker.wait_for({"T-2"}) == set()
            assert letters(tagyard) == {}
            assert tagyard.stop() == 0
        assert {(topic, json.loads(record.value)["order"]) for topic, _, record in broker.records} == {
            ("orders-1", "T-1"),
            ("orders-2", "T-2"),
        }


@pytest.fixture
def cluster() -> Iterator[str]:
    """Three brokers that are not ours: those that come with librdkafka for its own tests."""
    brokers = Producer({"test.mock.num.brokers": 3, "bootstrap.servers": "replaced", "logger": QUIET})
    told = brokers.list_topics(timeout=10).brokers.values()
    yield ",".join([f"{each.host}:{each.port}" for each in told])
    del brokers


def read(servers: str, topic: str, count: int) -> list[Message[Any, Any]]:
    """So many messages of a topic, with their checksums looked at."""
    settings = {"bootstrap.servers": servers, "group.id": "test", "auto.offset.reset": "earliest", "check.crcs": True}
    consumer = Consumer({**settings, "logger": QUIET})
    consumer.subscribe([topic])
    found: list[Message[Any, Any]] = []
    deadline = time.monotonic() + 60
    while len(found) < count and time.monotonic() < deadline:
        found += [each for each in consumer.consume(count, 0.5) if not each.error()]
    consumer.close()
    return found


@pytest.mark.parametrize("compress", ["lz4", "zstd"])
def test_a_consumer_reads_what_was_sent_to_three_brokers(cluster: str, tmp_path: Path, compress: str) -> None:
    wanted = ids("T", 60)
    servers = cluster.split(",")
    more = {"compress": compress, "key": "{{ event.transaction_id }}", "headers": {"name": "{{ event.event_name }}"}}
    with Tagyard(container(tmp_path, servers[0], **more)) as tagyard:
        Purchases(tagyard.port).run(wanted)
        found = read(cluster, "orders", len(wanted))
        assert tagyard.stop() == 0
    assert sorted(json.loads(each.value() or b"")["order"] for each in found) == sorted(wanted)
    assert len({each.partition() for each in found}) > 1
    for each in found:
        headers = dict(each.headers() or ())
        assert each.key() == json.loads(each.value() or b"")["order"].encode()
        assert (set(headers), headers["name"]) == ({"id", "name"}, b"purchase")
    assert len({dict(each.headers() or ())["id"] for each in found}) == len(wanted)


def command(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


def test_explain_shows_the_message_and_sends_nothing(tmp_path: Path) -> None:
    file = container(tmp_path, "127.0.0.1:9")
    event = '{"event_name": "purchase", "transaction_id": "T-1", "client_id": "1.2"}'
    [shown] = json.loads(command("explain", str(file), "--event", event, "--json").stdout)["requests"]
    assert (shown["method"], shown["url"]) == (None, "127.0.0.1:9/orders")
    message = json.loads(shown["body"])
    assert (message["topic"], message["key"], message["value"]) == ("orders", "1.2", {"order": "T-1"})


def test_without_its_client_the_file_has_a_mistake_that_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = container(tmp_path, "127.0.0.1:9")
    assert command("check", str(file)).exit_code == 0
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    told = "tags.kafka: needs confluent-kafka, which is not installed: pip install 'tagyard[kafka]'"
    for name in ("check", "serve"):
        result = command(name, str(file))
        assert result.exit_code == 1
        assert f"container.yaml:2:8: {told}" in result.output
    event = '{"event_name": "purchase"}'
    assert command("explain", str(file), "--event", event).exit_code == 0
