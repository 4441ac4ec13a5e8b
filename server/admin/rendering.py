"""Templates and the files beside them. Everything that is shown is escaped; nothing is marked safe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final, TypedDict

import jinja2
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from core.product import VERSION
from server.admin.fitting import LONGEST, clipped, fitting
from server.admin.times import iso, parted, utc
from server.admin.view import query_of

FOLDER: Final = Path(__file__).parent
_KINDS: Final = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(FOLDER / "templates"), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
)
_TEMPLATES.filters |= {"iso": iso, "utc": utc, "parted": parted, "fitting": fitting, "clipped": clipped}
_TEMPLATES.globals |= {"query_of": query_of, "longest": LONGEST}


class How(TypedDict):
    """How the server is, as far as every page says."""

    colour: str
    reasons: Sequence[str]


def page(
    name: str,
    title: str,
    how: How,
    data: Mapping[str, object],
    *,
    status: int = 200,
    template: str | None = None,
    signed_in: bool = False,
) -> Response:
    """The page of this ``template``, by default the name's."""
    about = {"name": name, "title": title, "version": VERSION, "signed_in": signed_in}
    shown = _TEMPLATES.get_template(template or f"{name}.html")
    return HTMLResponse(shown.render(page={**about, "colour": how["colour"], "reasons": how["reasons"]}, data=data), status)


def fragment(template: str, **given: object) -> str:
    """A part of a page, as HTML."""
    return _TEMPLATES.get_template(template).render(**given)


def problem(how: How, status: int, words: str, *, signed_in: bool = False) -> Response:
    """A page that says in words what is wrong."""
    data = {"status": status, "heading": "Not found" if status == 404 else "Something is wrong", "words": words}
    return page("problem", "Problem", how, data, status=status, signed_in=signed_in)


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
