"""The intake that only prints."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence

import pytest
from rich.console import Console

from core.container import UNCLAIMED, Run
from core.types import Declined, Outbound, OutboundRequest, Payload, Request
from server.explain import dryrun
from server.explain.dryrun import DryRun, show_unclaimed
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


def test_a_request_that_nobody_claims_is_printed_with_every_client_s_reason_and_without_its_query(printed: io.StringIO) -> None:
    declined = (("web", Declined("measurement id G-OTHER is not among G-1", "measurement_id")), ("api", Declined("x", "path")))
    show_unclaimed(Request("r1", 0, "GET", "/g/collect\x1b", "en=secret"), Run(None, UNCLAIMED, declined=declined))
    show_unclaimed(Request("r1", 0, "POST", "/x"), Run(None, UNCLAIMED))
    assert printed.getvalue().splitlines() == [
        "GET /g/collect\\x1b no client claims it: web: measurement id G-OTHER is not among G-1; api: x",
        "POST /x no client claims it",
    ]
