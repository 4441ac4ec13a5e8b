"""What leaves for a cluster of Apache Kafka: messages, and how its brokers are reached."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field

from core.frozen import frozen


@frozen
class Login:
    """By what right a client is let in (SASL): ``mechanism`` as Kafka calls it."""

    mechanism: str
    username: str
    password: str = field(repr=False)


@frozen
class Tls:
    """Certificates as texts (PEM): the authority's, empty for those that everybody trusts, and the client's own with its key."""

    ca: str = ""
    certificate: str = ""
    key: str = field(default="", repr=False)


@frozen
class Cluster:
    """Brokers: ``servers`` are some of them, with commas between, and tell of the others. Equal clusters share connections."""

    servers: str
    compression: str = "none"
    tls: Tls | None = None
    login: Login | None = None


@frozen
class Message:
    """One message: ``key`` decides on the partition, and is None where any will do."""

    topic: str
    key: str | None
    value: bytes
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def shown(self) -> Mapping[str, object]:
        """For people to read."""
        value = json.loads(self.value)
        return {"topic": self.topic, "key": self.key, "headers": dict(self.headers), "value": value}


@frozen
class Messages:
    """Messages for one cluster. ``messages`` of an answer has null for each, or ``{"code": …, "name": …, "why": …}``."""

    to: Cluster
    messages: tuple[Message, ...]
    payloads: tuple[int, ...]

    @property
    def target(self) -> str:
        """Where they go, in words."""
        topics = list(dict.fromkeys(each.topic for each in self.messages))
        return f"{self.to.servers}/{','.join(topics)}"

    @property
    def text(self) -> str:
        """What is sent, a line each."""
        return "\n".join([json.dumps(each.shown, separators=(",", ":"), ensure_ascii=False) for each in self.messages])
