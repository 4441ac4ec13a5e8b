"""Secrets of an HTTP request tag: put in when it is sent, stored nowhere; and how it signs and proves who it is."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any, ClassVar

import orjson

from core.component import Setup
from core.grant import ClientCredentials, ServiceAccount
from core.secret import MASK
from core.types import OutboundRequest, Payload
from tags.http_request import HttpRequest, HttpRequestSettings
from tests.tags.http_requests import SECRETS, URL, header, mapped, refusal, sealed, sent, tag


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
