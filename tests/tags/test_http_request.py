"""The HTTP request tag: what leaves for an event, and what never does."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any, ClassVar
from urllib.parse import parse_qs, parse_qsl, urlsplit

import orjson
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from pydantic import ValidationError

from core.component import Setup
from core.context import Context, Shared
from core.grant import ClientCredentials, ServiceAccount
from core.product import USER_AGENT
from core.secret import MASK, SealedText, SecretValue
from core.types import Delivered, Event, OutboundRequest, Payload, Rejected, Request, Response, Retry, Skip
from tags.http_request import HttpRequest, HttpRequestSettings

SECRETS = {"TOKEN": "to&ken+/="}
URL = "https://example.com/hook"
EVENT: Event = {
    "event_name": "purchase",
    "transaction_id": "T 1",
    "value": 25.0,
    "tags": ["a", "b"],
    "bad": "x\r\nSet-Cookie: a=1",
}


def sealed(*parts: str) -> SealedText:
    """A text of the file in which ``$`` stands for the secret."""
    return SealedText(tuple(SecretValue("TOKEN", SECRETS["TOKEN"]) if part == "$" else part for part in parts))


def tag(**settings: Any) -> HttpRequest:
    return HttpRequest(
        HttpRequestSettings.model_validate({"url": URL, **settings}),
        Setup("webhook", SECRETS),
    )


def mapped(http: HttpRequest, event: Event = EVENT) -> Payload | Skip:
    return http.map(event, Context(Request("r", 0, "GET", "/"), "web", event, 0, Shared(secrets=SECRETS)))


def sent(event: Event = EVENT, **settings: Any) -> OutboundRequest:
    http = tag(**settings)
    payload = mapped(http, event)
    assert isinstance(payload, Payload), payload
    [request] = http.pack([payload], 0)
    assert isinstance(request, OutboundRequest)
    return request


def header(request: OutboundRequest, name: str) -> str | None:
    return dict(request.headers).get(name)


def refusal(**settings: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        tag(**settings)
    return "; ".join(str(error["msg"]) for error in caught.value.errors(include_input=False))


class TestUrl:
    @pytest.mark.parametrize(
        ("url", "becomes"),
        [
            ("https://example.com", "https://example.com/"),
            ("https://example.com?a=1", "https://example.com/?a=1"),
            ("HTTP://Example.COM:8080/A", "http://example.com:8080/A"),
            ("http://[::1]:80/", "http://[::1]:80/"),
            ("http://internal_host/x y/ü", "http://internal_host/x%20y/%C3%BC"),
            ("https://example.com/%20/{{ event.transaction_id }}", "https://example.com/%20/T%201"),
            ("https://example.com/{{ event.bad }}", "https://example.com/x%0D%0ASet-Cookie%3A%20a%3D1"),
            (
                "https://example.com/?t={{ event.tags }}&n={{ event.missing }}",
                "https://example.com/?t=%5B%22a%22%2C%22b%22%5D&n=",
            ),
            ("https://example.com/{{ event.value }}", "https://example.com/25"),
            ("https://example.com/{{ '}}' }}/{{ 'a}}' }}/x", "https://example.com/%7D%7D/a%7D%7D/x"),
            ("https://example.com/?a={{ event.value }}{{ event.event_name }}", "https://example.com/?a=25purchase"),
        ],
    )
    def test_what_is_sent(self, url: str, becomes: str) -> None:
        assert sent(url=url).url == becomes

    @pytest.mark.parametrize(
        "url",
        [
            "https://{{ event.host }}/",
            "{{ event.url }}",
            "https://example.com{{ event.path }}",
            "https://example.com.{{ event.tld }}/",
            "https://example.com:{{ event.port }}/",
            "//example.com/",
            "ftp://example.com/",
            "example.com/path",
            "https:///path",
            "https://user:password@example.com/",
            "https://user@example.com/",
            "https://exa mple.com/",
            "https://example.com\\@evil.example/",
            "https://müller.example/",
            "",
        ],
    )
    def test_its_host_is_static_text(self, url: str) -> None:
        assert "http" in refusal(url=url)

    @pytest.mark.parametrize("url", [sealed("$"), sealed("https://", "$", "/"), sealed("https://example.com", "$")])
    def test_its_host_is_no_secret(self, url: SealedText) -> None:
        assert "secret" in refusal(url=url)

    @pytest.mark.parametrize("url", ["https://example.com:0/", "https://example.com:70000/"])
    def test_its_port_exists(self, url: str) -> None:
        assert "does not exist" in refusal(url=url)

    def test_a_fragment_a_number_and_a_broken_expression_are_refused(self) -> None:
        assert "fragment" in refusal(url="https://example.com/#top")
        assert "text" in refusal(url=5)
        assert refusal(url="https://example.com/{{ event. }}")

    @pytest.mark.parametrize("value", ["..", "."])
    def test_a_value_does_not_climb_out_of_its_path(self, value: str) -> None:
        assert mapped(tag(url="https://example.com/a/{{ event.v }}/b"), {"v": value}) == Skip(
            "a value would climb out of the url's path"
        )
        assert sent({"v": f"{value}/x"}, url="https://example.com/a/{{ event.v }}").url == f"https://example.com/a/{value}%2Fx"

    @hypothesis(max_examples=150)
    @given(st.text(max_size=30))
    def test_no_value_changes_where_it_goes(self, value: str) -> None:
        payload = mapped(
            tag(url="https://example.com/a/{{ event.v }}?q={{ event.v }}", query={"r": "{{ event.v }}"}), {"v": value}
        )
        if isinstance(payload, Payload):
            [request] = tag().pack([payload], 0)
            assert isinstance(request, OutboundRequest)
            split = urlsplit(request.url)
            assert (split.scheme, split.netloc, split.fragment) == ("https", "example.com", "")
            assert split.path.count("/") == 2
            assert parse_qsl(split.query, keep_blank_values=True) == [("q", value), ("r", value)]
            assert request.url.isascii()
            assert request.url.isprintable()
            assert " " not in request.url

    def test_it_is_known_by_its_origin(self) -> None:
        payload = mapped(tag(url="https://Example.com:8443/a?b=1"))
        assert isinstance(payload, Payload)
        assert payload.destination == "https://example.com:8443"
        assert tag(url="https://Example.com:8443/a?b=1").literal_origins == {"https://example.com:8443"}


class TestQuery:
    def test_values_are_encoded_and_undefined_ones_left_out(self) -> None:
        request = sent(
            query={"id": "{{ event.transaction_id }}", "none": "{{ event.missing }}", "t": "{{ event.tags }}", "n": 1, "b": True}
        )
        assert request.url == f"{URL}?id=T%201&t=a&t=b&n=1&b=true"

    def test_it_is_added_to_the_urls_own(self) -> None:
        assert sent(url=f"{URL}?a=1", query={"b": "&"}).url == f"{URL}?a=1&b=%26"

    def test_a_secret_in_it_is_encoded(self) -> None:
        assert parse_qs(urlsplit(sent(query={"key": sealed("k-", "$")}).url).query) == {"key": ["k-to&ken+/="]}


class TestHeaders:
    def test_what_is_sent_anyway(self) -> None:
        assert sent().headers == (("user-agent", USER_AGENT), ("content-type", "application/json"))

    def test_the_files_own_replace_them(self) -> None:
        request = sent(
            headers={"User-Agent": "mine", "Content-Type": "application/vnd.api+json", "X-None": "{{ event.missing }}"}
        )
        assert request.headers == (("user-agent", "mine"), ("content-type", "application/vnd.api+json"))

    @pytest.mark.parametrize(
        ("value", "becomes"), [("a\r\nb: c", "a  b: c"), ("\0a\x7f", "a"), (" a\tb ", "a b"), (True, "true"), (2.0, "2")]
    )
    def test_no_value_makes_a_second_header(self, value: object, becomes: str) -> None:
        assert header(sent({"v": value}, headers={"X-V": "{{ event.v }}"}), "x-v") == becomes

    def test_text_beyond_ascii_goes_out_as_utf_8(self) -> None:
        value = header(sent({"v": "Zoë €"}, headers={"X-V": "{{ event.v }}"}), "x-v")
        assert value is not None
        assert value.encode("latin-1").decode() == "Zoë €"

    @pytest.mark.parametrize("name", ["", "a b", "a:b", "a\r\n", "ü", "x" * 101])
    def test_a_name_that_is_none_is_refused(self, name: str) -> None:
        assert "no header name" in refusal(headers={name: "1"})

    @pytest.mark.parametrize("name", ["Host", "content-length", "Transfer-Encoding", "Connection"])
    def test_framing_is_not_the_files_business(self, name: str) -> None:
        assert "leave it out" in refusal(headers={name: "1"})


class TestBody:
    def test_the_default_is_the_event_without_what_is_internal(self) -> None:
        event = {"event_name": "a", "x-ga-gcs": "G111", "x-sst-system_properties": {}, "user_data": {"email": "e"}, "x": 1}
        assert sent(event).body == b'{"event_name":"a","x":1}'

    def test_json_keeps_types_and_leaves_out_what_is_undefined(self) -> None:
        body = {"n": "{{ event.value }}", "none": "{{ event.missing }}", "deep": [{"t": "{{ event.tags }}"}], "fixed": None}
        assert orjson.loads(sent(body=body).body) == {"n": 25, "deep": [{"t": ["a", "b"]}], "fixed": None}

    def test_json_has_every_digit_of_a_long_number(self) -> None:
        assert (
            sent(body={"id": 2**64 + 1, "less": -(2**63) - 1}).body == b'{"id":18446744073709551617,"less":-9223372036854775809}'
        )

    def test_a_value_cannot_break_out_of_the_json(self) -> None:
        assert orjson.loads(sent({"v": '","admin":true,"x":"'}, body={"v": "{{ event.v }}"}).body) == {
            "v": '","admin":true,"x":"'
        }

    def test_one_expression_may_be_the_whole_of_it(self) -> None:
        assert sent(body="{{ event.tags }}").body == b'["a","b"]'

    def test_without_a_value_nothing_is_sent(self) -> None:
        assert mapped(tag(body="{{ event.missing }}")) == Skip("the body is undefined")

    def test_a_form(self) -> None:
        request = sent(
            format="form",
            body={"a": "{{ event.transaction_id }}", "t": "{{ event.tags }}", "o": {"x": 1}, "none": "{{ event.missing }}"},
        )
        assert header(request, "content-type") == "application/x-www-form-urlencoded"
        assert request.body == b"a=T+1&t=a&t=b&o=%7B%22x%22%3A1%7D"

    def test_a_form_needs_a_mapping(self) -> None:
        assert "mapping" in refusal(format="form", body="a=1")
        assert "mapping" in refusal(format="form", body=["a"])
        assert mapped(tag(format="form", body="{{ event.tags }}")) == Skip("the body is no mapping, which a form needs")

    @pytest.mark.parametrize(
        ("body", "becomes"),
        [("Ü {{ event.transaction_id }}", "Ü T 1"), ({"a": 1}, '{"a":1}'), (None, '{"transaction_id":"T 1"}')],
    )
    def test_text(self, body: object, becomes: str) -> None:
        request = sent({"transaction_id": "T 1"}, format="text", body=body)
        assert header(request, "content-type") == "text/plain; charset=utf-8"
        assert request.body.decode() == becomes

    def test_json_by_hand_is_refused(self) -> None:
        assert "format: text" in refusal(body='{"order": "{{ event.transaction_id }}"}')
        assert "format: text" in refusal(body=sealed("token=", "$"))

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_get_and_head_have_none(self, method: str) -> None:
        request = sent(method=method)
        assert (request.method, request.body, header(request, "content-type")) == (method, b"", None)
        assert "carries no body" in refusal(method=method, body={"a": 1})

    def test_a_payload_of_a_post_still_packs_when_the_file_says_get(self) -> None:
        payload = mapped(tag())
        assert isinstance(payload, Payload)
        [request] = tag(method="GET").pack([payload], 0)
        assert isinstance(request, OutboundRequest)
        assert request.body == b""


class TestSecrets:
    SETTINGS: ClassVar[dict[str, Any]] = {
        "url": sealed("https://example.com/", "$", "/{{ event.event_name }}?k=", "$"),
        "headers": {"Authorization": sealed("Bearer ", "$")},
        "query": {"q": sealed("$"), "t": "{{ event.transaction_id }}"},
        "body": {"a": ["x", sealed("<", "$", "{{ event.transaction_id }}", ">")]},
        "sign": {"header": "X-Sign", "secret": sealed("$")},
    }

    def test_they_are_not_stored(self) -> None:
        payload = mapped(tag(**self.SETTINGS))
        assert isinstance(payload, Payload)
        assert SECRETS["TOKEN"] not in repr(payload)
        assert payload.body["url"] == "https://example.com//purchase?k="

    def test_they_are_put_in_when_it_is_sent(self) -> None:
        request = sent(**self.SETTINGS)
        assert request.url == "https://example.com/to&ken+/=/purchase?k=to&ken+/=&q=to%26ken%2B%2F%3D&t=T%201"
        assert header(request, "authorization") == "Bearer to&ken+/="
        assert orjson.loads(request.body) == {"a": ["x", "<to&ken+/=T 1>"]}

    def test_the_new_value_is_sent_after_a_change(self) -> None:
        payload = mapped(tag(**self.SETTINGS))
        assert isinstance(payload, Payload)
        settings = HttpRequestSettings.model_validate({"url": URL})
        [request] = HttpRequest(settings, Setup("webhook", {"TOKEN": "new"})).pack([payload], 0)
        assert isinstance(request, OutboundRequest)
        assert header(request, "authorization") == "Bearer new"

    def test_a_secret_cannot_make_a_header_either(self) -> None:
        payload = mapped(tag(headers={"X-Token": sealed("$")}))
        assert isinstance(payload, Payload)
        settings = HttpRequestSettings.model_validate({"url": URL})
        [request] = HttpRequest(settings, Setup("webhook", {"TOKEN": "a\nb"})).pack([payload], 0)
        assert isinstance(request, OutboundRequest)
        assert header(request, "x-token") == "a b"

    def test_a_token_is_the_server_s_to_get(self) -> None:
        key = json.dumps({"client_email": "robot@p.example", "private_key": "PEM", "private_key_id": "k"})
        account = sent(auth={"type": "google_service_account", "key": key, "scope": "write"})
        assert account.grant == ServiceAccount("https://oauth2.googleapis.com/token", "write", "robot@p.example", "PEM", "k")
        client = {
            "type": "oauth2_client_credentials",
            "token_url": "https://id.example/token",
            "client_id": "a",
            "client_secret": "b",
        }
        assert sent(auth=client).grant == ClientCredentials("https://id.example/token", "a", "b")
        assert [name for name, _ in account.headers if name == "authorization"] == []

    def test_a_right_that_is_none(self) -> None:
        assert "no key file" in refusal(auth={"type": "google_service_account", "key": "{}", "scope": "x"})
        assert "no key file" in refusal(auth={"type": "google_service_account", "key": "robot", "scope": "x"})
        assert "type must be basic" in refusal(auth={"type": "oauth1", "username": "x"})
        found = {"type": "oauth2_client_credentials", "token_url": "ftp://x", "client_id": "a", "client_secret": "b"}
        assert "must begin with http" in refusal(auth=found)

    def test_basic_authentication(self) -> None:
        value = header(sent(auth={"username": "mé", "password": sealed("p:", "$")}), "authorization")
        assert value is not None
        assert base64.b64decode(value.removeprefix("Basic ")).decode() == "mé:p:to&ken+/="
        assert "exclude each other" in refusal(auth={"username": "a", "password": "b"}, headers={"Authorization": "x"})
        assert refusal(auth={"username": "a:b", "password": "c"})

    def test_the_signature_is_that_of_the_bytes_that_leave(self) -> None:
        for settings in ({}, {"format": "form", "body": {"a": "{{ event.transaction_id }}"}}, {"method": "GET"}):
            request = sent(sign={"header": "X-Sign", "secret": sealed("$")}, **settings)
            assert header(request, "x-sign") == hmac.new(b"to&ken+/=", request.body, hashlib.sha256).hexdigest()
        assert "the signature's" in refusal(sign={"header": "X-Sign", "secret": "k"}, headers={"x-sign": "1"})

    def test_a_masked_secret_gives_a_mask_and_no_signature(self) -> None:
        assert header(sent(sign={"header": "X-Sign", "secret": MASK}), "x-sign") == MASK


class TestOutcome:
    @pytest.mark.parametrize(
        ("success", "status", "outcome"),
        [
            (None, 204, Delivered()),
            (None, 302, Rejected("HTTP 302")),
            (None, 400, Rejected("HTTP 400")),
            (None, 429, Retry("HTTP 429")),
            (None, 503, Retry("HTTP 503")),
            (404, 404, Delivered()),
            (["200-299", "404"], 404, Delivered()),
            ("500-599", 503, Delivered()),
            (201, 200, Rejected("HTTP 200 is not among success")),
            (201, 401, Retry("HTTP 401")),
        ],
    )
    def test_what_a_status_means(self, success: object, status: int, outcome: object) -> None:
        http = tag() if success is None else tag(success=success)
        assert http.judge(sent(), Response(status)) == outcome

    @pytest.mark.parametrize("success", ["2xx", "", 99, 600, "200-", "-299", "200 - 299", None])
    def test_what_is_no_status_is_refused(self, success: object) -> None:
        assert refusal(success=success)

    @pytest.mark.parametrize("success", ["299-200", []])
    def test_no_status_at_all_is_refused(self, success: object) -> None:
        assert refusal(success=success)


def test_the_timeout_is_the_requests() -> None:
    assert sent(timeout="5s").timeout == 5.0
    assert sent().timeout is None
    assert refusal(timeout=0)


def test_the_url_is_needed() -> None:
    with pytest.raises(ValidationError, match="url"):
        HttpRequestSettings.model_validate({})
