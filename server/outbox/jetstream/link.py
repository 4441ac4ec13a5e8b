"""The connection to the servers: requests with JSON, messages that are written together or not at all, and such as are read.

It is made anew by itself wherever it is lost. What is asked meanwhile waits for an answer for ``PATIENCE``, and raises
Unreachable.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from base64 import b64decode
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from secrets import token_hex
from typing import Any, Final

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from server.outbox.jetstream.answers import PATIENCE, Answers
from server.outbox.jetstream.clock import ServersClock
from server.outbox.jetstream.errors import Missing, Refused, TwiceWritten, Unreachable, error_of
from server.outbox.jetstream.portions import BYTES_AT_ONCE

MOST_TOGETHER: Final = 1000
"""Messages that the servers write together, at most."""

HEADERS: Final = 512
"""Bytes that the headers of a message take, at most; the servers count them with what it says."""

_AT_ONCE: Final = 256
"""Messages that are read with one request."""

Headers = dict[str, str]


@dataclass(frozen=True, slots=True)
class Message:
    """A message to write. ``last``: that of its subject must be this one's number then, 0 for none. ``lives``: seconds.

    ``grows``: bytes by which those that replace it may be larger, and must fit too.
    """

    subject: str
    data: bytes
    id: str = ""
    last: int | None = None
    lives: int | None = None
    grows: int = 0

    def headers(self) -> Headers:
        """As the servers know them."""
        headers: Headers = {"Nats-Msg-Id": self.id} if self.id else {}
        if self.last is not None:
            headers["Nats-Expected-Last-Subject-Sequence"] = str(self.last)
        if self.lives is not None:
            headers["Nats-TTL"] = f"{self.lives}s"
        return headers


@dataclass(frozen=True, slots=True)
class Found:
    """A message as a stream has it; ``behind``: how many more of what was asked for there are."""

    subject: str
    number: int
    data: bytes
    behind: int = 0


@dataclass(slots=True)
class Link:
    """Over a client that is connected."""

    client: Client
    clock: ServersClock = field(default_factory=ServersClock)
    name: str = field(default_factory=lambda: token_hex(8))
    """Of its own among all that write to the same streams."""
    _batches: count[int] = field(default_factory=lambda: count(1))

    async def ask(self, subject: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The answer of the servers' own interface. Raises Unreachable, or what the error that they answer means."""
        sent = self.clock.now()
        subject = f"$JS.API.{subject}"
        answer = _checked(await self._request(subject, b"" if body is None else json.dumps(body).encode()), subject)
        if "ts" in answer:
            self.clock.heard(answer["ts"], sent)
        return answer

    async def write(self, message: Message) -> int:
        """Writes one message, and gives its number. Raises as ``ask`` does."""
        self._check_size(message)
        answer = _checked(await self._request(message.subject, message.data, message.headers()), message.subject)
        if answer.get("duplicate"):
            raise TwiceWritten("the stream has this message already")
        return int(answer["seq"])

    async def write_together(self, messages: Sequence[Message]) -> None:
        """Writes all of them, which are for one stream and MOST_TOGETHER at most, or none. Raises as ``ask`` does."""
        if len(messages) == 1:
            await self.write(messages[0])
            return
        for message in messages:  # before the first has left: the servers would wait for the rest of the batch
            self._check_size(message)
        batch = f"{self.name}-{next(self._batches)}"
        for number, message in enumerate(messages, 1):
            headers = {**message.headers(), "Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number)}
            if number < len(messages):
                await self._publish(message.subject, message.data, headers)
            else:
                last = {**headers, "Nats-Batch-Commit": "1"}
                _checked(await self._request(message.subject, message.data, last), message.subject)

    def _check_size(self, message: Message) -> None:
        if len(message.data) + message.grows + HEADERS > self.client.max_payload:
            raise Refused(_TOO_LARGE)

    async def say(self, subject: str, data: bytes) -> None:
        """Sends a message that nobody answers. Raises Unreachable."""
        await self._publish(subject, data)

    async def confirmed(self, subject: str, data: bytes) -> None:
        """Sends a message, and waits until the servers have taken it in. Raises Unreachable."""
        await self._request(subject, data)

    async def last(self, stream: str, subject: str) -> Found | None:
        """The latest message of a subject, which may have wildcards; None where there is none. Raises OutboxError.

        It is the leader's answer: what becomes of a row or a key is decided by it, and a server that lags behind, or is cut off,
        would tell of what is gone and keep silent about what is new.
        """
        try:
            found = (await self.ask(f"STREAM.MSG.GET.{stream}", {"last_by_subj": subject}))["message"]
        except Missing:
            return None
        return Found(found["subject"], found["seq"], b64decode(found.get("data", "")))

    async def subjects(self, stream: str, subject: str) -> Collection[str]:
        """The subjects of this pattern of which there are messages, by the leader's answer. Raises OutboxError."""
        found: dict[str, int] = {}
        total = 1
        while len(found) < total:
            page = await self.ask(f"STREAM.INFO.{stream}", {"subjects_filter": subject, "offset": len(found)})
            part = page["state"].get("subjects") or {}
            found |= part
            total = page.get("total", 0) if part else 0
        return found

    async def read(self, stream: str, subject: str, number: int = 1) -> AsyncIterator[Found]:
        """Every message of a subject, which may have wildcards, from this number on. Raises Unreachable.

        Any server of the stream answers, and one that lags behind tells what was true a little earlier. So whoever goes by it
        names the number of the message that it saw when it changes or removes something, and the leader refuses what is past.
        """
        behind = 1
        while behind:
            body = {"seq": number, "next_by_subj": subject, "batch": _AT_ONCE, "max_bytes": BYTES_AT_ONCE}
            behind = 0
            for message in await self.gather(f"$JS.API.DIRECT.GET.{stream}", body, _AT_ONCE):
                found = _found(message)
                if found is not None:
                    number, behind = found.number + 1, found.behind
                    yield found

    async def gather(self, subject: str, body: Mapping[str, Any], most: int, *, partial: bool = False) -> list[Msg]:
        """The answers to a request that has several: up to so many, or as many as a status says. Raises Unreachable.

        Where some came and no more do, they are the answer if they may be ``partial``.
        """
        inbox, answers = self.client.new_inbox(), Answers(most)
        try:
            heard = await self.client.subscribe(inbox, cb=answers.hear)
        except nats.errors.Error as error:
            raise Unreachable(f"no server of the stream can be reached: {_said(error)}") from error
        try:
            await self.client.publish(subject, json.dumps(body).encode(), reply=inbox)
            await answers.all(partial=partial)
        except (TimeoutError, nats.errors.Error) as error:
            raise Unreachable(f"no server of the stream answers: {_said(error)}") from error
        finally:
            with contextlib.suppress(nats.errors.Error):
                await heard.unsubscribe()
        if answers.nobody:
            raise Unreachable("nobody of the stream answers")
        return answers.messages

    async def hear(self, subject: str, told: Callable[[bytes], Awaitable[None]]) -> None:
        """From now on somebody hears what is said under a subject."""

        async def hear(message: Msg) -> None:
            with contextlib.suppress(Unreachable):
                await told(message.data)

        await self.client.subscribe(subject, cb=hear)

    async def close(self) -> None:
        """Ends the connection, when everything that was said has left where there is one."""
        with contextlib.suppress(TimeoutError, nats.errors.Error):
            if self.client.is_connected:
                await asyncio.wait_for(self.client.drain(), PATIENCE)
        with contextlib.suppress(OSError, nats.errors.Error):
            await self.client.close()

    async def _publish(self, subject: str, data: bytes, headers: Headers | None = None) -> None:
        try:
            await self.client.publish(subject, data, headers=headers)
        except nats.errors.MaxPayloadError as error:
            raise Refused(_TOO_LARGE) from error
        except nats.errors.Error as error:
            raise Unreachable(f"no server of the stream can be reached: {_said(error)}") from error

    async def _request(self, subject: str, data: bytes, headers: Headers | None = None) -> Msg:
        try:
            return await self.client.request(subject, data, timeout=PATIENCE, headers=headers)
        except nats.errors.NoRespondersError as error:
            if not subject.startswith("$JS.API.STREAM."):
                await self.ask(f"STREAM.INFO.{_stream_of(subject)}")  # is it gone?
            raise Unreachable(f"no server of the stream answers: {_said(error)}") from error
        except nats.errors.MaxPayloadError as error:
            raise Refused(_TOO_LARGE) from error
        except (TimeoutError, nats.errors.Error) as error:
            raise Unreachable(f"no server of the stream answers: {_said(error)}") from error


_TOO_LARGE: Final = "a delivery is larger than a message that the servers take: see their `max_payload`"


def _stream_of(subject: str) -> str:
    """The stream that a request is about, by where its name stands in requests of this kind."""
    parts = subject.split(".")
    if parts[0] != "$JS":
        return parts[0]
    if parts[1] == "ACK":
        return parts[4] if len(parts) > 9 else parts[2]
    return parts[5] if parts[3] == "MSG" else parts[4]


def _said(error: Exception) -> str:
    if isinstance(error, nats.errors.OutboundBufferLimitError):
        return "there is no connection"
    return str(error).removeprefix("nats: ") or type(error).__name__


def _checked(answered: Msg, subject: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(answered.data)
    if "error" in answer:
        raise error_of(answer["error"], _stream_of(subject))
    return answer


def _found(message: Msg) -> Found | None:
    headers = message.headers or {}
    if "Nats-Sequence" not in headers:
        return None
    behind = int(headers.get("Nats-Num-Pending", 0))
    return Found(headers["Nats-Subject"], int(headers["Nats-Sequence"]), message.data, behind)
