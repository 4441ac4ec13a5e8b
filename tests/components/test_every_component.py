"""The contract of every component, installed or a plugin's: one suite over the registry, whoever wrote the component."""

from __future__ import annotations

import copy
import inspect
import json
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from core.component import ClientExample, EventPart, Setup, TagExample, TransformationExample
from core.context import Context, Shared
from core.registry import KINDS, ComponentKind, Registry, installed
from core.secret import SealedText, SecretValue
from core.types import Claim, Declined, Delivered, Event, Line, OutboundRequest, Payload, Rejected, Request, Response, Retry, Skip
from tests import plugin

CANARY = "canary-4f1c"
SECRETS = {"CANARY": CANARY}
REGISTRY = Registry([*installed(), *plugin.ENTRIES])


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    names = st.sampled_from(["refused", "errors", "0", "1", "events"]) | st.text(max_size=3)
    return st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3)


def _as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


ALL: list[tuple[ComponentKind, str]] = [(kind, name) for kind in KINDS for name in REGISTRY.types(kind)]
TAGS, TRANSFORMATIONS, CLIENTS = REGISTRY.types("tag"), REGISTRY.types("transformation"), REGISTRY.types("client")


def load(kind: ComponentKind, type: str) -> Any:
    entry = REGISTRY.find(kind, type)
    assert entry
    return entry.load()


def build(kind: ComponentKind, type: str, settings: Mapping[str, Any]) -> Any:
    component = load(kind, type)
    return component(component.Settings.model_validate(settings), Setup(type, SECRETS))


def context(event: Event, position: int = 0, group: str = "r1") -> Context:
    request = Request(group, 1_700_000_000_000_000, "GET", "/g/collect")
    return Context(request, "web", event, position, Shared(secrets=SECRETS))


@pytest.mark.parametrize(("kind", "type"), ALL)
class TestEveryComponent:
    def test_it_says_what_it_is(self, kind: ComponentKind, type: str) -> None:
        component = load(kind, type)
        assert inspect.getdoc(component)
        assert inspect.getdoc(component.Settings)
        assert component.examples

    def test_every_setting_is_described(self, kind: ComponentKind, type: str) -> None:
        for model in _models(load(kind, type).Settings):
            for name, field in model.model_fields.items():
                assert field.description, f"{model.__name__}.{name}"
                assert field.description[0].isupper() or field.description[0] == "`"

    def test_its_settings_have_a_json_schema(self, kind: ComponentKind, type: str) -> None:
        schema = load(kind, type).Settings.model_json_schema()
        assert schema["additionalProperties"] is False
        assert orjson.dumps(schema)

    def test_an_unknown_setting_is_refused(self, kind: ComponentKind, type: str) -> None:
        with pytest.raises(ValidationError, match="no_such_key"):
            load(kind, type).Settings.model_validate({"no_such_key": 1})

    def test_its_examples_have_different_titles(self, kind: ComponentKind, type: str) -> None:
        titles = [example.title for example in load(kind, type).examples]
        assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("type", CLIENTS)
class TestEveryClient:
    def test_its_examples_hold(self, type: str) -> None:
        for example in load("client", type).examples:
            assert isinstance(example, ClientExample)
            claim = build("client", type, example.settings).claim(example.request)
            assert claim is not None, example.title
            assert list(claim.events) == list(example.events), example.title
            assert claim.reply == example.reply, example.title

    def test_the_same_request_gives_the_same_claim(self, type: str) -> None:
        for example in load("client", type).examples:
            client = build("client", type, example.settings)
            assert client.claim(example.request) == client.claim(example.request)

    @pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "HEAD", "PUT", ""])
    @pytest.mark.parametrize("path", ["/", "", "/g/collect", "/no/such/path", "/%00", "/\r\nx"])
    @pytest.mark.parametrize("text", ["", "v=2&tid=G-A&cid=1&en=x", "%", "&=&=", "a=%ff%fe&en=%00", "v=2&tid=\r\n"])
    def test_no_request_makes_it_raise(self, type: str, method: str, path: str, text: str) -> None:
        for example in load("client", type).examples:
            request = Request("r", 0, method, path, text, (("origin", "null"), ("cookie", ";=;")), text.encode())
            claim = build("client", type, example.settings).claim(request)
            assert isinstance(claim, Claim | Declined)


