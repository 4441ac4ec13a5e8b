"""Where an HTTP request tag sends: no value of an event changes the host or the path."""

from __future__ import annotations

from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from core.secret import SealedText
from core.types import OutboundRequest, Payload, Skip
from tests.tags.http_requests import URL, mapped, refusal, sealed, sent, tag


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
