"""``python -m server.cli``: the same as ``tagyard``."""

from __future__ import annotations

from server.cli.main import main

main(prog_name="tagyard")
