"""Answers in parts."""

from __future__ import annotations

from typing import Any

from server.control.following import follow


def test_it_is_asked_until_nothing_is_left_and_each_part_is_told() -> None:
    answers = [{"rows": 2, "counted": [1], "next": {"at": 7}}, {"rows": 3, "counted": [2], "next": 0}, {"rows": 4, "counted": []}]
    asked: list[dict[str, Any]] = []
    told: list[int] = []

    def ask(command: dict[str, Any]) -> dict[str, Any]:
        asked.append(command)
        return answers.pop(0)

    whole = follow(ask, {"do": "drop"}, lambda part: told.append(part["rows"]))
    assert whole == {"rows": 9, "counted": [1, 2]}
    assert asked == [{"do": "drop"}, {"do": "drop", "from": {"at": 7}}, {"do": "drop", "from": 0}]
    assert told == [2, 3, 4]


def test_an_error_ends_it() -> None:
    answers: list[dict[str, Any]] = [{"rows": 2, "next": 1}, {"error": "the disk failed"}]
    assert follow(lambda _: answers.pop(0), {"do": "drop"}) == {"error": "the disk failed"}
