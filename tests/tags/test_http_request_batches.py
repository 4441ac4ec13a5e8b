"""Several events in one request of the user's own making: which go together, and what becomes one body of theirs."""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.component import Setup, collects
from core.context import Context, Shared
from core.secret import SealedText, SecretValue
from core.types import Event, OutboundRequest, Payload, Request
from tags.http_request import MOST_BYTES, HttpRequest, HttpRequestSettings
from tests.tags.played_vendor import crowded
from wire.requests.batching import MOST

URL = "https://example.com/hook"
SECRETS = {"TOKEN": 's3cr3t"\\', "OTHER": "other"}


def sealed(*parts: str) -> SealedText:
    """A text of the file in which a name of a secret stands for it."""
    return SealedText(tuple(SecretValue(part, SECRETS[part]) if part in SECRETS else part for part in parts))


def tag(batch: Any = None, **settings: Any) -> HttpRequest:
    read = {"url": URL, "body": {"id": "{{ event.id }}"}, "batch": {} if batch is None else batch, **settings}
    return HttpRequest(HttpRequestSettings.model_validate(read), Setup("webhook", SECRETS))


def payload(http: HttpRequest, event: Event) -> Payload:
    found = http.map(event, Context(Request("r", 0, "GET", "/"), "web", event, 0, Shared(secrets=SECRETS)))
    assert isinstance(found, Payload), found
    return found


def sent(http: HttpRequest, *events: Event) -> Sequence[OutboundRequest]:
    requests = http.pack([payload(http, event) for event in events], 0)
    assert all(isinstance(request, OutboundRequest) for request in requests)
    return [request for request in requests if isinstance(request, OutboundRequest)]


def bodies(http: HttpRequest, *events: Event) -> Any:
    return [json.loads(request.body) for request in sent(http, *events)]


