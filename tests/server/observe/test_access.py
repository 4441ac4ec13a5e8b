"""The access log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import structlog

from core.container import UNCLAIMED, EventRun, Run
from core.types import Declined, Geo, Reply, Request
from server.observe import Counts, Observer, Recorder, access_log
from tests.server.in_force import EMPTY

REQUEST = Request(
    "r1",
    1_700_000_000_000_000,
    "GET",
    "/g/collect/jo@example.com",
    query_string="cid=1.2&en=secret_event",
    headers=(("cookie", "FPID=secret"), ("user-agent", "Agent/1")),
    body=b"en=secret_event",
    ip="203.0.113.9",
    geo=Geo("DE", "BY", "Munich"),
)
RUN = Run("web", Reply(204), (EventRun({"event_name": "secret_event"}, ()),))


@pytest.fixture
def said() -> Iterator[list[structlog.typing.EventDict]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


def answer(share: float, run: Run = RUN, luck: float = 0.0, request: Request = REQUEST) -> None:
    observer = Observer(Counts(), Recorder(0, 0), EMPTY)
    observer.access = access_log(share, lambda: luck)
    observer.answered(observer.handled(request, run), run.reply.status if isinstance(run.reply, Reply) else 0, 1234)


def test_a_line_tells_of_the_request_and_nothing_of_the_visitor(said: list[structlog.typing.EventDict]) -> None:
    answer(1)
    (line,) = said
    assert line == {
        "event": "request",
        "log_level": "info",
        "request": "r1",
        "method": "GET",
        "path": "/g/collect/(masked)",
        "client": "web",
        "status": 204,
        "ms": 1.234,
        "events": 1,
    }


def test_a_request_that_nobody_claims_has_no_client(said: list[structlog.typing.EventDict]) -> None:
    answer(1, Run(None, UNCLAIMED), request=replace(REQUEST, path="/x"))
    assert (said[0]["client"], said[0]["status"], said[0]["events"]) == (None, 400, 0)


def test_a_request_that_nobody_claims_says_why_without_a_visitor_s_address_or_control_characters(
    said: list[structlog.typing.EventDict],
) -> None:
    declined = (
        ("web", Declined("measurement id jo@example.com\x1b is not among G-1", "measurement_id")),
        ("api", Declined("the path is not /mp/collect", "path")),
    )
    answer(1, Run(None, UNCLAIMED, declined=declined))
    assert said[0]["why"] == "web: measurement id (masked) is not among G-1"
    answer(1, Run(None, UNCLAIMED, declined=(("web", Declined("x" * 9999, "path")),)))
    assert len(said[1]["why"]) < 600
    answer(1, Run(None, Reply(200), probe="head"))
    assert "why" not in said[2]


@pytest.mark.parametrize(
    ("share", "luck", "lines"), [(0, 0.0, 0), (0.01, 0.0099, 1), (0.01, 0.01, 0), (1, 0.999999, 1), (0.5, 0.7, 0)]
)
def test_the_share_of_requests_that_get_a_line(
    said: list[structlog.typing.EventDict], share: float, luck: float, lines: int
) -> None:
    answer(share, luck=luck)
    assert len(said) == lines


def test_luck_is_not_asked_where_no_line_is_wanted() -> None:
    assert access_log(0, lambda: 1 // 0) is None
