"""Publishes messages to clusters of Apache Kafka, by Confluent's client, each cluster in a thread of its own.

The client (librdkafka) keeps the connections, finds the leaders, makes batches and sends them again: what it says of a message in
the end is told here. It is imported with the first message, since it is an extra.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

import orjson
import structlog

from core.messages import Cluster, Messages
from core.types import Response
from server.http import TransportError

if TYPE_CHECKING:
    from confluent_kafka import KafkaError, Producer

log = structlog.get_logger("tagyard")

PATIENCE: Final = 15.0
"""Seconds in which brokers must have acknowledged a message; after that it is not known whether they have it."""

_LONGEST: Final = 4 * PATIENCE
"""Seconds after which the thread itself is given up."""
_TURN: Final = 0.02
"""Seconds for which the thread listens to brokers before it looks for new messages."""
_IDLE: Final = 600.0
"""Seconds without a message after which its connections are let go of."""
_FAREWELL: Final = 1.0
"""Seconds in which a producer tells of what it has given up."""
_LARGEST: Final = 16 << 20
"""Bytes of a message, of which the brokers decide: no event makes so many."""

_LATE: Final = frozenset({"_MSG_TIMED_OUT", "_TIMED_OUT", "_TIMED_OUT_QUEUE"})
_SILENT: Final = _LATE | {"_TRANSPORT", "_ALL_BROKERS_DOWN", "_RESOLVE", "_PURGE_QUEUE", "_PURGE_INFLIGHT", "_DESTROY"}
"""Nobody has answered."""
_REMEMBERED: Final = frozenset({"UNKNOWN_TOPIC_OR_PART", "_UNKNOWN_TOPIC", "_UNKNOWN_PARTITION", "TOPIC_AUTHORIZATION_FAILED"})
_TOO_LARGE: Final = frozenset({"MSG_SIZE_TOO_LARGE", "RECORD_LIST_TOO_LARGE", "INVALID_RECORD"})
"""What brokers say of a batch because of one message in it."""

Report = dict[str, Any] | None
"""What became of a message: None where it was taken."""
_GIVEN_UP: Final[Report] = {"code": 0, "name": "_DESTROY", "why": "the connection was given up"}


@dataclass(eq=False)
class _Job:
    messages: Messages
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[Sequence[Report]]
    left: set[int]
    """The indices of those of which nothing has been said."""
    reports: dict[int, Report] = field(default_factory=dict)

    def report(self, index: int, report: Report) -> None:
        """The first word of a message is the last."""
        if index in self.left:
            self.left.remove(index)
            self.reports[index] = report
            if not self.left:
                with suppress(RuntimeError):  # the loop has ended meanwhile
                    self.loop.call_soon_threadsafe(self._settle)

    def _settle(self) -> None:
        if not self.done.done():
            self.done.set_result([self.reports[index] for index in range(len(self.reports))])


class Kafka:
    """``patience``: how long brokers have for a message."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._clusters: dict[Cluster, _Connection] = {}

    async def publish(self, messages: Messages) -> Response:
        """What the brokers say of each, once they have said it of all. Raises TransportError where they say nothing of any."""
        connection = self._clusters.get(messages.to)
        if connection is None:
            connection = self._clusters[messages.to] = _Connection(messages.to, self._patience)
        loop = asyncio.get_running_loop()
        job = _Job(messages, loop, loop.create_future(), set(range(len(messages.messages))))
        connection.begin(job)
        try:
            reports = await asyncio.wait_for(job.done, _LONGEST)
        except TimeoutError:
            raise TransportError(f"{messages.to.servers}: no word of the messages within {_LONGEST:g} s") from None
        if all(report is not None and report["name"] in _SILENT for report in reports):
            raise TransportError(f"{messages.to.servers}: {reports[0]['why'] if reports[0] else ''}")
        return Response(200, body=orjson.dumps({"messages": reports}))

    async def close(self) -> None:
        """Ends every connection, whatever is under way."""
        for connection in self._clusters.values():
            connection.close()
        await asyncio.gather(*(asyncio.to_thread(each.join, 5.0) for each in self._clusters.values()))
        self._clusters.clear()


