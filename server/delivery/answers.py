"""What a vendor answered, as it is kept with a row that it did not take: the beginning, without secrets and personal data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import unquote

from core.percent import escaped
from core.types import Payload, Response

LONGEST: Final = 1024
"""Characters that are kept."""

MASK: Final = "•••"

_SHORTEST: Final = 4
_DEEPEST: Final = 20

Mask = Callable[[str], str]
"""Takes secrets, and what looks personal, out of a text."""

IsPersonal = Callable[[str], bool]
"""Whether what stands at a place (a dotted path, in lower case) is personal by nature."""


class Answers:
    """Shortens and masks. The text of a response is worked out once, however many rows it was about."""

    def __init__(self, mask: Mask, is_personal: IsPersonal) -> None:
        self._mask = mask
        self._is_personal = is_personal
        self._last: tuple[Response | None, str] = (None, "")

    def forget(self) -> None:
        """What is masked may be another from now on, and a vendor may give the same answer again."""
        self._last = (None, "")

    def of(self, response: Response | None, payload: Payload) -> str:
        """Of a response to a request that carried this payload; empty where nothing was answered, or nothing in words."""
        if response is None:
            return ""
        if self._last[0] is not response:
            self._last = (response, self._text(response))
        text = self._last[1]
        # The longest first: a name may be the beginning of another.
        for value in sorted(set(self._personal(payload.body)), key=len, reverse=True) if text else ():
            if len(value) <= len(text):
                text = text.replace(value, MASK).replace(escaped(value), MASK)
        return text[:LONGEST]

    def _text(self, response: Response) -> str:
        body = response.body[: 4 * LONGEST].decode("utf-8", "replace").strip()
        words = self._mask(body) if body else ""
        return f"HTTP {response.status}: {words}" if words else ""

    def _personal(self, value: Any, path: str = "", depth: int = 0) -> Iterator[str]:
        """What stands at places of personal data, and is long enough to be told from anything else."""
        if isinstance(value, dict) and depth < _DEEPEST:
            for key, item in value.items():
                yield from self._personal(item, f"{path}.{key}" if path else str(key), depth + 1)
        elif isinstance(value, list) and depth < _DEEPEST:
            for item in value:
                yield from self._personal(item, path, depth + 1)
        elif isinstance(value, str):
            if len(value) >= _SHORTEST and self._is_personal(path.lower()):
                yield value
            if "=" in value:
                yield from self._personal_in_query(value, path)

    def _personal_in_query(self, query: str, path: str) -> Iterator[str]:
        """The same of a text that is a query, or a part of one: decoded, and as it is written."""
        for piece in query.split("&"):
            name, _, text = piece.partition("=")
            place = f"{path}.{unquote(name)}"
            if len(unquote(text)) >= _SHORTEST and self._is_personal(place.lower()):
                yield from (text, unquote(text))