@pytest.mark.parametrize("type", TRANSFORMATIONS)
class TestEveryTransformation:
    def test_its_examples_hold(self, type: str) -> None:
        for example in load("transformation", type).examples:
            assert isinstance(example, TransformationExample)
            gives = build("transformation", type, example.settings).apply(example.event, context(example.event))
            assert gives == example.gives, example.title
            assert list(gives) == list(example.gives), f"{example.title}: the order of the parameters"

    def test_the_event_that_came_in_is_untouched(self, type: str) -> None:
        for example in load("transformation", type).examples:
            before = copy.deepcopy(example.event)
            build("transformation", type, example.settings).apply(example.event, context(example.event))
            assert example.event == before

    def test_an_empty_event_is_no_mistake(self, type: str) -> None:
        for example in load("transformation", type).examples:
            assert isinstance(build("transformation", type, example.settings).apply({}, context({})), dict)


@pytest.mark.parametrize("type", TAGS)
class TestEveryTag:
    def test_its_examples_hold(self, type: str) -> None:
        for example in load("tag", type).examples:
            assert isinstance(example, TagExample)
            tag = build("tag", type, example.settings)
            payload = tag.map(example.event, context(example.event))
            assert isinstance(payload, Payload), (example.title, payload)
            assert list(tag.pack([payload], 0)) == list(example.sends), example.title

    def test_mapping_twice_gives_the_same_payload(self, type: str) -> None:
        for example in load("tag", type).examples:
            tag = build("tag", type, example.settings)
            before = copy.deepcopy(example.event)
            assert tag.map(example.event, context(example.event)) == tag.map(example.event, context(example.event))
            assert example.event == before

    def test_what_is_stored_is_json_and_packs_the_same_when_it_is_read_again(self, type: str) -> None:
        for tag, payload in _mapped(type):
            stored = orjson.loads(orjson.dumps(payload.body))
            assert stored == payload.body
            assert payload.destination
            again = Payload(stored, payload.destination, payload.secrets, payload.received_at, payload.group, payload.position)
            assert list(tag.pack([again], 0)) == list(tag.pack([payload], 0))

    @pytest.mark.parametrize("groups", [("a", "a", "a"), ("a", "b", "a"), ("a", "b", "c")])
    def test_each_payload_is_carried_by_exactly_one_request(self, type: str, groups: tuple[str, ...]) -> None:
        for example in load("tag", type).examples:
            tag = build("tag", type, example.settings)
            payloads = [tag.map(example.event, context(example.event, at, group)) for at, group in enumerate(groups)]
            carried = [index for message in tag.pack(payloads, 0) for index in message.payloads]
            assert sorted(carried) == list(range(len(groups)))

    def test_nothing_to_pack_is_nothing_to_send(self, type: str) -> None:
        for example in load("tag", type).examples:
            assert list(build("tag", type, example.settings).pack([], 0)) == []

    def test_an_empty_event_is_mapped_or_skipped(self, type: str) -> None:
        for example in load("tag", type).examples:
            assert isinstance(build("tag", type, example.settings).map({}, context({})), Payload | Skip)

    def test_no_secret_of_the_settings_reaches_a_payload(self, type: str) -> None:
        for example in load("tag", type).examples:
            for settings in _with_a_secret(example.settings):
                try:
                    tag = build("tag", type, settings)
                except ValidationError:
                    continue
                payload = tag.map(example.event, context(example.event))
                assert CANARY not in repr(payload)
                assert CANARY not in repr(tag.Settings.model_validate(settings))

    def test_a_secret_that_its_settings_take_is_sent(self, type: str) -> None:
        """Where it is not, the setting has to refuse it: an empty text in its place would be told nowhere."""
        for example in load("tag", type).examples:
            for settings in _with_a_secret(example.settings):
                try:
                    tag = build("tag", type, settings)
                except ValidationError:
                    continue
                payload = tag.map(example.event, context(example.event))
                if isinstance(payload, Payload) and payload.secrets:
                    assert CANARY in repr(tag.pack([payload], 0))

    def test_no_secret_of_the_event_reaches_a_payload(self, type: str) -> None:
        sealed = SealedText(("Bearer ", SecretValue("CANARY", CANARY)))
        for example in load("tag", type).examples:
            event = {**example.event, "token": sealed, "nested": {"token": [sealed]}}
            payload = build("tag", type, example.settings).map(event, context(event))
            assert isinstance(payload, Payload)
            assert CANARY not in orjson.dumps(payload.body).decode()

    def test_judge_answers_for_every_status(self, type: str) -> None:
        for tag, payload in _mapped(type):
            for message in tag.pack([payload], 0):
                for status in range(100, 600):
                    for body in (b"", b"{", b"\xff\x00", b'{"error": null}', b"[" * 100):
                        outcome = tag.judge(message, Response(status, (), body))
                        assert _is_an_answer(outcome, message), (status, body)

    @given(
        status=st.integers(0, 999),
        body=st.binary() | st.recursive(st.none() | st.text(), _nested).map(_as_json),
        headers=st.lists(st.tuples(st.text(), st.text()), max_size=3),
        number=st.integers(1, 4),
    )
    def test_no_answer_makes_judge_raise(
        self, type: str, status: int, body: bytes, headers: list[tuple[str, str]], number: int
    ) -> None:
        for tag, message in _packed(type, number):
            assert _is_an_answer(tag.judge(message, Response(status, tuple(headers), body)), message)

    @pytest.mark.parametrize("number", [1, 2, 5])
    def test_each_payload_has_its_part_of_a_request(self, type: str, number: int) -> None:
        for tag, message in _packed(type, number):
            parts = tag.parts(message)
            assert [isinstance(part, EventPart) for part in parts] == [True] * len(message.payloads)

    @given(number=st.integers(1, 30))
    def test_a_batch_never_makes_more_requests_than_it_is_given_payloads(self, type: str, number: int) -> None:
        for example in load("tag", type).examples:
            tag = build("tag", type, example.settings)
            payloads = [tag.map(example.event, context(example.event, 0, f"r{at}")) for at in range(number)]
            if tag.batch is None or len({tag.companions(payload, 0) for payload in payloads} - {None}) != 1:
                continue
            carried = [index for message in tag.pack(payloads, 0) for index in message.payloads]
            assert sorted(carried) == list(range(number))
            assert tag.batch.most_payloads >= 1
            assert tag.batch.linger >= 0


