"""Markdown as GitHub shows it, made into Markdown as MkDocs takes it: links that lead out of docs/, and what stands in lists."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

ROOT: Final = Path(__file__).parent.parent.parent
ABOUT: Final = {
    "README.md": "about/readme.md",
    "CHANGELOG.md": "about/changelog.md",
    "CONTRIBUTING.md": "about/contributing.md",
    "SECURITY.md": "about/security.md",
}
"""Pages that lie where GitHub looks for them, and their names in the site."""

_LINK: Final = re.compile(
    r"^ *(?P<fence>`{3,}).*?^ *(?P=fence)$|(?:\[(?P<text>(?:`[^`\n]*`|[^][`])*))?\]\((?P<to>[^)\s:]+)\)|`[^`\n]+`",
    re.DOTALL | re.MULTILINE,
)
"""A link within the site or the repository; or code, in which there are none."""

_ELSEWHERE: Final = re.compile(r"!\[([^\]\n]*)\]\(https?:[^)\s]+\)")
"""A picture of another website: the site asks nobody for anything, and shows the picture's words."""

_ENTRY: Final = re.compile(r" *(?:[-*+]|\d{1,3}[.)]) +(?=\S)")
_FENCE: Final = re.compile(r" *(`{3,})")
_STEP: Final = 4
"""How far MkDocs wants what belongs to an entry of a list to be indented; to GitHub it is as far as the entry's own text."""


def repository(project: str) -> str | None:
    """Where the repository is seen in a browser, by the text of pyproject.toml; None until its owner has filled it in."""
    urls = tomllib.loads(project)["project"].get("urls", {})
    return urls.get("Repository", "").rstrip("/") or None


def page_of(path: str) -> str:
    """The page of a file of the repository, as named in the site's own folder of Markdown."""
    if _is_page(path):
        return path.removeprefix("docs/")
    return ABOUT.get(path) or f"files/{path}{'' if path.endswith('.md') else '.md'}"


def file_of(page: str) -> str:
    """The file of the repository that is shown as a page."""
    for path, name in ABOUT.items():
        if page == name:
            return path
    if not page.startswith("files/"):
        return f"docs/{page}"
    path = page.removeprefix("files/")
    return path if (ROOT / path).exists() else path.removesuffix(".md")


def outside(path: str, markdown: str) -> Iterator[str]:
    """The files outside of docs/ to which the text of a file leads."""
    for link in _LINK.finditer(markdown):
        target = _target(path, link["to"] or "#")
        if (ROOT / target).is_file() and not _is_page(target):
            yield target


def rewritten(path: str, markdown: str, address: str | None) -> str:
    """The text of a file, with its links as they are between the site's pages."""

    def change(link: re.Match[str]) -> str:
        to = link["to"]
        if to is None or to.startswith("#"):
            return link[0]
        target, (_, mark, heading) = _target(path, to), to.partition("#")
        if (ROOT / target).is_dir():
            return link[0].replace(f"({to})", f"({address}/tree/HEAD/{target})") if address else link["text"]
        page = os.path.relpath(page_of(target), PurePosixPath(page_of(path)).parent)
        return link[0].removesuffix(f"({to})") + f"({page}{mark}{heading})"

    return _LINK.sub(change, _ELSEWHERE.sub(r"\1", markdown))


def _is_page(path: str) -> bool:
    """Whether MkDocs finds it by itself: what lies in docs/, but for whole packages that are examples."""
    return path.startswith("docs/") and not path.startswith("docs/examples/")


def _target(path: str, link: str) -> str:
    if link.startswith("#"):
        return path
    return os.path.normpath(PurePosixPath(path).parent / link.partition("#")[0])


def indented(markdown: str) -> str:
    """The text with what belongs to the entry of a list as far to the right as MkDocs wants it.

    An entry of several paragraphs is followed by an empty line, without which MkDocs takes the next one for more of the last.
    """
    lines, entries, fence, parted = [""], [0], "", False
    for line in markdown.splitlines():
        indent = len(line) - len(line.lstrip(" "))
        while not fence and line and indent < entries[-1]:
            entries.pop()
        entry, edge = (None if fence else _ENTRY.match(line)), _FENCE.match(line)
        if entry and parted and lines[-1]:
            lines.append("")
        lines.append(" " * (_STEP * (len(entries) - 1)) + line[entries[-1] :] if line.strip() else "")
        parted = not entry and (parted or not line.strip())
        if entry:
            entries.append(entry.end())
        elif edge and fence in ("", edge[1]):
            fence = "" if fence else edge[1]
    return "\n".join(lines[1:]) + "\n"