class _Connection:
    """To one cluster. Everything but ``begin``, ``close`` and ``join`` happens in its thread."""

    def __init__(self, cluster: Cluster, patience: float) -> None:
        self._cluster = cluster
        self._patience = patience
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._producers: dict[bool, Producer] = {}
        """By whether they send each message alone."""
        self._broken = False
        """Whether a producer takes no message any more."""
        self._stale = False
        """Whether it is remembered of a topic that it is not there, or not ours, which may be otherwise by now."""
        self._under_way: set[_Job] = set()
        self._trouble: Report = None
        """What the client has told of the brokers since one of them took a message."""
        self._thread = Thread(target=self._run, name="kafka", daemon=True)
        self._thread.start()

    def begin(self, job: _Job) -> None:
        self._jobs.put(job)

    def close(self) -> None:
        self._jobs.put(None)

    def join(self, seconds: float) -> None:
        self._thread.join(seconds)

    def _run(self) -> None:
        goes_on = True
        while goes_on:
            try:
                job = self._jobs.get(block=not self._under_way, timeout=_IDLE)
            except Empty:
                if not self._under_way:
                    self._give_up()
            else:
                goes_on = job is not None
                if job is not None:
                    self._publish(job)
            self._listen(_TURN if self._jobs.empty() else 0.0)
        self._give_up()

    def _listen(self, seconds: float) -> None:
        """Hears what brokers say; what a broken producer has is given up."""
        try:
            for producer in list(self._producers.values()):
                producer.poll(seconds if self._under_way else 0.0)
        except Exception as error:
            log.warning("a producer for Kafka is made anew", servers=self._cluster.servers, why=_words(error))
            self._broken = True
        if self._broken or (self._stale and not self._under_way):
            self._give_up()

    def _give_up(self) -> None:
        """Ends the connections, and whatever is under way; the next message gets new ones."""
        producers, self._producers = self._producers, {}
        self._broken = self._stale = False
        for producer in producers.values():
            with suppress(Exception):  # it is broken, and says so again
                producer.purge()
                producer.flush(_FAREWELL)
        for job in list(self._under_way):
            for index in list(job.left):
                self._settle(job, index, _GIVEN_UP)

    def _publish(self, job: _Job) -> None:
        self._under_way.add(job)
        for index in list(job.left):
            self._send(job, index, alone=False)

    def _send(self, job: _Job, index: int, *, alone: bool) -> None:
        message = job.messages.messages[index]

        def heard(error: KafkaError | None, _: object) -> None:
            self._heard(job, index, error, alone=alone)

        try:
            self._producer(alone).produce(
                message.topic,
                message.value,
                None if message.key is None else message.key.encode("utf-8", "replace"),
                headers=[(name, text.encode("utf-8", "replace")) for name, text in message.headers],
                on_delivery=heard,
            )
        except Exception as error:  # a setting that is none, a producer that is broken, too much that waits
            self._settle(job, index, _unsent(error))

    def _heard(self, job: _Job, index: int, error: KafkaError | None, *, alone: bool) -> None:
        if error is None:
            self._trouble = None
            self._settle(job, index, None)
            return
        self._broken = self._broken or error.fatal()
        if error.name() in _TOO_LARGE and not alone:
            self._send(job, index, alone=True)
            return
        report = _report(error)
        late = self._trouble if error.name() in _LATE else None
        self._settle(job, index, late or report)

    def _settle(self, job: _Job, index: int, report: Report) -> None:
        self._stale = self._stale or (report is not None and report["name"] in _REMEMBERED)
        job.report(index, report)
        if not job.left:
            self._under_way.discard(job)

    def _producer(self, alone: bool) -> Producer:
        if alone not in self._producers:
            from confluent_kafka import Producer

            more = {"batch.num.messages": 1} if alone else {}
            self._producers[alone] = Producer({**_settings(self._cluster, self._patience), **more, "error_cb": self._told})
        return self._producers[alone]

    def _told(self, error: KafkaError) -> None:
        if self._trouble is None or error.name() != "_ALL_BROKERS_DOWN":
            self._trouble = _report(error)


def _unsent(error: Exception) -> Report:
    """Of a message that the client does not even take: it says why itself, or has no room for more."""
    from confluent_kafka import KafkaError

    said = error.args[0] if error.args else None
    if isinstance(said, KafkaError):
        return _report(said)
    return {"code": 0, "name": type(error).__name__, "why": "the message was not sent"}


def _words(error: Exception) -> str:
    report = _unsent(error)
    return f"{report['name']}: {report['why']}" if report else ""


def _report(error: KafkaError) -> Report:
    return {"code": error.code(), "name": error.name(), "why": error.str()}


def _settings(cluster: Cluster, patience: float) -> Mapping[str, Any]:
    """As librdkafka calls them. The partition of a key is the one that Java's client would take."""
    tls, login = cluster.tls, cluster.login
    settings: dict[str, Any] = {
        "bootstrap.servers": cluster.servers,
        "client.id": "tagyard",
        "acks": "all",
        "enable.idempotence": True,
        "partitioner": "murmur2_random",
        "compression.type": cluster.compression,
        "message.max.bytes": _LARGEST,
        "message.timeout.ms": int(patience * 1000),
        "topic.metadata.propagation.max.ms": int(patience * 1000 / 3),
        "topic.metadata.refresh.interval.ms": 30_000,
        "socket.connection.setup.timeout.ms": int(patience * 1000 / 3) + 1000,
        "reconnect.backoff.max.ms": 2000,
        "logger": _SILENCE,
        "security.protocol": f"{'SASL_' if login else ''}{'SSL' if tls else 'PLAINTEXT'}",
    }
    if tls is not None:
        pems = {"ssl.ca.pem": tls.ca, "ssl.certificate.pem": tls.certificate, "ssl.key.pem": tls.key}
        settings |= {name: pem for name, pem in pems.items() if pem}
    if login is not None:
        settings |= {"sasl.mechanism": login.mechanism, "sasl.username": login.username, "sasl.password": login.password}
    return settings


_SILENCE: Final = logging.Logger("kafka", logging.CRITICAL + 1)
"""What goes wrong is told with the messages it is about."""