def _mapped(type: str) -> Iterator[tuple[Any, Payload]]:
    for example in load("tag", type).examples:
        tag = build("tag", type, example.settings)
        yield tag, tag.map(example.event, context(example.event))


def _packed(type: str, number: int) -> Iterator[tuple[Any, OutboundRequest | Line]]:
    """The messages for so many events of one request, with their tag."""
    for example in load("tag", type).examples:
        tag = build("tag", type, example.settings)
        for message in tag.pack([tag.map(example.event, context(example.event, at)) for at in range(number)], 0):
            yield tag, message


def _is_an_answer(outcome: Any, message: OutboundRequest | Line) -> bool:
    outcomes = outcome if isinstance(outcome, list | tuple) else [outcome] * len(message.payloads)
    return len(outcomes) == len(message.payloads) and all(isinstance(one, Delivered | Retry | Rejected) for one in outcomes)


def _models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """The settings and every model inside them."""
    yield model
    for field in model.model_fields.values():
        for part in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if inspect.isclass(part) and issubclass(part, BaseModel):
                yield from _models(part)


def _with_a_secret(settings: Any) -> Iterator[Any]:
    """The settings with one text after the other ending in a secret."""
    if isinstance(settings, str):
        yield SealedText((settings, SecretValue("CANARY", CANARY)))
    if isinstance(settings, Mapping):
        for key, value in settings.items():
            yield from ({**settings, key: changed} for changed in _with_a_secret(value))
