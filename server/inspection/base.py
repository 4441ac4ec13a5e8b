"""The configuration in force, as far as a draft of another one may know it."""

from __future__ import annotations

from typing import TypedDict

from core.variables import File
from server.inspection.files import Files
from server.loading.serving import Serving


class Base(TypedDict):
    """What a draft starts from, and what it may take of the machine.

    ``texts`` are its files by name, with masks for secrets. ``plain`` has what the process environment sets of the names
    listed under ``environment``, ``secrets`` the names of all others, ``tables`` and ``geo`` the files that it names.
    """

    path: str
    texts: dict[str, str]
    plain: dict[str, str]
    secrets: list[str]
    tables: list[str]
    geo: str | None


def base_of(serving: Serving, files: Files) -> Base:
    """That of what is loaded."""
    settings, outside = serving.settings, serving.surroundings
    return {
        "path": str(serving.path),
        "texts": {file.name: "\n".join(file.lines) for file in files.of(serving)},
        "plain": dict(outside.plain),
        "secrets": list(outside.secrets),
        "tables": [each.file for each in settings.variables.values() if isinstance(each, File)],
        "geo": settings.server.geo.database,
    }
