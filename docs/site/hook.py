"""What MkDocs does not do by itself: pages that lie outside of docs/, and links that lead there.

GitHub shows the same Markdown, where a link may lead to any file of the repository. In the site each such file has a page of its
own below ``files/``; a folder is shown in the repository, once its address stands in pyproject.toml, and is plain text before.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page

ROOT: Final = Path(__file__).parent.parent.parent
ABOUT: Final = {
    "CHANGELOG.md": "about/changelog.md",
    "CONTRIBUTING.md": "about/contributing.md",
    "SECURITY.md": "about/security.md",
}
"""Pages that lie where GitHub looks for them, and their names in the site."""

ICON: Final = "site/icon.svg"

_LINK: Final = re.compile(
    r"^ *(?P<fence>`{3,}).*?^ *(?P=fence)$|(?:\[(?P<text>(?:`[^`\n]*`|[^][`])*))?\]\((?P<to>[^)\s:]+)\)|`[^`\n]+`",
    re.DOTALL | re.MULTILINE,
)
"""A link within the site or the repository; or code, in which there are none."""
_LANGUAGES: Final = {"Caddyfile": "", "Dockerfile": "dockerfile", ".conf": "nginx", ".service": "ini", ".caddy": "", ".txt": ""}


def repository() -> str | None:
    """Where the repository is seen in a browser; None until its owner says so in pyproject.toml."""
    urls = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"].get("urls", {})
    return urls.get("Repository", "").rstrip("/") or None


def page_of(path: str) -> str:
    """The page of a file of the repository, as named in the site's own folder of Markdown."""
    if path.startswith("docs/"):
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
        if (ROOT / target).is_file() and not target.startswith("docs/"):
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

    return _LINK.sub(change, markdown)


def _target(path: str, link: str) -> str:
    if link.startswith("#"):
        return path
    return os.path.normpath(PurePosixPath(path).parent / link.partition("#")[0])


def _shown(path: str) -> str:
    """A file as a page: Markdown as it is, anything else as one block of code, and not found by the search."""
    text = (ROOT / path).read_text(encoding="utf-8")
    if path.endswith(".md"):
        return text
    name, suffix = PurePosixPath(path).name, PurePosixPath(path).suffix
    language = _LANGUAGES.get(suffix or name, suffix.removeprefix("."))
    return f"---\nsearch: {{exclude: true}}\nhide: [navigation, toc]\n---\n\n# `{path}`\n\n````{language}\n{text.rstrip()}\n````\n"


def on_config(config: MkDocsConfig) -> None:
    """The link to the repository at the top of each page."""
    config.repo_url = repository() or ""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages that lie outside of docs/: those at the root, and whatever a page leads to."""
    files.append(File.generated(config, ICON, abs_src_path=str(ROOT / "server" / "admin" / "static" / "icon.svg")))
    waiting = [path for path in ABOUT if (ROOT / path).exists()]
    for file in files.documentation_pages():
        waiting += outside(f"docs/{file.src_uri}", file.content_string)
    while waiting:
        path = waiting.pop()
        if files.get_file_from_path(page_of(path)) is None:
            text = _shown(path)
            level = InclusionLevel.INCLUDED if path in ABOUT else InclusionLevel.NOT_IN_NAV
            files.append(File.generated(config, page_of(path), content=text, inclusion=level))
            waiting += outside(path, text)
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, **_: object) -> str:
    """The links of a page."""
    return rewritten(file_of(page.file.src_uri), markdown, config.repo_url or None)


def on_page_content(html: str, **_: object) -> str:
    """The tables of keys get a name, by which the style sheet lays them out on a phone."""
    return re.sub(r"<table>(?=\s*<thead>\s*<tr>\s*<th>key</th>)(.*?</table>)", r'<div class="keys"><table>\1</div>', html, flags=re.DOTALL)
