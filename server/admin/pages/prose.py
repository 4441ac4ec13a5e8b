"""Docstrings as a page shows them: paragraphs and lists of plain words and code, their lines joined."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

Words = list[tuple[str, str]]
"""Pairs of plain words and the code that follows them; the last code is empty."""

_CODE: Final = re.compile(r"``(.+?)``", re.DOTALL)
_ITEM: Final = re.compile(r"^[*-] ", re.MULTILINE)


class Block(NamedTuple):
    """A paragraph, which is one piece of text, or a list of such."""

    is_list: bool
    pieces: list[Words]


def prose(text: str) -> Iterator[Block]:
    """Block by block. A list may follow its first words without an empty line."""
    for part in re.split(r"\n{2,}", text.strip()):
        before, *items = _ITEM.split(part)
        if before.strip():
            yield Block(False, [_words(before)])
        if items:
            yield Block(True, [_words(each) for each in items])


def _words(text: str) -> Words:
    pieces = _CODE.split(" ".join(text.split()))
    return list(zip(pieces[::2], [*pieces[1::2], ""], strict=True))
