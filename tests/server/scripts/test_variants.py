"""Which encoding a visitor gets, and who may show our frames."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.scripts.frames import frame_ancestors
from server.scripts.variants import chosen_encoding


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        (None, "identity"),
        ("", "identity"),
        ("identity", "identity"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("BR", "br"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("gzip;q=0.5, br;q=0.5", "br"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0, gzip;q=0", "identity"),
        ("br ; q=0 , gzip ; q=1", "gzip"),
        ("*", "br"),
        ("*;q=0", "identity"),
        ("br;q=0, *", "gzip"),
        ("deflate, zstd", "identity"),
        ("br;q=x", "identity"),
        ("br;level=9", "br"),
        ("brotli, xgzip", "identity"),
        ("br;q=nan", "identity"),
    ],
)
def test_brotli_before_gzip_before_nothing(header: str | None, encoding: str) -> None:
    assert chosen_encoding(header) == encoding


@settings(max_examples=200)
@given(st.text(st.sampled_from("brgzip,;=q.01* "), max_size=30))
def test_any_header_gives_some_encoding(header: str) -> None:
    assert chosen_encoding(header) in ("br", "gzip", "identity")


@pytest.mark.parametrize(
    ("host", "sources"),
    [
        ("metrics.shop.example.co.uk:8443", "https://example.co.uk:* https://*.example.co.uk:*"),
        ("example.com", "https://example.com:* https://*.example.com:*"),
        ("localhost:8080", "http://localhost:*"),
        ("127.0.0.1:8080", "http://127.0.0.1:*"),
        ("co.uk", "https://co.uk:*"),
        ("192.0.2.1", "https://192.0.2.1:*"),
    ],
)
def test_frames_are_for_the_same_site(host: str, sources: str) -> None:
    assert frame_ancestors([], host) == f"frame-ancestors 'self' {sources}"


def test_an_address_that_no_policy_can_hold_frames_only_itself() -> None:
    assert frame_ancestors([], "[::1]:8080") == "frame-ancestors 'self'"


def test_a_list_of_origins_is_the_policy() -> None:
    assert frame_ancestors(["https://a.example"], "b.example") == "frame-ancestors 'self' https://a.example"


def test_a_policy_names_only_origins_that_it_can_hold() -> None:
    listed = ["null", "file://", "capacitor://localhost", "app://.", "https://*.a.example"]
    assert frame_ancestors(listed, "b.example") == "frame-ancestors 'self' capacitor://localhost https://*.a.example"
