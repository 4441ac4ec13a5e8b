"""The first half of the contract of tags: what they make of an event when it is accepted."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, TypeAlias

from hypothesis import example as seen
from hypothesis import given
from pydantic import ValidationError

from core.component import Tag, TagExample
from core.secret import SealedText, SecretValue
from core.types import Event, Payload, Skip
from tagyard.testing.component import CANARY, SECRETS, ComponentContract, equal, hold
from tagyard.testing.given import context, request
from tagyard.testing.made_up import EVENTS, FEW, ODD

AnyTag: TypeAlias = Any
"""The tag of this contract."""


class MappingContract(ComponentContract):
    """What holds of every tag's ``map``."""

    component: ClassVar[type[Tag]]

    def _examples(self) -> Iterator[tuple[TagExample, AnyTag]]:
        for example in self.component.examples:
            hold(isinstance(example, TagExample), f"{example!r} is no TagExample")
            assert isinstance(example, TagExample)
            yield example, self._made(example.settings)

    def _payload(self, tag: AnyTag, example: TagExample, position: int = 0, group: str = "r1") -> Payload:
        """What the tag stores for the example's event."""
        payload = _mapped(tag, example.event, position, group)
        hold(isinstance(payload, Payload), f"the event of the example {example.title!r} is not mapped: {payload}")
        assert isinstance(payload, Payload)
        return payload

    def test_mapping_twice_gives_the_same_payload(self) -> None:
        """A tag has no clock and no chance of its own, and other tags see the same event."""
        for example, tag in self._examples():
            before = copy.deepcopy(example.event)
            first = self._payload(tag, example)
            equal(self._payload(tag, example), first, f"the event of {example.title!r} gives another payload the second time:")
            equal(example.event, before, f"the event of {example.title!r} is changed, and not a copy of it:")

    def test_what_is_stored_is_json_and_packs_the_same_when_it_is_read_again(self) -> None:
        """A payload waits on the disk, and may be sent by another process: a tuple, a date or a key that is no text do not."""
        for example, tag in self._examples():
            payload = self._payload(tag, example)
            stored = json.loads(json.dumps(payload.body))
            equal(stored, payload.body, f"the payload of {example.title!r} is another one once it is read from the disk:")
            hold(bool(payload.destination), f"the payload of {example.title!r} says no destination")
            again = Payload(stored, payload.destination, payload.secrets, payload.received_at, payload.group, payload.position)
            equal(list(tag.pack([again], 0)), list(tag.pack([payload], 0)), f"{example.title!r} packs otherwise once it is read:")

    def test_an_empty_event_is_mapped_or_skipped(self) -> None:
        """Nobody says that an event has a name, a visitor or a page."""
        for _, tag in self._examples():
            mapped = _mapped(tag, {})
            hold(isinstance(mapped, Payload | Skip), f"an empty event is mapped to {mapped!r}")

    @FEW
    @given(event=EVENTS)
    @seen(event=ODD)
    def test_no_event_makes_map_raise(self, event: Event) -> None:
        """What raises is not sent, and only its kind of error is told: a ``Skip`` says why."""
        for example, tag in self._examples():
            for given_ in (event, {**example.event, **event}):
                before = copy.deepcopy(given_)
                mapped = _mapped(tag, given_)
                hold(isinstance(mapped, Payload | Skip), f"{given_} is mapped to {mapped!r}")
                equal(given_, before, "the event is changed, and not a copy of it:")

    def test_no_secret_of_the_settings_reaches_a_payload(self) -> None:
        """What is stored holds none: it is put in by ``pack``."""
        for example, settings, tag in self._with_a_secret():
            payload = _mapped(tag, example.event)
            hold(CANARY not in repr(payload), f"with these settings map puts the secret into what is stored: {settings}")
            shown = repr(tag.Settings.model_validate(settings))
            hold(CANARY not in shown, f"the settings show their secret: {shown}. Its type is tagyard.Secret or tagyard.Template")

    def test_a_secret_that_its_settings_take_is_sent(self) -> None:
        """Where it is not, the setting has to refuse it: an empty text in its place would be told nowhere."""
        for example, settings, tag in self._with_a_secret():
            payload = _mapped(tag, example.event)
            if isinstance(payload, Payload) and payload.secrets:
                sent = repr(tag.pack([payload], 0))
                hold(
                    CANARY in sent,
                    f"the secret in these settings is taken out of the payload and never put back: {settings}\n"
                    "pack has to call fill(payload.body, payload.secrets, setup.secrets), or the setting be an OpenTemplate",
                )

    def test_no_secret_of_the_event_reaches_a_payload(self) -> None:
        """A transformation may have put one there."""
        sealed = SealedText(("Bearer ", SecretValue("CANARY", CANARY)))
        for example, tag in self._examples():
            payload = _mapped(tag, {**example.event, "token": sealed, "nested": {"token": [sealed]}})
            hold(isinstance(payload, Payload), f"the event of {example.title!r} with a secret in it is not mapped: {payload}")
            assert isinstance(payload, Payload)
            hold(CANARY not in json.dumps(payload.body), "a secret of the event is stored: make payloads by context.payload(…)")

    def _with_a_secret(self) -> Iterator[tuple[TagExample, Mapping[str, Any], AnyTag]]:
        """Each example with one of its settings' texts after the other ending in a secret, where the tag takes that."""
        for example in self.component.examples:
            assert isinstance(example, TagExample)
            for settings in _sealed(example.settings):
                try:
                    yield example, settings, self._made(settings)
                except ValidationError:
                    continue


def _mapped(tag: AnyTag, event: Event, position: int = 0, group: str = "r1") -> Any:
    return tag.map(event, context(event, position, asked=request("/", id=group), secrets=SECRETS))


def _sealed(settings: Any) -> Iterator[Any]:
    """The settings with one text after the other ending in a secret."""
    if isinstance(settings, str):
        yield SealedText((settings, SecretValue("CANARY", CANARY)))
    if isinstance(settings, Mapping):
        for key, value in settings.items():
            yield from ({**settings, key: changed} for changed in _sealed(value))
