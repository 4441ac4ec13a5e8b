"""The user documentation as tests read it: its pages, their code blocks, and the commands in them."""

from __future__ import annotations

import re
import shlex
import textwrap
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = (ROOT / "README.md", *(page for page in sorted((ROOT / "docs").glob("*.md")) if page.name != "reference.md"))
"""All but the reference, which is written from the components and holds their settings, not configurations."""

_BLOCK = re.compile(r"^ *```(\w+)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_FENCED = re.compile(r"^ *```.*?^ *```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\((?!https?:)([^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    """A code block, and the line of the page on which its text begins."""

    page: Path
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


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


def blocks(language: str) -> list[Block]:
    """Every code block in this language."""
    return [
        Block(page, text_of(page)[: found.start(2)].count("\n") + 1, textwrap.dedent(found[2]))
        for page in PAGES
        for found in _BLOCK.finditer(text_of(page))
        if found[1] == language
    ]


def commands() -> list[Command]:
    """Every line of every shell block."""
    return [
        Command(block, tuple(word for word in words[: words.index(">") if ">" in words else None] if word != ">>"))
        for block in blocks("sh")
        for line in block.text.replace("\\\n", " ").splitlines()
        if (words := shlex.split(line, comments=True))
    ]


def transcripts() -> list[Transcript]:
    """Every command whose output is shown."""
    files = [block for block in blocks("yaml") if "clients:" in block.text or "tags:" in block.text]
    above = {block: [each for each in files if each.page == block.page and each.line < block.line] for block in blocks("console")}
    return [Transcript(block, each[-1] if each else None) for block, each in above.items()]


def links(page: Path) -> list[tuple[Path, str]]:
    """Where the page's links to files lead, and the heading there, or nothing."""
    found = []
    for target in _LINK.findall(_FENCED.sub("", text_of(page))):
        path, _, heading = target.partition("#")
        found.append(((page.parent / path).resolve() if path else page, heading))
    return found


def headings(page: Path) -> list[str]:
    """The names by which links reach the page's headings, in their order."""
    titles = _HEADING.findall(_FENCED.sub("", text_of(page)))
    return [re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles]
