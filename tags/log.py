"""Writes event data down, one JSON object a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import orjson
from pydantic import Field

from core.component import Setup, Tag, TagExample, TagSettings, judge_by_status
from core.context import Context
from core.types import Event, Line, Outbound, Outcome, Payload, Response, Skip

_STDOUT = "-"


class LogSettings(TagSettings):
    """Writes event data as JSON lines to standard output or to the end of a file.

    The event is written as the transformations leave it, ``user_data`` included: an ``exclude`` keeps personal data out.
    """

    file: str | None = Field(None, min_length=1, description="The file to append to; default: standard output.")


class Log(Tag):
    """Writes event data down, one JSON object a line."""

    Settings: ClassVar[type[TagSettings]] = LogSettings

    examples: ClassVar = [
        TagExample(
            title="An event on standard output",
            settings={},
            event={"event_name": "purchase", "client_id": "1.2", "value": 25.5, "page_title": "Töpfe\nund mehr"},
            sends=[
                Line(
                    "-", '{"event_name":"purchase","client_id":"1.2","value":25.5,"page_title":"Töpfe\\nund mehr"}', payloads=(0,)
                ),
            ],
        ),
        TagExample(
            title="An event at the end of a file",
            settings={"file": "events.jsonl"},
            event={"event_name": "page_view"},
            sends=[Line("events.jsonl", '{"event_name":"page_view"}', payloads=(0,))],
        ),
    ]

    def __init__(self, settings: LogSettings, setup: Setup) -> None:  # noqa: ARG002  it has no name or secret to use
        self._target = settings.file or _STDOUT
        self._destination = settings.file or "stdout"

    def map(self, event: Event, context: Context) -> Payload | Skip:
        """The line itself. A secret that a transformation put into the event is written as its mask."""
        return context.payload(orjson.dumps(event, default=str).decode(), self._destination)

    def pack(self, payloads: Sequence[Payload], now: int) -> Sequence[Outbound]:  # noqa: ARG002  a line has no time but its own
        """One line for each payload."""
        return [Line(self._target, payload.body, (index,)) for index, payload in enumerate(payloads)]

    def judge(self, request: Outbound, response: Response) -> Outcome | Sequence[Outcome]:  # noqa: ARG002
        """Written is delivered; a file that cannot be written is tried again."""
        return judge_by_status(response)
