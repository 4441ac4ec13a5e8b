"""What a visitor sent, made fit for a metric's label or a line of the log: short, printable, and without an e-mail address."""

from __future__ import annotations

import re
from typing import Final

MASKED: Final = "(masked)"
"""In place of a name, or of a part of a path, that may be an e-mail address."""

OTHER: Final = "(other)"
"""In place of a name that is none, that is too long, or for which there is no room."""

LONGEST_NAME: Final = 100
LONGEST_PATH: Final = 200
LONGEST_TEXT: Final = 500

_MAIL = re.compile("@|%(?:25)*40")
_MAIL_IN_PATH = re.compile(f"[^/]*(?:{_MAIL.pattern})[^/]*")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff]")


def event_label(name: object) -> str:
    """The name of an event, or of a parameter, as a label."""
    if not isinstance(name, str) or not name or len(name) > LONGEST_NAME:
        return OTHER
    return MASKED if _MAIL.search(name) else _printable(name)


def path_label(path: str) -> str:
    """The path as a line of the log may show it: its beginning, without the query, without e-mail addresses."""
    shown = _MAIL_IN_PATH.sub(MASKED, path.partition("?")[0])
    return _printable(shown if len(shown) <= LONGEST_PATH else shown[:LONGEST_PATH] + "…")


def text_label(text: str) -> str:
    """A sentence of ours with a visitor's words in it: its beginning, without e-mail addresses."""
    shown = " ".join(MASKED if _MAIL.search(word) else word for word in text.split(" "))
    return _printable(shown if len(shown) <= LONGEST_TEXT else shown[:LONGEST_TEXT] + "…")


def _printable(text: str) -> str:
    return text if text.isascii() and text.isprintable() else _UNPRINTABLE.sub("\ufffd", text)
