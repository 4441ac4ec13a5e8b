"""What visitors sent, as labels and in the log."""

from __future__ import annotations

import pytest

from server.observe.labels import event_label, path_label


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("page_view", "page_view"),
        ("Bestellung geprüft", "Bestellung geprüft"),
        ("jo@example.com", "(masked)"),
        ("jo@localhost", "(masked)"),
        ("jo%40example.com", "(masked)"),
        ("a\nb\x1b[31m", "a\ufffdb\ufffd[31m"),
        ("a\udc80", "a\ufffd"),
        ("a\u202eb", "a\ufffdb"),
        ("x" * 100, "x" * 100),
        ("x" * 101, "(other)"),
        ("", "(other)"),
        (None, "(other)"),
        (["a"], "(other)"),
    ],
)
def test_an_event_name_as_a_label(name: object, label: str) -> None:
    assert event_label(name) == label


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/g/collect", "/g/collect"),
        ("/users/jo@example.com/x", "/users/(masked)/x"),
        ("/users/jo%40example.com", "/users/(masked)"),
        ("/users/jo%252540example.com", "/users/(masked)"),
        ("@@@@/%40/", "(masked)/(masked)/"),
        ("/a?email=jo", "/a"),
        ("/a\r\nb\x1b", "/a\ufffd\ufffdb\ufffd"),
        ("/" + "a" * 300, "/" + "a" * 199 + "…"),
        ("/" + "a" * 190 + "/jo@example.com", "/" + "a" * 190 + "/(masked)"),
    ],
)
def test_a_path_in_the_log(path: str, shown: str) -> None:
    assert path_label(path) == shown
