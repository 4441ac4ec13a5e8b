"""From files to settings: every mistake and every doubt at once. No I/O: the caller reads the files and has the environment."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from config.assembly import shared_by_all
from config.broker_checks import check_outbox
from config.case_checks import check_cases
from config.cases import CaseSettings
from config.checks import check
from config.clear_text import note_clear_text
from config.components import Components
from config.derived import derive
from config.document import Document, unite
from config.environment import Outside, Substitution, read_environment
from config.filters import check_filters
from config.loaded import Loaded
from config.making import try_making
from config.messages import unknown
from config.nodes import ListNode, MappingNode, Node, is_empty
from config.problem import Problem, Report
from config.settings import OutboxSettings, ServerSettings, Settings
from config.source import Position, SourceFile
from config.validate import readable, validated
from config.warnings import doubt
from core.deduplication import DeduplicationSettings
from core.fields import ConsentType, Many, Template
from core.registry import KINDS, ComponentKind, Registry
from core.triggers import TriggerSettings
from core.variables import VariableSettings

_COMPONENTS = ("clients", "tags", "transformations")
_MAPPINGS = (*_COMPONENTS, "environment", "variables", "triggers", "server", "outbox", "consent", "deduplicate")
_NEEDED: tuple[ComponentKind, ...] = ("client", "tag")
SECTIONS = (*_MAPPINGS, "exceptions", "tests")


def load(
    sources: Sequence[SourceFile],
    *,
    registry: Registry,
    environ: Mapping[str, str],
    read: Callable[[str], bytes],
    serve: bool,
    vendors: Collection[str] = (),
) -> Loaded:
    """The settings of one file or of a folder's files. Never raises for what they hold; ``sources`` is not empty.

    ``read`` gives the bytes of a file that is named beside the configuration and raises OSError. With ``serve`` a secret
    that is not set is an error, without it a placeholder takes its place. ``vendors`` are those of which filters may ask for
    the rules; any, where there are none.
    """
    report = Report()
    document = unite(sources, report)
    if document is None:
        return Loaded(None, _sorted(report, sources), {}, {}, (), Document(MappingNode(Position(sources[0], 1, 1)), report))
    environment = read_environment(document, environ)
    substitution = Substitution(document, Outside(environ, read, serve), environment)
    settings = _settings(document, substitution, registry)
    check(settings, document, read)
    check_filters(settings, document, substitution, vendors)
    check_cases(settings, document)
    check_outbox(settings.outbox, document)
    if not report.failed and not substitution.placeholders:
        try_making(settings, shared_by_all(settings, environment, substitution.secrets, {}, read, ""), document)
    if not report.failed:
        doubt(settings, document, substitution.used)
        note_clear_text(settings, document, registry)
    return Loaded(
        None if report.failed else settings,
        _sorted(report, sources),
        substitution.secrets,
        environment,
        tuple(substitution.placeholders),
        document,
    )


def _settings(document: Document, substitution: Substitution, registry: Registry) -> Settings:
    """Everything that can be read; what cannot is in the report and left out."""
    _check_sections(document, registry)
    components = Components(document, substitution, registry)
    sections = _Sections(document, substitution)
    server, outbox = sections.whole("server", ServerSettings, {}), sections.whole("outbox", OutboxSettings, {})
    clients, transformations, tags = (components.read(kind) for kind in KINDS)
    read = Settings(
        substitution.environment,
        server,
        outbox,
        clients,
        transformations,
        tags,
        sections.whole("consent", dict[ConsentType, Template], {}),
        sections.each("variables", VariableSettings),
        sections.each("triggers", TriggerSettings),
        sections.whole("exceptions", Many[str], []),
        sections.each("deduplicate", DeduplicationSettings),
        sections.listed("tests", CaseSettings),
    )
    return derive(read, document)


@dataclass(frozen=True, slots=True)
class _Sections:
    document: Document
    substitution: Substitution

    def whole(self, name: str, kind: Any, empty: object) -> Any:
        """The section as one value, without what is wrong; what ``empty`` stands for where nothing is left of it."""
        made = None
        entry = self.document.root.entries.get(name)
        if entry and not is_empty(entry.node) and (name not in _MAPPINGS or isinstance(entry.node, MappingNode)):
            value = self.substitution.value(entry.node, (name,))
            made = readable(kind, value, (name,), self.document)
        return TypeAdapter(kind).validate_python(empty) if made is None else made

    def each(self, name: str, kind: Any) -> dict[str, Any]:
        """The section's entries one by one, without what is wrong."""
        found: dict[str, Any] = {}
        for key, entry in self.document.section(name).items():
            value = self.substitution.value(entry.node, (name, key))
            made = readable(kind, value, (name, key), self.document)
            if made is not None:
                found[key] = made
        return found

    def listed(self, name: str, kind: Any) -> dict[int, Any]:
        """The section's items by their place in its list, without those that are wrong; one alone needs no list."""
        found: dict[int, Any] = {}
        for at, node in enumerate(self._items(name)):
            made = validated(kind, self.substitution.value(node, (name, at)), (name, at), self.document)
            if made is not None:
                found[at] = made
        return found

    def _items(self, name: str) -> Sequence[Node]:
        entry = self.document.root.entries.get(name)
        if entry is None or is_empty(entry.node):
            return ()
        return entry.node.items if isinstance(entry.node, ListNode) else (entry.node,)


def _check_sections(document: Document, registry: Registry) -> None:
    for name, entry in document.root.entries.items():
        if name not in SECTIONS:
            document.error((name,), unknown("key", name, SECTIONS), key=True)
        elif name in _MAPPINGS and not isinstance(entry.node, MappingNode) and not is_empty(entry.node):
            document.error((name,), "must be a mapping")
    for kind in _NEEDED:
        name = f"{kind}s"
        if not document.section(name) and name not in document.root.entries:
            document.error((), f"{name} is missing: name at least one{_such_as(kind, registry)}")


def _such_as(kind: ComponentKind, registry: Registry) -> str:
    types = registry.settings(kind)
    shown = sorted(types, key=lambda each: not types[each].shown_first)
    return f", such as `{kind}s: {{{shown[0]}: {{}}}}`" if shown else ""


def _sorted(report: Report, sources: Sequence[SourceFile]) -> tuple[Problem, ...]:
    order = {source.name: index for index, source in enumerate(sources)}
    return tuple(sorted(report.problems, key=lambda problem: (order[problem.file], problem.line, problem.column)))