def refusal(**settings: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        tag(**settings)
    return "; ".join(str(error["msg"]) for error in caught.value.errors(include_input=False))


A, B, C = {"id": "a"}, {"id": "b"}, {"id": "c"}


class TestWrap:
    @pytest.mark.parametrize(
        ("wrap", "body"),
        [
            (None, [A, B]),
            ("{{ rows }}", [A, B]),
            ("{{rows}}", [A, B]),
            ({"data": "{{ rows }}"}, {"data": [A, B]}),
            ({"n": 1, "a": [{"b": " {{  rows }} "}, None]}, {"n": 1, "a": [{"b": [A, B]}, None]}),
            ([["{{ rows }}"], "x"], [[[A, B]], "x"]),
            ({"0": {"x": "{{ rows }}"}, "key": sealed("k-", "TOKEN")}, {"0": {"x": [A, B]}, "key": 'k-s3cr3t"\\'}),
        ],
    )
    def test_what_one_body_is_made_of(self, wrap: Any, body: Any) -> None:
        assert bodies(tag({"wrap": wrap} if wrap else {}), A, B) == [body]

    def test_one_event_alone_is_wrapped_like_several(self) -> None:
        assert bodies(tag(), A) == [[A]]
        assert bodies(tag({"wrap": {"data": "{{ rows }}"}}), A) == [{"data": [A]}]

    @pytest.mark.parametrize("wrap", [{"data": "x"}, {}, "rows", 5, None, {"{{ rows }}": 1}, sealed("TOKEN")])
    def test_the_events_need_a_place(self, wrap: Any) -> None:
        if wrap is None:
            wrap = [None]
        assert refusal(batch={"wrap": wrap}) == "where the events go is not said: write {{ rows }} as one of the values"

    def test_and_no_more_than_one(self) -> None:
        told = refusal(batch={"wrap": {"a": "{{ rows }}", "b": ["{{ rows }}"]}})
        assert told == "where the events go is said more than once: write {{ rows }} as one of the values"

    @pytest.mark.parametrize("text", ["{{ event.id }}", "all: {{ rows }}", "{{ rows | length }}", "{{ rows }}{{ rows }}"])
    def test_nothing_else_stands_in_braces(self, text: str) -> None:
        assert "all that may stand in braces" in refusal(batch={"wrap": {"data": "{{ rows }}", "x": text}})

    def test_a_secret_of_it_never_shows(self) -> None:
        http = tag({"wrap": {"data": "{{ rows }}", "key": sealed("TOKEN")}})
        assert "s3cr3t" not in repr(http._settings)
        assert "s3cr3t" not in str(payload(http, A))
        gone = HttpRequest(http._settings, Setup("webhook", {}))
        with pytest.raises(KeyError, match="TOKEN"):
            gone.pack([payload(gone, A)], 0)


class TestSettings:
    def test_what_a_file_need_not_say(self) -> None:
        batch = tag().batch
        assert batch is not None
        assert (batch.most_payloads, batch.most_bytes, batch.linger) == (100, MOST_BYTES, 1.0)
        batch = tag({"most": 7, "linger": "250ms"}).batch
        assert batch is not None
        assert (batch.most_payloads, batch.linger) == (7, 0.25)

    def test_without_it_each_event_has_a_request(self) -> None:
        http = HttpRequest(HttpRequestSettings.model_validate({"url": URL, "body": {"id": "{{ event.id }}"}}), Setup("w"))
        assert http.batch is None
        assert http.companions(payload(http, A), 0) is None
        assert bodies(http, A, B) == [A, B]
        assert collects(tag())

    @pytest.mark.parametrize("batch", [{"most": 0}, {"most": MOST + 1}, {"linger": "2m"}, {"linger": -1}, {"size": 1}, 5])
    def test_what_is_refused(self, batch: Any) -> None:
        assert refusal(batch=batch)

    @pytest.mark.parametrize(
        "settings", [{"method": "GET", "body": None}, {"format": "text", "body": "x"}, {"format": "form", "body": {"a": "b"}}]
    )
    def test_only_json_has_lists(self, settings: dict[str, Any]) -> None:
        assert "batch makes one JSON body of several" in refusal(**settings)


class TestCompany:
    """What is not body decides."""

    @pytest.mark.parametrize(
        "settings",
        [
            {"url": "https://example.com/{{ event.id }}"},
            {"query": {"id": "{{ event.id }}"}},
            {"headers": {"X-Id": "{{ event.id }}"}},
        ],
    )
    def test_events_that_differ_in_it_share_no_request(self, settings: dict[str, Any]) -> None:
        http = tag(**settings)
        first, second, third = (payload(http, event) for event in (A, B, A))
        assert http.companions(first, 0) == http.companions(third, 5) != http.companions(second, 0)
        assert [request.payloads for request in http.pack([first, second, third], 0)] == [(0, 2), (1,)]

    def test_nor_do_those_with_another_secret_in_it(self) -> None:
        one, other = (tag(headers={"X-Key": sealed(name)}) for name in SECRETS)
        assert one.companions(payload(one, A), 0) != other.companions(payload(other, A), 0)

    def test_secrets_of_bodies_go_with_their_bodies(self) -> None:
        http = tag(body={"id": "{{ event.id }}", "key": sealed("{{ event.id }}-", "TOKEN")}, headers={"X-Key": sealed("OTHER")})
        assert http.companions(payload(http, A), 0) == http.companions(payload(http, B), 0)
        [request] = sent(http, A, B)
        assert json.loads(request.body) == [{"id": each, "key": f'{each}-s3cr3t"\\'} for each in "ab"]
        assert dict(request.headers)["x-key"] == "other"

    @given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 400_000)), max_size=12), st.integers(1, 5))
    def test_each_event_is_in_one_request_within_the_limits_and_with_its_own_kind(
        self, events: list[tuple[str, int]], most: int
    ) -> None:
        http = tag({"most": most}, url="https://example.com/{{ event.kind }}", body={"text": "{{ event.text }}"})
        requests = sent(http, *({"kind": kind, "text": "x" * size} for kind, size in events))
        assert crowded(requests, len(events), most, MOST_BYTES) == []
        for request in requests:
            assert {events[index][0] for index in request.payloads} == {request.url[-1]}
            assert [len(row["text"]) for row in json.loads(request.body)] == [events[index][1] for index in request.payloads]


def test_what_is_signed_is_the_whole_body() -> None:
    [request] = sent(tag(sign={"header": "X-Signature", "secret": "key"}), A, B)
    assert dict(request.headers)["x-signature"] == hmac.digest(b"key", request.body, "sha256").hex()


def test_a_batch_is_shown_event_by_event() -> None:
    http = tag({"wrap": [{"data": "{{ rows }}"}]})
    [request] = sent(http, A, B)
    assert [json.loads(part.body) for part in http.parts(request)] == [A, B]
    assert [part.query for part in http.parts(request)] == ["", ""]
