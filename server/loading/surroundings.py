"""What a configuration takes of the machine it runs on: values of the environment by name, and whether its secrets are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from config import Loaded

Origin: TypeAlias = Literal["environment", "file", "nowhere"]
"""Where a secret is: in the process environment, in the file that ``NAME_FILE`` names, or not there."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """``plain`` has the names listed under ``environment`` that the process environment sets, ``secrets`` every ``${NAME}``."""

    plain: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, Origin] = field(default_factory=dict)


def surroundings_of(loaded: Loaded, environ: Mapping[str, str]) -> Surroundings:
    """Those of a file, read in this environment."""
    plain = {name: environ[name] for name in loaded.environment if name in environ}
    return Surroundings(plain, {name: _origin(name, environ) for name in loaded.secrets})


def _origin(name: str, environ: Mapping[str, str]) -> Origin:
    if environ.get(name):
        return "environment"
    return "file" if environ.get(f"{name}_FILE") else "nowhere"
