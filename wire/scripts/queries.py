"""The queries by which scripts are asked for, brought down to what upstream's answer depends on.

Anybody writes anything into a query, and every query that goes upstream as it is costs a fetch and a place in the cache. So
parameters that nothing depends on are left out, the others are put into one order, and a blank one is as good as none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, quote, unquote

from core.query import plain_ampersands
from wire.scripts.paths import FRAME_PATH, SCRIPT_PATHS

ID: Final = re.compile("[A-Za-z0-9_-]{1,64}", re.ASCII)
"""What may be an id: of a measurement, a container, a Google tag, an account of Ads."""

PREVIEWS: Final = ("gtm_auth", "gtm_preview", "gtm_debug")
"""Parameters by which somebody asks for a version that visitors do not get. Not kept anywhere."""
_WINS: Final = "gtm_cookies_win"
"""Says that a previewer's cookies count over the parameters of a preview: nothing by itself."""

_SCRIPT: Final = ("id", "l", "cx", "gtm", "sign", "tag_exp", *PREVIEWS, _WINS)
PARAMETERS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(SCRIPT_PATHS, _SCRIPT),
    FRAME_PATH: ("id", *PREVIEWS, _WINS),
}
"""By path what upstream's answer depends on: ``l`` is the data layer's name, ``cx`` and ``gtm`` tell which script asks for
another, ``sign`` is a signature, ``tag_exp`` names experiments. A path that is not here depends on nothing."""

LONGEST: Final = 512
"""Characters of a value. Signatures and lists of experiments are the longest that scripts send."""

TELEMETRY: Final = "is_td"
"""With this parameter a request for a script is a report to Google, as on the paths for reports."""


@dataclass(frozen=True, slots=True)
class ScriptQuery:
    """A query, read: each value of ``id``, the other parameters (of a repeated name the first counts)."""

    ids: tuple[str, ...]
    values: Mapping[str, str]

    @property
    def id(self) -> str | None:
        """The one id; None where there is none, more than one, or one that no id looks like."""
        return self.ids[0] if len(self.ids) == 1 and ID.fullmatch(self.ids[0]) else None

    @property
    def is_telemetry(self) -> bool:
        """Whether a script reports with it."""
        return bool(self.values.get(TELEMETRY))

    def asked_of(self, path: str, id: str) -> str:
        """The query that goes upstream for this path and id, percent-encoded."""
        known = PARAMETERS.get(path, ())
        found = {**self.values, "id": id}
        asked = {name: found[name] for name in known if self._counts(name, found.get(name, ""))}
        if asked.keys().isdisjoint(PREVIEWS):
            asked.pop(_WINS, None)
        return "&".join(f"{name}={quote(value, safe=_PLAIN)}" for name, value in asked.items())

    def left_out(self, path: str) -> list[str]:
        """Names of parameters that are given and do not go upstream, as they came."""
        known = PARAMETERS.get(path, ())
        return [name for name, value in self.values.items() if value and not (name in known and self._counts(name, value))]

    @staticmethod
    def _counts(name: str, value: str) -> bool:
        return name == "id" or 0 < len(value) <= LONGEST


_PLAIN: Final = "-._~$"


def read_query(query: str) -> ScriptQuery:
    """The query of a request; ``;`` separates as ``&`` does, since some servers take it for one."""
    values: dict[str, str] = {}
    ids = []
    for name, value in _pairs(query):
        if name == "id":
            ids.append(value)
        else:
            values.setdefault(name, value)
    return ScriptQuery(tuple(ids), values)


def _pairs(query: str) -> Iterator[tuple[str, str]]:
    text = query.encode("latin-1", "replace").decode(errors="replace")
    for piece in re.split("[&;]", plain_ampersands(text)):
        if piece:
            name, _, value = piece.replace("+", " ").partition("=")
            yield unquote(name).strip(), unquote(value)


def is_preview(url: str) -> bool:
    """Whether the URL asks for a version that visitors do not get."""
    return any(name in PREVIEWS and value for name, value in parse_qsl(url.partition("?")[2]))


def id_of(url: str) -> str:
    """Whose file it is; empty where the URL names nobody."""
    return next((value for name, value in parse_qsl(url.partition("?")[2]) if name == "id"), "")
