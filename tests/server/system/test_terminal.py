"""What a visitor sent cannot steer the terminal it is shown on."""

from __future__ import annotations

import pytest

from core.types import Line, OutboundRequest
from server.explain.packed import PackedRequest
from server.explain.printed import show
from server.system.terminal import visible
from tests.core.tiny import Keep


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("plain – Tëst 商", "plain – Tëst 商"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("a\r\nb\tc", "a\\r\\nb\\tc"),
        ("\u202eevil", "\\u202eevil"),
        ("\ud800", "\\ud800"),
        ("\x9b31m", "\\x9b31m"),
    ],
)
def test_what_could_steer_a_terminal_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    "outbound",
    [
        Line("-", '{"a": "\x1b[2J"}', (0,)),
        OutboundRequest("POST", "https://a.example/?a=%1B%5B2J&%07=b", (), b"en=a&ep.x=%1B%5B2J", (0,)),
        OutboundRequest("POST", "https://a.example/", (), b"\x1b[2J\xff", (0,)),
    ],
)
def test_nothing_that_leaves_steers_the_terminal_it_is_shown_on(outbound: Line | OutboundRequest) -> None:
    text = show(PackedRequest("tag", outbound, Keep().parts(outbound))).plain
    assert all(each.isprintable() or each == "\n" for each in text)
    assert "\\x1b[2J" in text
