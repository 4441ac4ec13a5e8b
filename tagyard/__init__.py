"""Tagyard's face: what is started, and what components of your own are written against: ``from tagyard import Tag``.

``docs/components.md`` is the way from nothing to a tested component. What is offered here keeps its meaning from version to
version; the modules behind it move, and are nobody else's to import.

None of them is imported before a name is asked for: ``tagyard.hidden`` looks first whether Tagyard's packages are its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tagyard.face import *  # noqa: F403  the flat list of all that it offers
else:

    def __getattr__(name: str) -> object:
        import tagyard.face as face  # `from tagyard` would ask for it here again

        if name in ("__all__", *face.__all__):
            return getattr(face, name)
        raise AttributeError(f"module 'tagyard' has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted([*globals(), *__getattr__("__all__")])
