"""The intake that only prints."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence

import pytest
from rich.console import Console

from core.types import Outbound, OutboundRequest, Payload
from server import dryrun
from server.dryrun import DryRun
from tests.core.tiny import Keep


class Webhook(Keep):
    def pack(self, payloads: Sequence[Payload], now: int) -> Sequence[Outbound]:
        assert 1_700_000_000_000_000 < now < 4_000_000_000_000_000
        return [OutboundRequest("POST", f"https://x.example/?n={len(payloads)}", (), b"", tuple(range(len(payloads))))]


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    text = io.StringIO()
    monkeypatch.setattr(dryrun, "out", Console(file=text, highlight=False, soft_wrap=True))
    return text


def test_what_would_leave_is_printed_by_tag(printed: io.StringIO) -> None:
    async def scenario() -> None:
        intake = DryRun({"log": Keep(), "webhook": Webhook()})
        assert not intake.full
        await intake.accept([("webhook", Payload(1, "x")), ("log", Payload("[b]a[/b]", "x")), ("webhook", Payload(2, "x"))])

    asyncio.run(scenario())
    assert printed.getvalue().splitlines() == [
        "→ webhook  POST https://x.example/",
        "    n                      2",
        "→ log  a line to standard output",
        "    [b]a[/b]",
    ]


def test_nothing_to_send_prints_nothing(printed: io.StringIO) -> None:
    async def scenario() -> None:
        await DryRun({}).accept([])

    asyncio.run(scenario())
    assert printed.getvalue() == ""
