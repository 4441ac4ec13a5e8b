"""Templates and the files beside them. Everything that is shown is escaped; nothing is marked safe."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

import jinja2
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from core.product import VERSION

FOLDER: Final = Path(__file__).parent
_KINDS: Final = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(FOLDER / "templates"), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
)


def page(name: str, title: str, health: dict[str, Any], data: Any, *, status: int = 200, **more: Any) -> Response:
    """The page of this template. ``more``: ``template`` (where it is not the name's), ``notice``, ``signed_in``."""
    about = {
        "name": name,
        "title": title,
        "version": VERSION,
        "colour": health["colour"],
        "reasons": health["reasons"],
        "signed_in": more.get("signed_in", False),
        "notice": more.get("notice"),
    }
    template = _TEMPLATES.get_template(more.get("template", f"{name}.html"))
    return HTMLResponse(template.render(page=about, data=data), status)


@cache
def _files() -> dict[str, tuple[bytes, str]]:
    """The static files by name: a few, read once."""
    known = [path for path in (FOLDER / "static").iterdir() if path.suffix in _KINDS]
    return {path.name: (path.read_bytes(), _KINDS[path.suffix]) for path in known}


def static(name: str) -> Response:
    """A stylesheet or a script; kept by the browser only as long as it asks each time."""
    if name not in _files():
        return PlainTextResponse("there is no such file\n", 404)
    content, kind = _files()[name]
    return Response(content, media_type=kind, headers={"cache-control": "no-cache"})
