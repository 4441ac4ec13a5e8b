"""What differs between the kinds of files: the types upstream may answer with, and how long who may keep them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from server.scripts.cached import Key

_JAVASCRIPT: Final = frozenset({"application/javascript", "application/x-javascript", "text/javascript"})
_HTML: Final = frozenset({"text/html"})


@dataclass(frozen=True, slots=True)
class ScriptKind:
    """The rules of one kind of file. ``fresh_for`` (seconds) is the longest that a copy counts as fresh.

    ``framed`` is a page for a frame, ``scoped`` a worker that serves more than its own folder.
    """

    accepted: frozenset[str]
    content_type: str
    cache_control: str
    fresh_for: float
    framed: bool = False
    scoped: bool = False


_SCRIPT: Final = ScriptKind(_JAVASCRIPT, "text/javascript; charset=utf-8", "private, max-age=900", 900)
_FRAME: Final = ScriptKind(_HTML, "text/html; charset=utf-8", "private, max-age=900", 900, framed=True)
_WORKER: Final = ScriptKind(_JAVASCRIPT, "text/javascript; charset=utf-8", "public, max-age=604800", 86_400, scoped=True)
_WORKER_FRAME: Final = ScriptKind(_HTML, "text/html; charset=utf-8", "public, max-age=604800", 86_400, framed=True)
_KINDS: Final = {"script": _SCRIPT, "frame": _FRAME, "worker": _WORKER}


def kind_of(key: Key) -> ScriptKind:
    """The rules of this file: a worker comes as a script and as the frame that registers it."""
    is_frame = key.kind == "worker" and key.url.partition("?")[0].endswith(".html")
    return _WORKER_FRAME if is_frame else _KINDS[key.kind]
