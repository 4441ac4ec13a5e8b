"""What one configuration makes of a recorded request: one side of a comparison."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

from config.assembly import Assembled
from core.container import EventRun
from core.tagplan import Verdict
from core.types import Reply
from server.explain.explanation import Explainer, Explanation
from server.explain.messages import Message, messages
from server.explain.packed import PackedRequest, packed
from server.explain.printed import groups
from server.loading.serving import Serving
from server.observe import Record
from server.public.reception import Reception

Place: TypeAlias = tuple[str, int]
"""A tag's name, and the event's place in its request."""


@dataclass(frozen=True)
class Side:
    """``explanation`` is without what could not be packed: ``failed`` has the type of what was raised, by tag."""

    explanation: Explanation
    failed: Mapping[str, str]

    @property
    def client(self) -> str | None:
        """Who claims the request."""
        return self.explanation.run.client

    @property
    def reply(self) -> Reply:
        """What its sender gets."""
        return self.explanation.reply

    @property
    def events(self) -> tuple[EventRun, ...]:
        """In the request's order."""
        return self.explanation.run.events

    @cached_property
    def verdicts(self) -> Mapping[Place, Verdict]:
        """Of every tag on every event."""
        return {(verdict.tag, at): verdict for at, event in enumerate(self.events) for verdict in event.verdicts}

    @cached_property
    def messages(self) -> Mapping[Place, Message]:
        """What would leave."""
        return {(message.tag, message.position): message for message in messages(self.explanation)}


def side_then(record: Record) -> Side:
    """The configuration that the request has met."""
    explainer = _explainer(record.serving, record)
    return _side(explainer, Explanation(record.request, record.run, explainer.reply(record.request, record.run), ()))


def side_now(record: Record, serving: Serving) -> Side:
    """Another one. The moment, the visitor's address, place and host are those that were read when the request came."""
    path = Reception(record.serving.settings.server.path_prefix).as_it_came(record.request, record.run)
    reception = Reception(serving.settings.server.path_prefix)
    asked = replace(record.request, path=reception.inside(path))
    request, run = reception.handle(serving.assembled.container, asked, path)
    explainer = _explainer(serving, record)
    return _side(explainer, Explanation(request, run, explainer.reply(request, run), ()))


def _explainer(serving: Serving, record: Record) -> Explainer:
    """Clients and tags know the secrets that a request shows; what is packed holds masks for them."""
    assembled = Assembled(serving.assembled.container, serving.masked_tags)
    return Explainer(assembled, serving.origins, record.request.received_at)


def _side(explainer: Explainer, explanation: Explanation) -> Side:
    failed: dict[str, str] = {}
    return Side(replace(explanation, requests=list(_packed(explainer, explanation, failed))), failed)


def _packed(explainer: Explainer, explanation: Explanation, failed: dict[str, str]) -> Iterator[PackedRequest]:
    for tag, payloads in groups(explanation.run.deliveries()).items():
        try:
            yield from packed(tag, explainer.assembled.tags[tag], payloads, explainer.now)
        except Exception as error:  # a tag's fault is told where its message would stand
            failed[tag] = type(error).__name__
