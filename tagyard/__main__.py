"""``tagyard``, and ``python -m tagyard``: starts the command line once it is known that its packages are Tagyard's own."""

from __future__ import annotations

import sys

from tagyard.hidden import hidden


def main() -> None:
    """What the installed command calls."""
    if said := hidden():
        sys.exit(f"Error: {said}")
    from server.cli import main as tagyard  # what it imports may be somebody else's, and is looked at first

    tagyard(prog_name="tagyard")


if __name__ == "__main__":
    main()
