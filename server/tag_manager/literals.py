"""Texts of the export as what stands for them: in templates, in expressions, and where a text is taken as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_QUOTED: Final = re.compile(r"[^']+|'+")


def parts(text: str) -> Iterator[tuple[bool, str]]:
    """The pieces of a text, whether each is the name of a variable, which stands in ``{{ }}``."""
    end = 0
    for start, stop in _references(text):
        if text[end:start]:
            yield False, text[end:start]
        yield True, text[start + 2 : stop - 2].strip()
        end = stop
    if text[end:]:
        yield False, text[end:]


def has_reference(text: str) -> bool:
    """Whether a variable is named in it."""
    return next(_references(text), None) is not None


def _references(text: str) -> Iterator[tuple[int, int]]:
    """Where they are, found without looking at any character twice."""
    start = text.find("{{")
    while start >= 0:
        stop = text.find("}}", start + 3)
        if stop < 0:
            return
        yield start, stop + 2
        start = text.find("{{", stop + 2)


def lone_reference(text: str) -> str | None:
    """The name, where the text is one reference and nothing else."""
    found = list(parts(text))
    return found[0][1] if len(found) == 1 and found[0][0] else None


def in_template(text: str) -> str:
    """A literal piece of a text in which ``{{ }}`` are expressions."""
    opened = re.sub(r"\{\{|\{%", lambda found: f"{{{{ '{found[0]}' }}}}", text)
    return opened.replace("${", "$${")


def as_written(text: str) -> str:
    """A text that is taken as it is, but for ``${NAME}``. Beside ``{{`` none of that can stand, and a blank comes between."""
    return text.replace("${", "$ {" if "{{" in text else "$${")


def in_expression(text: str) -> str:
    """A literal of the expression language, which has no escapes: ``'…'``, else ``"…"``, else both, joined."""
    if "${" in text:
        return _joined([in_expression(piece) for piece in re.split(r"(?<=\$)(?=\{)", text)])
    if "'" not in text:
        return f"'{text}'"
    if '"' not in text:
        return f'"{text}"'
    return _joined([f'"{piece}"' if "'" in piece else f"'{piece}'" for piece in _QUOTED.findall(text)])


def _joined(pieces: list[str]) -> str:
    return f"({' ~ '.join(pieces)})"


def spoken(text: str) -> str:
    """A text of the export within a line of a report or a comment."""
    line = re.sub(r"\s*[\r\n]+\s*", " ", text.strip())
    return "".join(each if each.isprintable() else " " for each in line)
