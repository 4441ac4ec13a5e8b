"""Parameters that are kept under another key than their own, since something else has that: filters must reach them too.

A page may send ``ep.email`` beside ``epn.email``: one has the key ``email``, the other is ``x-ga-mp2-ep.email``.
"""

from __future__ import annotations

from typing import Final

from core.paths import put
from core.types import Event
from wire.ga4.table import FALLBACK, GROUPS, PARAMETERS, SERVER, USER_PROPERTIES

_KINDS: Final = {
    f"{FALLBACK}ep.": "",
    f"{FALLBACK}epn.": "",
    f"{FALLBACK}up.": f"{USER_PROPERTIES}.",
    f"{FALLBACK}upn.": f"{USER_PROPERTIES}.",
    f"{FALLBACK}user_data.": "user_data.",
}
_BEGIN: Final = tuple(_KINDS)


def set_aside(event: Event) -> list[tuple[str, Event]]:
    """Each such key, with an event that has nothing but its parameter, at the place where a file would name it."""
    if _ORDINARY.issuperset(event):
        return []
    keys = [key for key in event if key not in _ORDINARY]
    if len(_ORDINARY) >= _MOST_KNOWN:
        _ORDINARY.intersection_update(_USUAL)
    _ORDINARY.update(key for key in keys[:_MOST_KNOWN] if len(key) <= _LONGEST_KNOWN and not key.startswith(_BEGIN))
    return [(key, put({}, _own(key), True)) for key in keys if key.startswith(_BEGIN)]


_USUAL: Final = frozenset({*(row.key for row in PARAMETERS), *GROUPS, SERVER, USER_PROPERTIES, "items", "user_agent"})
_ORDINARY: Final = set(_USUAL)
"""Keys that are none of them: what every event may have, and what others have had. They need not be looked at one by one."""
_MOST_KNOWN: Final = 4096
_LONGEST_KNOWN: Final = 100


def _own(key: str) -> str:
    begin = next(begin for begin in _BEGIN if key.startswith(begin))
    return _KINDS[begin] + key.removeprefix(begin)
