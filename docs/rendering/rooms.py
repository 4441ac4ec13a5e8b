"""Draws ``docs/pictures/rooms.svg`` and writes the tables of ``docs/architecture.md`` from the tree itself. ``make docs``.

What a room is for is the first sentence of its docstring; what it imports is read from its files.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Final

from docs.rendering.places import DOCS
from tests.house import MAY_IMPORT, ROOMS

ROOT: Final = DOCS.parent
PAGE: Final = DOCS / "architecture.md"
PICTURE: Final = DOCS / "pictures" / "rooms.svg"

PURPOSES: Final[Mapping[str, str]] = {
    "core": "types, expressions, variables, triggers, transformations' order, the container that runs a request",
    "wire": "formats of the outside: GA4 hits, Measurement Protocol, Universal Analytics, consent, cookies, hashing",
    "config": "from YAML to typed settings: positions, errors, warnings, `${NAME}`, the JSON Schema",
    "clients": "one client a file: which requests it claims, and which events they are",
    "transformations": "one transformation a file",
    "tags": "one tag a file: what it stores of an event, what it sends, what an answer means",
    "server": "everything that touches a socket, a disk, a clock, a thread or chance",
    "tagyard": "what plugins import, and what is started",
}
"""By top-level folder."""

_OF_FOLDERS: Final = "| Folder | What lives there | It imports |\n|---|---|---|\n"
_OF_ROOMS: Final = "| Room of `server/` | What it is for | Rooms it imports |\n|---|---|---|\n"
_SENTENCE: Final = re.compile(r"(.+?[.!?])(?:\s|$)", re.DOTALL)


@cache
def sources() -> Mapping[str, str]:
    """The text of each module by its dotted name."""
    paths = (path for folder in MAY_IMPORT for path in (ROOT / folder).rglob("*.py"))
    parts = ((path.relative_to(ROOT).with_suffix("").parts, path) for path in paths)
    return {".".join(names).removesuffix(".__init__"): path.read_text(encoding="utf-8") for names, path in parts}


def imports(depth: int) -> Mapping[str, set[str]]:
    """By folder of this depth, the other such folders that its modules import."""
    found: dict[str, set[str]] = {}
    for module, text in sources().items():
        here = _folder(module, depth)
        there = {_folder(name, depth) for name in _IMPORT.findall(text)}
        found.setdefault(here, set()).update(there - {here})
    return found


_IMPORT: Final = re.compile(rf"^ *(?:from|import) ((?:{'|'.join(MAY_IMPORT)})\b[\w.]*)", re.MULTILINE)


def _folder(module: str, depth: int) -> str:
    return ".".join(module.split(".")[:depth])


def render(page: str) -> str:
    """The page with its tables as they are now. Raises ValueError where one is missing."""
    page = _replaced(page, _OF_FOLDERS, _folders(imports(1)))
    return _replaced(page, _OF_ROOMS, _rooms(imports(2)))


def _replaced(page: str, head: str, rows: Iterable[str]) -> str:
    table = (head + "".join(rows)).replace("\\", r"\\")
    page, found = re.subn(rf"^{re.escape(head)}(\|.*\n)*", table, page, flags=re.MULTILINE)
    if found != 1:
        raise ValueError(f"docs/architecture.md has no table that begins with {head.splitlines()[0]!r}")
    return page


def _folders(edges: Mapping[str, set[str]]) -> Iterator[str]:
    for folder in MAY_IMPORT:
        yield f"| `{folder}/` | {PURPOSES[folder]} | {_listed(edges[folder], list(MAY_IMPORT)) or 'nothing of ours'} |\n"


def _rooms(edges: Mapping[str, set[str]]) -> Iterator[str]:
    for room in ROOMS:
        names = {each.removeprefix("server.") for each in edges[f"server.{room}"] if each.startswith("server.")}
        yield f"| `{room}` | {_purpose(room)} | {_listed(names, ROOMS) or '–'} |\n"


def _listed(names: set[str], order: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in order if name in names)


def _purpose(room: str) -> str:
    said = ast.get_docstring(ast.parse(sources()[f"server.{room}"])) or ""
    sentence = _SENTENCE.match(said)
    return " ".join((sentence[1] if sentence else said).split()).replace("``", "`")


# The picture. Lengths are pixels; each box lies above what it may import.

_WIDTH: Final = 860
_MARGIN: Final = 20
_INNER: Final = _WIDTH - 2 * _MARGIN
_GAP: Final = 14
_HEIGHT: Final = 60
_ROAD: Final = 40
_ROOM: Final = (112, 34)
_COLUMNS: Final = 6
_ROWS: Final = -(-len(ROOMS) // _COLUMNS)
_HEAD: Final = 58
_SERVER: Final = _HEAD + 6 + _ROWS * (_ROOM[1] + 8)
_QUARTER: Final = (_INNER - 3 * _GAP) // 4
_COMPONENTS: Final = (("clients", "request → events"), ("transformations", "event → event"), ("tags", "event → requests"))

_STYLE: Final = """
  text { font: 14px system-ui, sans-serif; fill: #1f2328; }
  .small { font-size: 12px; fill: #5d656e; }
  .name { font-weight: 600; }
  .folder { fill: #f6f5f1; stroke: #0b6b57; }
  .room { fill: #e5f1ed; stroke: #b9d8cd; }
  .road { stroke: #5d656e; fill: none; }
  .found { stroke-dasharray: 4 4; }
  .head { fill: #5d656e; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e8e8e4; } .small { fill: #9aa4ad; } .folder { fill: #1d2125; stroke: #58c9ab; }
    .room { fill: #1d322c; stroke: #2f5a4d; } .road { stroke: #9aa4ad; } .head { fill: #9aa4ad; }
  }
"""
_DESCRIBED: Final = "The folders, each above those that it may import, and the rooms of server in their order from the ground up."


def picture() -> str:
    """The SVG. It says by its own style what it looks like in the light and in the dark."""
    server = _MARGIN + _HEIGHT + _ROAD
    components = server + _SERVER + _ROAD
    wire = components + _HEIGHT + _ROAD
    core = wire + _HEIGHT + _ROAD
    right = _MARGIN + _QUARTER + _GAP
    parts = [
        _box(_MARGIN, _MARGIN, _INNER, _HEIGHT, "tagyard", "what is started; what plugins import"),
        _road(_WIDTH // 2, server, "starts"),
        _box(_MARGIN, server, _INNER, _SERVER, "server", "sockets, disks, clocks, threads"),
        *_rooms_drawn(server + _HEAD),
        _road(_MARGIN + _QUARTER // 2, components, "imports"),
        _road(_WIDTH // 2 + 100, components, "finds by entry point", found=True),
        _box(_MARGIN, components, _QUARTER, wire + _HEIGHT - components, "config", "the file, read and checked"),
        *(_box(right + at * (_QUARTER + _GAP), components, _QUARTER, _HEIGHT, *each) for at, each in enumerate(_COMPONENTS)),
        _road(_WIDTH // 2 + 100, wire, "import"),
        _box(right, wire, _INNER - _QUARTER - _GAP, _HEIGHT, "wire", "formats of the outside, read and written"),
        _road(_MARGIN + _QUARTER // 2, core, "imports"),
        _road(_WIDTH // 2 + 100, core, "imports"),
        _box(_MARGIN, core, _INNER, _HEIGHT, "core", "types, expressions, the container: pure"),
    ]
    size = f'viewBox="0 0 {_WIDTH} {core + _HEIGHT + _MARGIN}" width="{_WIDTH}" height="{core + _HEIGHT + _MARGIN}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">'
    return "\n".join([head, f"<title>{_DESCRIBED}</title>", f"<style>{_STYLE}</style>", *parts, "</svg>\n"])


def _rooms_drawn(top: int) -> Iterator[str]:
    """From the ground up: the first room stands below on the left."""
    across = (_INNER - 2 * _GAP - _ROOM[0]) // (_COLUMNS - 1)
    for at, room in enumerate(ROOMS):
        row, column = divmod(at, _COLUMNS)
        x, y = _MARGIN + _GAP + column * across, top + (_ROWS - 1 - row) * (_ROOM[1] + 8)
        yield f'<rect class="room" x="{x}" y="{y}" width="{_ROOM[0]}" height="{_ROOM[1]}" rx="6"/>'
        yield f'<text x="{x + _ROOM[0] // 2}" y="{y + 22}" text-anchor="middle">{room}</text>'


def _box(x: int, y: int, width: int, height: int, name: str, what: str) -> str:
    box = f'<rect class="folder" x="{x}" y="{y}" width="{width}" height="{height}" rx="8"/>'
    title = f'<text class="name" x="{x + _GAP}" y="{y + 26}">{name}/</text>'
    return f'{box}{title}<text class="small" x="{x + _GAP}" y="{y + 46}">{what}</text>'


def _road(x: int, down_to: int, what: str, *, found: bool = False) -> str:
    """An arrow from the box above to the one that begins at ``down_to``."""
    line = f'<path class="road{" found" if found else ""}" d="M{x} {down_to - _ROAD + 4}V{down_to - 10}"/>'
    tip = f'<path class="head" d="M{x - 5} {down_to - 12}h10l-5 8z"/>'
    return f'{line}{tip}<text class="small" x="{x + 12}" y="{down_to - _ROAD // 2 + 4}">{what}</text>'
