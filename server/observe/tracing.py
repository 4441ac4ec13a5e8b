"""Imports OpenTelemetry only where `server.traces` is set, and says how to install it where it is missing."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from config.settings import TracesSettings

if TYPE_CHECKING:
    from server.observe.traces import Traces

_NEEDED: Final = ("opentelemetry", "opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")


class TracingMissing(Exception):
    """The file asks for traces, and OpenTelemetry is not installed."""


def check_tracing(settings: TracesSettings | None) -> None:
    """Raises TracingMissing where traces are asked for and cannot be sent."""
    if settings is not None and not all(_is_there(name) for name in _NEEDED):
        raise TracingMissing("server.traces needs OpenTelemetry, which is not installed: pip install 'tagyard[otel]'")


def traces_of(settings: TracesSettings | None, worker: int) -> Traces | None:
    """The traces of this worker; None where none are asked for. Raises TracingMissing."""
    if settings is None:
        return None
    check_tracing(settings)
    from server.observe.traces import Traces

    return Traces(settings, worker)


def _is_there(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False
