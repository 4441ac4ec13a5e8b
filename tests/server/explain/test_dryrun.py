"""What a dry run prints: a line a request, with nothing in it that steers a terminal, and on demand all that would leave."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from rich.console import Console

from core.container import UNCLAIMED, EventRun, Run
from core.tagplan import Verdict
from core.types import Declined, Event, HeldBack, Outbound, OutboundRequest, Payload, Reply, Request
from server.explain import dryrun
from server.explain.dryrun import DryRun, HitLines
from server.explain.hit_line import CAME, hit_line
from server.observe import Record
from tests.core.tiny import Keep
from tests.server.in_force import EMPTY

AT = 1_764_340_311_502_000
CLOCK = f"{datetime.fromtimestamp(AT / 1_000_000):%H:%M:%S}"
PAGE = "http://127.0.0.1:8081/r/0123456789abcdef"


class Webhook(Keep):
    def pack(self, payloads: Sequence[Payload], now: int) -> Sequence[Outbound]:
        assert 1_700_000_000_000_000 < now < 4_000_000_000_000_000
        return [OutboundRequest("POST", f"https://x.example/?n={len(payloads)}", (), b"", tuple(range(len(payloads))))]


class Broken(Keep):
    def pack(self, payloads: Sequence[Payload], now: int) -> Sequence[Outbound]:
        raise ValueError(f"{len(payloads)} of {now}")


def fired(tag: str, body: Any = 1) -> Verdict:
    return Verdict(tag, "every event", payload=Payload(body, "x"))


def held(tag: str, why: HeldBack) -> Verdict:
    return Verdict(tag, "not", why)


def record(*events: tuple[Event, Sequence[Verdict]], status: int = 204, path: str = "/g/collect", **run: Any) -> Record:
    ran = Run(
        run.pop("client", "web"), Reply(status), tuple(EventRun(event, tuple(verdicts)) for event, verdicts in events), **run
    )
    made = Record(1, Request("0123456789abcdef", AT, "GET", path, "en=secret"), ran, EMPTY)
    made.status = status
    return made


def line(made: Record, width: int | None = 100) -> str:
    return hit_line(made, PAGE, width).plain


def test_a_hit_is_a_line_of_a_hundred_columns() -> None:
    event = {"event_name": "purchase", "value": 120.5, "currency": "EUR"}
    verdicts = [held("crm", HeldBack.TRIGGER), held("meta", HeldBack.CONSENT), fired("ga4")]
    shown = line(record((event, verdicts)))
    assert shown == f"{CLOCK} 204 purchase 120.5 EUR       {PAGE} ga4 ✓ meta consent c…"
    assert len(shown) <= 100
    assert line(record((event, verdicts)), None) == f"{CLOCK} 204 purchase 120.5 EUR {PAGE} ga4 ✓ meta consent crm trigger"


def test_a_tag_that_fired_for_one_of_the_events_fired() -> None:
    events = [
        ({"event_name": name}, [held("crm", HeldBack.TRIGGER) if name == "scroll" else fired("crm")])
        for name in ("scroll", "buy")
    ]
    assert line(record(*events)).endswith(f"scroll, buy              {PAGE} crm ✓")


def test_of_a_long_name_the_beginning_is_shown_and_all_of_what_it_is_worth() -> None:
    shown = line(record(({"event_name": "n" * 999, "value": 5, "currency": "EUR"}, [fired("t" * 99)])))
    assert f"{'n' * (CAME - 7)}… 5 EUR".removeprefix("n") in shown
    assert len(shown) == 100
    assert len(line(record(({"event_name": "n" * 9999, "value": "9" * 9999}, [])), None)) < 300


def test_letters_that_are_two_columns_wide_do_not_move_what_follows() -> None:
    wide, plain = (line(record(({"event_name": name}, []))) for name in ("你好" * 20, "a"))
    assert wide.index(PAGE) < plain.index(PAGE), "fewer letters in as many columns"
    assert hit_line(record(({"event_name": "你好" * 20}, [])), PAGE, 100).cell_len <= 100


def test_what_visitors_send_cannot_steer_the_terminal() -> None:
    event = {"event_name": "\x1b[31mevil\n\u202e", "value": "\x07", "currency": "\x9b1m"}
    assert line(record((event, [])), None).isprintable()
    assert "\\x1b[31mevil\\n" in line(record((event, [])), None)
    assert line(record(path="/\x1b]0;title\x07"), None).isprintable()


def test_a_request_that_nobody_claims_has_every_client_s_reason_below_it_and_no_query() -> None:
    declined = (("web", Declined("measurement id G-\x1b is not among G-1", "measurement_id")), ("api", Declined("x", "path")))
    made = record(status=400, client=None, declined=declined)
    assert line(made).splitlines() == [
        f"{CLOCK} 400 GET /g/collect           {PAGE}",
        "             no client claims it: web: measurement id G-\\x1b is not among G-1; api: x",
    ]
    assert line(replace_run(made, declined=())).endswith("no client claims it")


def replace_run(made: Record, **changes: Any) -> Record:
    made.run = replace(made.run, reply=UNCLAIMED, **changes)
    return made


def test_colours_are_for_statuses_and_for_what_was_held_back() -> None:
    shown = hit_line(record(({"event_name": "a"}, [fired("ga4"), held("meta", HeldBack.CONSENT)]), status=503), PAGE, 100)
    styles = {shown.plain[span.start : span.end].strip(): span.style for span in shown.spans}
    assert (styles["503"], styles["✓"], styles["meta consent"]) == ("red", "green", "yellow")


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    text = io.StringIO()
    monkeypatch.setattr(dryrun, "out", Console(file=text, highlight=False, soft_wrap=True))
    return text


class Heard:
    def __init__(self) -> None:
        self.records: list[Record] = []

    def answered(self, record: Record) -> None:
        self.records.append(record)


def sending(**tags: Keep) -> Record:
    """A request of whose two events each tag makes something."""
    events = [({"event_name": name}, [fired(tag, f"[b]{name}[/b]") for tag in tags]) for name in ("a", "b")]
    made = record(*events)
    made.serving = replace(EMPTY, assembled=replace(EMPTY.assembled, tags=tags))
    return made


def test_each_request_gets_its_line_and_whoever_comes_after_hears_of_it(printed: io.StringIO) -> None:
    lines, after = HitLines("http://127.0.0.1:8081/"), Heard()
    made = sending(log=Keep())
    lines.answered(made)
    lines.after = after
    lines.answered(made)
    assert after.records == [made]
    assert printed.getvalue().splitlines() == [f"{CLOCK} 204 a, b {PAGE} log ✓"] * 2
    assert "\x1b" not in printed.getvalue(), "colours only where there is a terminal"


def test_verbose_prints_what_would_leave_by_tag(printed: io.StringIO) -> None:
    HitLines("http://127.0.0.1:8081/", verbose=True).answered(sending(webhook=Webhook(), log=Keep(), broken=Broken()))
    assert printed.getvalue().splitlines()[1:] == [
        "→ webhook  POST https://x.example/",
        "    n                      2",
        "→ log  a line to standard output",
        "    [b]a[/b]",
        "→ log  a line to standard output",
        "    [b]b[/b]",
        "→ broken  fails to build its request: ValueError",
    ]


def test_nothing_is_kept(printed: io.StringIO) -> None:
    async def scenario() -> None:
        intake = DryRun()
        assert not intake.full
        assert await intake.accept([("webhook", Payload(1, "x"))]) == ()

    asyncio.run(scenario())
    assert printed.getvalue() == ""
