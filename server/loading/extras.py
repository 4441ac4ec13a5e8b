"""Whether what a tag is sent by is installed: some need a package that only an extra of Tagyard's brings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import Final

from config import Loaded, Problem

_BRINGS: Final[Mapping[str, tuple[str, str]]] = {"kafka": ("confluent_kafka", "confluent-kafka")}
"""By extra the module that is imported, and the package that has it."""


def missing_extras(loaded: Loaded) -> Iterator[Problem]:
    """A mistake for each tag that could send nothing."""
    for tag in loaded.settings.tags.values() if loaded.settings else ():
        extra = tag.settings.extra
        if extra and find_spec(_BRINGS[extra][0]) is None:
            said = f"needs {_BRINGS[extra][1]}, which is not installed: pip install 'tagyard[{extra}]'"
            yield loaded.problem(("tags", tag.name), said)
