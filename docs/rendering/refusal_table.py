"""Writes the table of refused requests in ``docs/troubleshooting.md`` from what the debug page says of them. ``make docs``."""

from __future__ import annotations

import re
from typing import Final

from docs.rendering.places import DOCS
from server.inspection.advice import ADVICE

PAGE: Final = DOCS / "troubleshooting.md"
HEAD: Final = "| Reason | Status | What came | What to do |\n|---|---|---|---|\n"


def render(page: str) -> str:
    """The page with the table as it is now."""
    rows = "".join(f"| `{reason}` | {each.status or '–'} | {each.what} | {each.todo} |\n" for reason, each in ADVICE.items())
    page, found = re.subn(rf"^{re.escape(HEAD)}(\|.*\n)*", (HEAD + rows).replace("\\", r"\\"), page, flags=re.MULTILINE)
    if found != 1:
        raise ValueError("docs/troubleshooting.md has no table of refused requests")
    return page
