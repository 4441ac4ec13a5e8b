"""The commands of ``tagyard``, one a module. Exit codes: 0 done, 1 the answer is bad news, 2 the command was not understood."""

from __future__ import annotations

from server.cli.main import main

__all__ = ["main"]
