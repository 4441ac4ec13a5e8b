"""What MkDocs does not do by itself: pages that lie outside of docs/, links that lead there, and lists as GitHub writes them.

On GitHub a link may lead to any file of the repository. In the site each such file has a page of its own below ``files/``; a
folder is shown in the repository, once its address stands in pyproject.toml, and is plain text before.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page

from docs.site.markdown import ABOUT, ROOT, file_of, indented, outside, page_of, repository, rewritten

ICON: Final = "site/icon.svg"
ADDRESS: Final = repository((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
_LANGUAGES: Final = {"Caddyfile": "", "Dockerfile": "dockerfile", ".conf": "nginx", ".service": "ini", ".caddy": "", ".txt": ""}


def _shown(path: str) -> str:
    """A file as a page: Markdown as it is, anything else as one block of code."""
    text = (ROOT / path).read_text(encoding="utf-8")
    if path.endswith(".md"):
        return text
    name, suffix = PurePosixPath(path).name, PurePosixPath(path).suffix
    language = _LANGUAGES.get(suffix or name, suffix.removeprefix("."))
    return f"# `{path}`\n\n````{language}\n{text.rstrip()}\n````\n"


def on_config(config: MkDocsConfig) -> None:
    """A link to the repository below each page. As MkDocs' own setting it would have every reader ask GitHub for its stars."""
    if ADDRESS:
        config.extra["social"] = [{"icon": "fontawesome/solid/code", "link": ADDRESS, "name": "Repository"}]


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


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """A page, with links as they are in the site. Files of the repository are not searched; the first page has none beside it."""
    if page.is_homepage or page.file.src_uri.startswith("files/"):
        page.meta["hide"] = ["navigation"]
    if page.file.src_uri.startswith("files/"):
        page.meta["search"] = {"exclude": True}
    return indented(rewritten(file_of(page.file.src_uri), markdown, ADDRESS))


def on_page_content(html: str, **_: object) -> str:
    """The tables of keys get a name, by which the style sheet lays them out on a phone."""
    return re.sub(
        r"<table>(?=\s*<thead>\s*<tr>\s*<th>key</th>)(.*?</table>)", r'<div class="keys"><table>\1</div>', html, flags=re.DOTALL
    )
