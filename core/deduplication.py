"""Deduplication: of events that are the same by a rule's key, each tag sends each recipient only the first.

Here a payload is only told under which key it counts; the outbox decides, together with its acceptance.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from core.context import Scope
from core.expressions.values import text_of
from core.fields import Duration, Many, Template
from core.types import Event, Once, Payload, Sender


class DeduplicationSettings(BaseModel):
    """One rule. An event of a client that checks a secret is a duplicate only of one like it, or of the same visitor's."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    triggers: Many[str] = Field(min_length=1, description="The events it is about: those that any of these triggers matches.")
    key: Template = Field(description="What makes two events the same, such as a transaction id; undefined is never the same.")
    window: Duration = Field(30 * 86400.0, gt=0, description="For how long the first one suppresses the others.")
    note: str | None = Field(None, description="Free text, for whoever reads the file or the debug page.")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as the container runs it; ``window`` is in microseconds."""

    name: str
    triggers: Sequence[str]
    key: Template
    window: int

    def once(self, scope: Scope, tag: str, payload: Payload, *, trusted: bool = False) -> Once | None:
        """The key of this tag's payload, hashed, so that it holds no personal data. Event names are kept apart.

        A refund carries its purchase's id and is never taken for it. ``trusted``: its sender has shown a secret.
        """
        key = text_of(self.key.evaluate(scope))
        if not key:
            return None
        parts = [self.name, tag, payload.recipient or payload.destination, payload.event_name, key]
        digest = sha256(json.dumps(parts).encode()).hexdigest()
        return Once(digest, self.window, Sender(_visitors(scope.context.original, digest), trusted))


_IDS: Final = ("client_id", "x-ga-js_client_id", "user_id")
"""By what a browser and a server may both name one visitor: a server knows the id that gtag's own cookie holds."""


def _visitors(event: Event, salt: str) -> tuple[str, ...]:
    ids = [text for text in map(text_of, map(event.get, _IDS)) if text]
    return tuple(dict.fromkeys([sha256(f"{salt} {id}".encode("utf-8", "replace")).hexdigest()[:_DIGITS] for id in ids]))


_DIGITS: Final = 16


def rules_of(settings: Mapping[str, DeduplicationSettings]) -> list[Rule]:
    """The rules in the order of the file."""
    return [Rule(name, tuple(each.triggers), each.key, round(each.window * 1_000_000)) for name, each in settings.items()]


def first_match(rules: Sequence[Rule], matches: Callable[[Sequence[str]], str | None]) -> Rule | None:
    """The first rule that is about an event; ``matches`` gives the first of some triggers that matches it."""
    return next((rule for rule in rules if matches(rule.triggers) is not None), None)
