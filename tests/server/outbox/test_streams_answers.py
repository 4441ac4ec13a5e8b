"""When the answers to one request are all there: a status may overtake the messages that it is about."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, cast

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from server.outbox.jetstream import answers as answering
from server.outbox.jetstream.answers import Answers

SOON = 0.02


def said(headers: dict[str, str] | None) -> Msg:
    return Msg(cast("Client", None), "inbox", data=b"" if headers else b"row", headers=headers)


ROW = said(None)
COMPLETE = said({"Status": "409", "Nats-Pending-Messages": "0"})
TWO_FEWER = said({"Status": "408", "Nats-Pending-Messages": "2"})
NONE = said({"Status": "404"})
NOBODY = said({"Status": "503"})


def heard(most: int, messages: Sequence[Msg], *, partial: bool = False) -> Answers:
    """They come one after the other, each a little later."""

    async def run() -> Answers:
        answers = Answers(most)

        async def come() -> None:
            for message in messages:
                await asyncio.sleep(SOON)
                await answers.hear(message)

        coming = asyncio.ensure_future(come())
        await answers.all(partial=partial)
        coming.cancel()
        return answers

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("messages", "number"),
    [
        ([ROW, ROW, ROW], 3),
        ([ROW, ROW, ROW, COMPLETE], 3),
        ([COMPLETE, ROW, ROW, ROW], 3),
        ([TWO_FEWER, ROW], 1),
        ([ROW, TWO_FEWER], 1),
        ([NONE, ROW], 0),
        ([ROW, NONE], 1),
    ],
)
def test_what_a_status_is_about_is_waited_for(messages: list[Msg], number: int) -> None:
    assert len(heard(3, messages).messages) == number


def test_nobody_answers() -> None:
    assert heard(3, [NOBODY]).nobody


def test_answers_that_go_on_coming_are_waited_for_however_long_all_of_them_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "PATIENCE", 25 * SOON)
    assert len(heard(40, [ROW] * 40).messages) == 40


def test_where_no_more_come_there_is_no_answer_unless_a_part_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "PATIENCE", 3 * SOON)
    with pytest.raises(TimeoutError):
        heard(3, [ROW])
    with pytest.raises(TimeoutError):
        heard(3, [], partial=True)
    assert len(heard(3, [ROW], partial=True).messages) == 1


def test_what_a_status_has_promised_and_never_comes_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "PATIENCE", 3 * SOON)
    found: Any = heard(3, [COMPLETE, ROW])
    assert len(found.messages) == 1
