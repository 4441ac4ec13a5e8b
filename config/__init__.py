"""The configuration: YAML in, typed settings out, with every mistake at its line. No I/O."""

from config.loaded import Loaded
from config.loading import load
from config.problem import Problem, render
from config.settings import Configured, LogSettings, NatsSettings, OutboxSettings, ServerSettings, Settings
from config.source import SourceFile

__all__ = [
    "Configured",
    "Loaded",
    "LogSettings",
    "NatsSettings",
    "OutboxSettings",
    "Problem",
    "ServerSettings",
    "Settings",
    "SourceFile",
    "load",
    "render",
]
