"""The user documentation as tests read it: its pages, their code blocks, and the commands in them."""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
IN_FRONT = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
GENERATED = (DOCS / "reference", DOCS / "commands.md", DOCS / "vendors" / "index.md")
"""Written from the code as a whole, and held by tests of their own."""

PAGES = (
    *(page for name in IN_FRONT if (page := ROOT / name).exists()),
    *(page for page in sorted(DOCS.rglob("*.md")) if not any(page == each or each in page.parents for each in GENERATED)),
)
"""All that somebody has written."""

_BLOCK = re.compile(r"^(?P<indent> *)```(?P<language>\w*)[^\n`]*\n(?P<text>.*?)^(?P=indent)```$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_FENCED = re.compile(r"^ *```.*?^ *```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\((?!https?:)([^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    """A code block, and the line of the page on which its text begins."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}:{self.line}"

    @property
    def where(self) -> str:
        """The page, as the repository names it."""
        return str(self.page.relative_to(ROOT))


@dataclass(frozen=True)
class Command:
    """One line of a shell block, as words; a comment and where the output goes are left out."""

    block: Block
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.block.page.name}: {' '.join(self.words)}"

    @property
    def tagyard(self) -> tuple[str, ...] | None:
        """What ``tagyard`` is given, here or in its container; None where it is another command."""
        words = list(self.words)
        if "--entrypoint" in words and words[:2] == ["docker", "compose"]:
            words.remove("--entrypoint")
            return tuple(words[words.index("tagyard") + 2 :])
        if words[:4] == ["docker", "compose", "exec", "tagyard"]:
            words = words[4:]
        if words[:2] == ["kubectl", "exec"]:
            words = words[words.index("--") + 1 :]
        return tuple(words[1:]) if words[0] == "tagyard" else None


@dataclass(frozen=True)
class Transcript:
    """A ``console`` block: a ``tagyard`` command after ``$``, and what it prints.

    ``configuration`` is the last example of a file above it on its page.
    """

    block: Block
    configuration: Block | None

    def __str__(self) -> str:
        return str(self.block)

    @property
    def words(self) -> list[str]:
        """What ``tagyard`` is given."""
        program, *words = shlex.split(self.block.text.splitlines()[0].removeprefix("$ "))
        assert program == "tagyard", self
        return words

    def shows(self, printed: str) -> bool:
        """Whether this is what the block shows: line by line, where a line of ``…`` stands for any number of them."""
        shown = self.block.text.strip().splitlines()[1:]
        pattern = "".join(r"(?:.*\n)*" if line.strip() == "…" else re.escape(line.rstrip()) + r"[ ]*\n" for line in shown)
        return re.fullmatch(pattern, printed.strip("\n") + "\n") is not None


@cache
def text_of(page: Path) -> str:
    """The page."""
    return page.read_text(encoding="utf-8")


def prose_of(page: Path) -> str:
    """The page without its code blocks."""
    return _FENCED.sub("", text_of(page))


@cache
def all_blocks() -> tuple[Block, ...]:
    """Every code block of every page."""
    return tuple(
        Block(page, text_of(page)[: found.start("text")].count("\n") + 1, found["language"], textwrap.dedent(found["text"]))
        for page in PAGES
        for found in _BLOCK.finditer(text_of(page))
    )


def blocks(language: str) -> list[Block]:
    """Every code block in this language."""
    return [block for block in all_blocks() if block.language == language]


def commands() -> list[Command]:
    """Every command of every shell block; one whose quotes are still open goes on in the next line."""
    return [
        Command(block, tuple(word for word in words[: words.index(">") if ">" in words else None] if word != ">>"))
        for block in blocks("sh")
        for words in _lines(block.text.replace("\\\n", " "))
    ]


def _lines(text: str) -> Iterator[list[str]]:
    line = ""
    for piece in text.splitlines(keepends=True):
        line += piece
        try:
            words = shlex.split(line, comments=True)
        except ValueError:
            continue
        if words:
            yield words
        line = ""
    assert not line, f"a quote has no end: {line}"


def transcripts() -> list[Transcript]:
    """Every command whose output is shown."""
    files = [block for block in blocks("yaml") if "clients:" in block.text or "tags:" in block.text]
    above = {block: [each for each in files if each.page == block.page and each.line < block.line] for block in blocks("console")}
    return [Transcript(block, each[-1] if each else None) for block, each in above.items()]


def links(page: Path) -> list[tuple[Path, str]]:
    """Where the page's links to files lead, and the heading there, or nothing."""
    found = []
    for target in _LINK.findall(prose_of(page)):
        path, _, heading = target.partition("#")
        found.append(((page.parent / path).resolve() if path else page, heading))
    return found


def headings(page: Path) -> list[str]:
    """The names by which links reach the page's headings, in their order."""
    titles = _HEADING.findall(prose_of(page))
    return [re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles]
