"""One Kafka broker for tests, of as much as a producer needs.

It listens at a real socket, speaks ApiVersions, Metadata, InitProducerId, Produce and SASL, checks checksums, ``acks`` and the
numbers of an idempotent producer, and keeps nothing. It is no Kafka: it has no replicas, no consumers and no disk.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import ssl
import struct
from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.vendors.kafka_wire import (
    API_VERSIONS,
    INIT_PRODUCER_ID,
    METADATA,
    PRODUCE,
    SASL_AUTHENTICATE,
    SASL_HANDSHAKE,
    VERSIONS,
    Reader,
    Record,
    batch,
    listed,
    produced,
    texts,
    versions,
)
from tests.vendors.stand_in import EMAIL, Call, StandIn, Wrong

PARTITIONS: Final = 3
NONE, UNKNOWN_TOPIC, TOO_LARGE, NOT_ENOUGH_REPLICAS, CLUSTER_AUTHORIZATION_FAILED = 0, 3, 10, 19, 31
UNSUPPORTED_VERSION, OUT_OF_ORDER, SASL_FAILED = 35, 45, 58
_ROUNDS: Final = 4096


class Kafka(StandIn):
    """Messages are JSON with an ``order``; one that is refused is so as if it were too large, and its whole batch with it."""

    tag = "kafka"

    def __init__(
        self, users: Mapping[str, str] | None = None, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
    ) -> None:
        super().__init__()
        self.users = users
        self.tls = tls
        self.host = host
        self.topics: set[str] | None = None
        """Those that there are; None for any."""
        self.records: list[tuple[str, int, Record]] = []
        self.mechanisms: list[str] = []
        """By which somebody was let in."""
        self.numbers: dict[tuple[tuple[int, int], str, int], int] = {}
        """By producer and partition the number of the next message."""
        self.producers = 0

    async def _listen(self) -> None:
        self._server = await self._loop.create_server(
            lambda: _Connection(self, self._connections), "127.0.0.1", 0, ssl=self.tls, backlog=512
        )
        self._port = self._server.sockets[0].getsockname()[1]

    @property
    def server(self) -> str:
        """As a client is told of it."""
        return f"{self.host}:{self._port}"

    @property
    def url(self) -> str:
        return f"kafka://{self.server}"

    def settings(self) -> Mapping[str, Any]:
        body = {"order": "{{ event.transaction_id }}", "value": "{{ event.value }}"}
        return {"bootstrap_servers": self.server, "topic": "orders", "body": body}

    def answer(self, call: Call) -> tuple[int, Any]:
        raise NotImplementedError("nobody speaks HTTP here")

    def bad_token(self) -> tuple[int, Any]:
        return CLUSTER_AUTHORIZATION_FAILED, None

    def throttled(self) -> tuple[int, Any]:
        return NOT_ENOUGH_REPLICAS, None

    def unwell(self) -> tuple[int, Any]:
        return -1, None

    def metadata(self, reader: Reader) -> bytes:
        """Of the topics that are asked for; all of them have this broker as their leader."""
        names = [name or "" for name in reader.each(reader.text)]
        partitions = listed([struct.pack(">hii", NONE, at, 0) + struct.pack(">ii", 1, 0) * 2 for at in range(PARTITIONS)])
        topics = []
        for name in names:
            there = self.topics is None or name in self.topics
            error = struct.pack(">h", NONE if there else UNKNOWN_TOPIC)
            topics.append(error + texts(name) + b"\0" + (partitions if there else listed([])))
        broker = struct.pack(">i", 0) + texts(self.host) + struct.pack(">i", self._port) + texts(None)
        return struct.pack(">i", 0) + listed([broker]) + texts("cluster") + struct.pack(">i", 0) + listed(topics)

    def producer(self) -> bytes:
        """A number for a new one."""
        self.producers += 1
        return struct.pack(">ihqh", 0, NONE, self.producers, 0)

    def produce(self, reader: Reader, version: int) -> bytes | None:
        """Takes batches, or says why not; None where the connection is to be cut."""
        with self.changed:
            self.requests += 1
            try:
                acks, topics = produced(reader)
                if acks != -1:
                    raise Wrong(f"acks is {acks}")
                if self.trouble is not None and self.trouble[0] < 0:
                    return None
                return self._answers(topics, version)
            except (ValueError, struct.error, Wrong) as wrong:
                self.faults.append(str(wrong))
                return None
            finally:
                self.changed.notify_all()

    def _answers(self, topics: list[tuple[str, list[tuple[int, bytes]]]], version: int) -> bytes:
        start = struct.pack(">q", 0) if version >= 5 else b""
        answers = []
        for topic, partitions in topics:
            said = [struct.pack(">ihqq", at, self._batch(topic, at, data), 0, -1) + start for at, data in partitions]
            answers.append(texts(topic) + listed(said))
        return listed(answers) + struct.pack(">i", 0)

    def _batch(self, topic: str, partition: int, data: bytes) -> int:
        found = batch(data)
        place = (found.producer, topic, partition)
        if EMAIL.encode() in data.lower():
            raise Wrong("an e-mail address in clear")
        orders = [json.loads(record.value)["order"] for record in found.records]
        if self.trouble is not None:
            return self.trouble[0]
        if any(map(self.refuses, orders)):
            return TOO_LARGE
        expected = self.numbers.get(place, 0)
        if found.sequence < expected:
            return NONE  # it has been taken before, and the answer was lost
        if found.sequence > expected:
            return OUT_OF_ORDER
        self.numbers[place] = expected + len(orders)
        self.records += [(topic, partition, record) for record in found.records]
        self.take(orders)
        return NONE


class _Connection(asyncio.Protocol):
    def __init__(self, owner: Kafka, connections: set[asyncio.Transport]) -> None:
        self._owner = owner
        self._connections = connections
        self._data = b""
        self._let_in = owner.users is None
        self._login: Callable[[bytes], bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._connections.add(transport)

    def connection_lost(self, _: Exception | None) -> None:
        with self._owner.changed:
            self._connections.discard(self._transport)
            self._owner.changed.notify_all()

    def data_received(self, data: bytes) -> None:
        self._data += data
        while len(self._data) >= 4 and len(self._data) - 4 >= (length := struct.unpack(">i", self._data[:4])[0]):
            frame, self._data = self._data[4 : 4 + length], self._data[4 + length :]
            reader = Reader(frame)
            api, version, number = reader.number("h"), reader.number("h"), reader.take(4)
            reader.text()
            answer = self._answer(api, version, reader)
            if answer is None:
                self._transport.abort()
                return
            self._transport.write(struct.pack(">i", 4 + len(answer)) + number + answer)

    def _answer(self, api: int, version: int, reader: Reader) -> bytes | None:
        if api == API_VERSIONS:
            return versions(NONE if version <= VERSIONS[API_VERSIONS][1] else UNSUPPORTED_VERSION) + bytes(4 * (0 < version < 3))
        if api in (SASL_HANDSHAKE, SASL_AUTHENTICATE):
            return self._sasl(api, reader)
        if not self._let_in:
            return None
        if api == METADATA:
            return self._owner.metadata(reader)
        if api == INIT_PRODUCER_ID:
            return self._owner.producer()
        return self._owner.produce(reader, version) if api == PRODUCE else None

    def _sasl(self, api: int, reader: Reader) -> bytes:
        if api == SASL_HANDSHAKE:
            self._mechanism = reader.text() or ""
            self._login = Scram(self._owner.users or {}, self._mechanism) if "SCRAM" in self._mechanism else self._plain
            return struct.pack(">h", NONE) + listed([texts(self._mechanism)])
        assert self._login is not None
        try:
            answer = self._login(reader.data())
        except ValueError:
            return struct.pack(">h", SASL_FAILED) + texts("Authentication failed") + struct.pack(">i", 0)
        self._let_in = not isinstance(self._login, Scram) or self._login.done
        if self._let_in:
            self._owner.mechanisms.append(self._mechanism)
        return struct.pack(">h", NONE) + texts(None) + struct.pack(">i", len(answer)) + answer

    def _plain(self, data: bytes) -> bytes:
        _, name, password = data.decode().split("\0")
        if (self._owner.users or {}).get(name) != password:
            raise ValueError("another password")
        return b""


class Scram:
    """The server's side of RFC 5802. Raises ValueError where the proof is none."""

    def __init__(self, users: Mapping[str, str], mechanism: str) -> None:
        self._users = users
        self._hash = {"SCRAM-SHA-256": "sha256", "SCRAM-SHA-512": "sha512"}[mechanism]
        self._said: list[str] = []
        self.done = False

    def __call__(self, data: bytes) -> bytes:
        text = data.decode()
        fields = dict(part.split("=", 1) for part in text.split(",") if "=" in part)
        if not self._said:
            nonce = f"{fields['r']}server"
            first = f"r={nonce},s={base64.b64encode(b'salt').decode()},i={_ROUNDS}"
            self._said = [text.removeprefix("n,,"), first]
            self._password = self._users.get(fields["n"], "")
            return first.encode()
        self.done = True
        return b"v=" + base64.b64encode(self._signature(text.rpartition(",p=")[0], base64.b64decode(fields["p"])))

    def _signature(self, final: str, proof: bytes) -> bytes:
        salted = hashlib.pbkdf2_hmac(self._hash, self._password.encode(), b"salt", _ROUNDS)
        said = ",".join([*self._said, final]).encode()
        key = self._mac(salted, b"Client Key")
        signature = self._mac(hashlib.new(self._hash, key).digest(), said)
        if bytes(a ^ b for a, b in zip(key, signature, strict=True)) != proof:
            self.done = False
            raise ValueError("another password")
        return self._mac(self._mac(salted, b"Server Key"), said)

    def _mac(self, key: bytes, data: bytes) -> bytes:
        return hmac.digest(key, data, self._hash)
