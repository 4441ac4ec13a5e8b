"""``tagyard``, and ``python -m tagyard``: starts the command line once it is known that its packages are Tagyard's own."""

from __future__ import annotations

import os
import sys

from tagyard.hidden import hidden


def main() -> None:
    """What the installed command calls."""
    if said := hidden():
        sys.exit(f"Error: {said}")
    if sys.argv[1:] == ["healthy"] and (folder := os.environ.get("TAGYARD_DATA")):
        from server.control.health import (
            check,  # a container asks this twice a minute, and all else would cost it twenty times as much
        )

        sys.exit(check(folder))
    from server.cli import main as tagyard  # what it imports may be somebody else's, and is looked at first

    tagyard(prog_name="tagyard")


if __name__ == "__main__":
    main()
