"""What became of each entity, for people and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from server.tag_manager import literals
from server.tag_manager.export import KINDS, Export
from server.tag_manager.outcome import STATUSES, Added, Outcome

_NEXT: Final = (
    "Next: put the secrets into .env, from .env.example",
    "      name your `measurement_ids` on the clients, and `trusted_proxies` under `server`",
    "      tagyard check {file}",
)


@dataclass(frozen=True, slots=True)
class SecretName:
    """A secret that the file names, and where the export had it."""

    name: str
    origin: str


@dataclass(frozen=True, slots=True)
class Report:
    """Of one import. The outcomes are in the order of the report."""

    export: Export
    outcomes: Sequence[Outcome]
    secrets: Sequence[SecretName]
    added: Sequence[Added]
    masked: Callable[[str], str]
    """Takes secrets out of names."""

    @property
    def complete(self) -> bool:
        """Whether nothing was approximated or skipped."""
        return not any(each.status in ("approximated", "skipped") for each in self.outcomes)

    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """By status and kind."""
        found = {status: Counter(each.entity.kind for each in self.outcomes if each.status == status) for status in STATUSES}
        return {status: dict(counter) for status, counter in found.items()}


def as_json(report: Report) -> Mapping[str, Any]:
    """For programs."""
    return {
        "container": report.export.public_id,
        "version": report.export.version,
        "entities": [_entity(each, report) for each in report.outcomes],
        "counts": report.counts(),
        "secrets": [{"name": each.name, "from": each.origin} for each in report.secrets],
        "added": [each.said for each in report.added],
    }


def _entity(outcome: Outcome, report: Report) -> Mapping[str, Any]:
    entity = outcome.entity
    return {
        "kind": entity.kind,
        "id": report.masked(entity.id),
        "key": outcome.key,
        "name": literals.spoken(report.masked(entity.name)),
        "status": outcome.status,
        "live": outcome.live,
        "reasons": outcome.reasons,
    }


def as_text(report: Report, file: str) -> Iterator[str]:
    """The lines for people."""
    yield from _table(report)
    yield ""
    yield from (_line(each, report) for each in report.outcomes)
    yield from (f"{'secret':<13}{each.name:<44}{each.origin}" for each in report.secrets)
    yield from (f"{'added':<13}{each.said}" for each in report.added)
    yield ""
    yield from (each.format(file=file) for each in _NEXT)


def _table(report: Report) -> Iterator[str]:
    counts = report.counts()
    kinds = dict.fromkeys([*KINDS.values(), *(each.entity.kind for each in report.outcomes)])
    yield f"{'':<16}{''.join(f'{status:>14}' for status in STATUSES)}"
    for kind in kinds:
        row = [counts[status].get(kind, 0) for status in STATUSES]
        if any(row):
            yield f"{kind:<16}{''.join(f'{number:>14}' for number in row)}"


def _line(outcome: Outcome, report: Report) -> str:
    entity = outcome.entity
    name = literals.spoken(report.masked(entity.name))
    begin = f"{outcome.status:<13} {entity.kind:<15} {outcome.key or '-':<28} «{name}»"
    return f"{begin}: {'; '.join(outcome.reasons)}" if outcome.reasons else begin
