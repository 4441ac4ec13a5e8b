"""Which variables and environment names the expressions of the file mention, and where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from config.inside import Spot
from config.problem import Path
from config.settings import Settings
from config.validate import leaves
from core.expressions import Expression
from core.fields import Condition, Template
from core.url import Url


@dataclass(frozen=True, slots=True)
class Mention:
    """An expression, the location of the setting that holds it, and that of its own text, which may be further down."""

    location: Path
    expression: Expression
    text: Path

    def spot(self, name: tuple[str, str]) -> Spot:
        """Where its text names this first."""
        return Spot(self.expression.source, self.expression.places[name])


def mentions(settings: Settings) -> Iterator[Mention]:
    """Every expression of the file: those of templates, of conditions and of URLs, wherever they stand."""
    sections: dict[str, object] = {
        "consent": dict(settings.consent),
        "variables": dict(settings.variables),
        "triggers": dict(settings.triggers),
        "deduplicate": dict(settings.deduplicate),
        **{f"{component.kind}s.{component.name}": component.settings for component in settings.components},
    }
    for name, section in sections.items():
        for location, leaf in leaves(section, tuple(name.split(".", 1))):
            if isinstance(leaf, Template | Condition | Url):
                for steps, expression in leaf.located():
                    yield Mention(location, expression, (*location, *steps))
