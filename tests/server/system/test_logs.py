"""What the log says, and what it never says."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from server.system.logs import configure_logs


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in ("uvicorn", "asyncio", "opentelemetry", "httpx", "httpcore")}
    yield
    root.handlers[:], root.level = handlers, level
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    structlog.reset_defaults()


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[dict[str, Any]]]:
    """The lines on standard error so far, as JSON."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    configure_logs()
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def boom() -> None:
    raise ValueError("visitor@example.com")


def test_a_line_is_json_with_a_time_and_a_level(logged: Callable[[], list[dict[str, Any]]]) -> None:
    structlog.get_logger("tagyard").info("listening", port=8080)
    (line,) = logged()
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "listening", "port": 8080, "level": "info"}


def test_of_several_workers_each_says_in_every_line_which_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    configure_logs(worker=3)
    structlog.get_logger("tagyard").info("listening")
    logging.getLogger("somebody").warning("careful")
    assert [json.loads(line)["worker"] for line in stream.getvalue().splitlines()] == [3, 3]


def test_other_libraries_lines_look_the_same(logged: Callable[[], list[dict[str, Any]]]) -> None:
    logging.getLogger("somebody").warning("careful with %s", "x")
    (line,) = logged()
    assert (line["event"], line["level"]) == ("careful with x", "warning")
    assert "timestamp" in line


@pytest.mark.parametrize("logger", ["tagyard", "somebody", "uvicorn.error", "asyncio"])
def test_an_exception_is_named_and_placed_and_never_quoted(logged: Callable[[], list[dict[str, Any]]], logger: str) -> None:
    log: Any = structlog.get_logger(logger) if logger == "tagyard" else logging.getLogger(logger)
    try:
        boom()
    except ValueError as error:
        log.exception("failed")
        log.error("failed", exc_info=error)
        log.error("failed", exc_info=sys.exc_info())
    lines = logged()
    assert len(lines) == 3
    for line in lines:
        assert "visitor" not in str(line)
        assert line["error"] == "ValueError"
        assert __file__ in line["at"]


def test_an_exception_that_was_never_raised_has_no_place(logged: Callable[[], list[dict[str, Any]]]) -> None:
    structlog.get_logger().error("failed", exc_info=KeyError("visitor@example.com"))
    assert (logged()[0]["error"], logged()[0]["at"]) == ("KeyError", "?")


def test_no_exception_is_no_error(logged: Callable[[], list[dict[str, Any]]]) -> None:
    structlog.get_logger().error("failed", exc_info=None)
    assert "error" not in logged()[0]


@pytest.mark.parametrize("logger", ["uvicorn.error", "asyncio", "opentelemetry.sdk", "httpx", "httpcore.connection"])
def test_the_servers_small_talk_is_left_out(logged: Callable[[], list[dict[str, Any]]], logger: str) -> None:
    logging.getLogger(logger).warning("Invalid HTTP request received.")
    structlog.get_logger().debug("small")
    assert logged() == []


def test_a_terminal_gets_lines_to_read(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    configure_logs()
    structlog.get_logger().info("listening", port=8080)
    assert "listening" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_a_visitors_text_cannot_begin_a_line_of_its_own(logged: Callable[[], list[dict[str, Any]]]) -> None:
    structlog.get_logger().error("not kept", why='x\n{"event": "forged"}')
    assert len(logged()) == 1


@pytest.mark.parametrize(("format", "terminal", "json_lines"), [("json", True, True), ("console", False, False)])
def test_the_form_of_the_lines_can_be_chosen(
    monkeypatch: pytest.MonkeyPatch, format: str, terminal: bool, json_lines: bool
) -> None:
    stream = Terminal() if terminal else io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    configure_logs(format)
    structlog.get_logger().info("listening", port=8080)
    assert stream.getvalue().startswith("{") is json_lines
    assert "\x1b" not in stream.getvalue(), "colours are for terminals"
