"""The HTTP request tag: its headers, its body, and what a status means."""

from __future__ import annotations

import orjson
import pytest
from pydantic import ValidationError

from core.product import USER_AGENT
from core.types import Delivered, OutboundRequest, Payload, Rejected, Response, Retry, Skip
from tags.http_request import HttpRequestSettings
from tests.tags.http_requests import header, mapped, refusal, sealed, sent, tag


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

    @pytest.mark.parametrize("success", ["2xx", "", 99, 600, "200-", "-299", "200 - 299", None, "299-200", []])
    def test_what_is_no_status_is_refused(self, success: object) -> None:
        assert refusal(success=success)


def test_the_timeout_is_the_requests() -> None:
    assert sent(timeout="5s").timeout == 5.0
    assert sent().timeout is None
    assert refusal(timeout=0)


def test_the_url_is_needed() -> None:
    with pytest.raises(ValidationError, match="url"):
        HttpRequestSettings.model_validate({})
