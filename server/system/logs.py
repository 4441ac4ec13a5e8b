"""Structured logs on standard error: lines to read, or JSON. What is logged never holds event data."""

from __future__ import annotations

import logging
import sys
from functools import partial

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger


def configure_logs(format: str = "auto", level: str = "info", worker: int | None = None) -> None:
    """Sets the process's logging up; uvicorn's own few lines go the same way.

    ``format`` is ``console``, ``json``, or ``auto``: console on a terminal, else JSON. ``level`` is ``info`` or ``debug``, of our
    own lines. ``worker`` is the number of this process where it is one of several: all its lines have it.
    """
    terminal = sys.stderr.isatty()
    console = terminal if format == "auto" else format == "console"
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if console else "iso", utc=not console),
        _name_exceptions,
        *([partial(_of_worker, worker)] if worker is not None else []),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    render: Processor = structlog.dev.ConsoleRenderer(colors=terminal) if console else structlog.processors.JSONRenderer()
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    logging.getLogger("tagyard").setLevel(level.upper())
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    logging.getLogger("opentelemetry").setLevel(logging.ERROR)
    for each in ("httpx", "httpcore"):  # they tell of each request with its query, which may hold what opens a preview
        logging.getLogger(each).setLevel(logging.ERROR)


def log_beside_answers() -> None:
    """What a command logs goes to standard error: what it prints is its answer alone. What is set up already stays."""
    if not structlog.is_configured():
        structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))


def _of_worker(worker: int, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:  # noqa: ARG001  a processor's form
    event["worker"] = worker
    return event


def _name_exceptions(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:  # noqa: ARG001  a processor's form
    """An exception as its type and the place it came from: its text may quote what a visitor sent."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exception()
    elif isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        event["error"] = type(error).__name__
        event["at"] = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
    return event
