"""An export as a whole: each entity translated, and what of it is live, a comment or not in the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias, TypeVar

from server.tag_manager import literals
from server.tag_manager.built_ins import ENGLISH, reader
from server.tag_manager.clients import CLIENTS, ClientNode, priority_of
from server.tag_manager.common import Common, Triggers, common_settings
from server.tag_manager.export import Entity, Export
from server.tag_manager.expressions import Reader, VariableReading
from server.tag_manager.liveness import settle
from server.tag_manager.meaning import Lost
from server.tag_manager.names import Naming, key_of
from server.tag_manager.notes import Notes
from server.tag_manager.outcome import UNUSED, Added, Outcome, judged
from server.tag_manager.remembering import Clients, Remembering
from server.tag_manager.secrets import Secrets
from server.tag_manager.stubs import UNKNOWN, stub_of
from server.tag_manager.tags import STUBS, TAGS, TagNode
from server.tag_manager.templates.clients import CLIENT_TEMPLATES
from server.tag_manager.templates.missing import NEEDED, OWN_TYPES, REASONS, VENDOR_NAMES
from server.tag_manager.templates.recognised import Templates, recognised
from server.tag_manager.templates.tags import TAG_TEMPLATES
from server.tag_manager.templates.variables import VARIABLE_TEMPLATES
from server.tag_manager.templates.vendors import VENDORS
from server.tag_manager.transformations import TARGETS, Tags, read_transformation
from server.tag_manager.translation import Translation
from server.tag_manager.triggers import ClientNames, read_trigger
from server.tag_manager.variables import VARIABLES
from server.tag_manager.yaml_text import Node

Refused: TypeAlias = Mapping[tuple[str, str], str]
"""By section and key, what the product's own check said of it in an earlier round."""

Read = TypeVar("Read", bound=Callable[[Translation], object])

SECTIONS: Final[Mapping[str, str]] = {
    "client": "clients",
    "tag": "tags",
    "trigger": "triggers",
    "variable": "variables",
    "transformation": "transformations",
}
_NO_COUNTERPART: Final = "has no counterpart"


class Importing:
    """One export on its way. Everything is decided by what is in it, and by what was refused before."""

    def __init__(self, export: Export, refused: Refused) -> None:
        self.export = export
        self.refused = refused
        self.templates = Templates(export)
        self.secrets = Secrets(export, self._vendor)
        self.naming = Naming(self.secrets.masked)
        self.notes = Notes(export, self.secrets.masked)
        self.added: list[Added] = []
        self.further: dict[str, list[str]] = {}
        """By the key of a tag, those of others that it became."""
        self.variables = VariableReading(export, self.naming, self._reader(), ENGLISH, _keys(refused, "variables"), self.secrets)
        self.keys = {each: self.naming.of(SECTIONS[each.kind], each) for each in export.entities if each.kind in _NAMED}

    def outcomes(self) -> Sequence[Outcome]:
        """What became of each entity, in the order of the export."""
        clients = [self._client(each) for each in self.export.of("client")]
        if not clients:
            self.added.append(Added("clients", self.naming.take("clients", "ga4"), {"type": "ga4"}, "a file needs a client"))
        readings = {each: self._tag(each) for each in self.export.of("tag")}
        names = ClientNames(
            [(each.entity.name, each.key or "", each.live) for each in clients], [each.key for each in self.added]
        )
        triggers = [self._trigger(each, names) for each in self.export.of("trigger")]
        common = common_settings(
            {each: (read[0], read[2] if isinstance(read[2], TagNode) else None) for each, read in readings.items()},
            Triggers(triggers),
        )
        remembering = Remembering(Clients(clients, self.added), {each.key or "": each for each in triggers})
        tags = [self._finished(each, readings[each], common[each], remembering) for each in self.export.of("tag")]
        changes = [self._transformation(each, Tags(tags, self.further), names) for each in self.export.of("transformation")]
        settled = settle([*clients, *tags, *triggers, *changes], self.export, self.variables)
        return [*settled, *self._others()]

    def _vendor(self, entity: Entity) -> str:
        """What the names of an entity's secrets begin with: the platform, else its own key."""
        template = self.templates.of(entity.type)
        reference = template.reference if template else ""
        vendor = VENDORS.get(reference)
        own = key_of(self.secrets.masked(entity.name), entity.kind, entity.id)
        return VENDOR_NAMES.get(reference) or (vendor.type if vendor else own)

    def _reader(self) -> Callable[[Entity], Reader]:
        built_in = reader(self.export)

        def of(variable: Entity) -> Reader:
            if variable.kind == "built_in":
                return built_in
            if variable.type == "c" and (secret := self.secrets.constant(variable)):
                return lambda _: secret
            template = self.templates.of(variable.type)
            if template is None:
                type = literals.spoken(variable.type)
                return VARIABLES.get(variable.type, lambda _: Lost(f"no variable of the type {type}"))
            unknown = f"the template {template.label} is unknown" if template.entity else f"no variable for {template.label}"
            reason = REASONS.get(template.reference, unknown)
            return VARIABLE_TEMPLATES.get(template.reference, lambda _: Lost(reason))

        return of

    def _reading(self, entity: Entity, own: Mapping[str, Read], made_of: Mapping[str, Read]) -> Read | tuple[str, Lost]:
        """How a client, tag or transformation is read; else the type of its stub, and why it is one."""
        template = self.templates.of(entity.type)
        if template is None:
            lost = Lost(f"no {entity.kind} for the {entity.kind} type {literals.spoken(entity.type)}")
            stub, why = STUBS.get(entity.type, (UNKNOWN, lost.reason))
            return own.get(entity.type, (stub, Lost(why)))
        needed = NEEDED.get(template.reference)
        reason = f"no {entity.kind} for {needed} yet ({template.label})" if needed else f"no {entity.kind} for {template.label}"
        reason = REASONS.get(template.reference, reason)
        return made_of.get(template.reference, (needed or UNKNOWN, Lost(reason)))

    def _client(self, client: Entity) -> Outcome:
        translation, key = Translation(client, self.variables), self.keys[client]
        read = self._reading(client, CLIENTS, CLIENT_TEMPLATES)
        unknown, made = read if isinstance(read, tuple) else (self._stub_type(client), read(translation))
        priority = priority_of(client)
        shared: dict[str, Node] = {**self.notes.of(client, key), **({"priority": priority} if priority else {})}
        stub = self.refused.get(("clients", key), made.reason if isinstance(made, Lost) else "")
        if isinstance(made, ClientNode):
            node: dict[str, Node] = {"type": made.type, **shared, **made.settings}
            if made.scripts is not None and not stub:
                self._add_scripts(f"{key}_scripts", made.scripts, translation)
        else:
            node = {"type": unknown, **shared, **stub_of(translation)}
        return _outcome(translation, "clients", key, node, stub)

    def _add_scripts(self, key: str, ids: list[Node], translation: Translation) -> None:
        key = self.naming.take("clients", key)
        refused = self.refused.get(("clients", key))
        if refused:
            translation.approximate(f"gtag.js is not served: {refused}")
            return
        node: dict[str, Node] = {"type": "google_scripts", **({"ids": ids} if ids else {})}
        self.added.append(Added("clients", key, node, f"gtag.js, which «{literals.spoken(translation.entity.name)}» served"))

    def _trigger(self, trigger: Entity, clients: ClientNames) -> Outcome:
        translation, key = Translation(trigger, self.variables), self.keys[trigger]
        parts = read_trigger(translation, clients)
        refused = self.refused.get(("triggers", key))
        if refused:
            parts = Lost(refused)
        note = self.notes.of(trigger, key)
        if isinstance(parts, Lost):
            reason = f"matches nothing: {parts.reason}"
            return Outcome(trigger, "skipped", [reason], "triggers", key, {**note, "when": False})
        return _outcome(translation, "triggers", key, {**note, **parts.node()}, "")

    def _tag(self, tag: Entity) -> tuple[Translation, str, TagNode | Lost]:
        """The type of the stub that it is where it has no translation, and what it becomes."""
        translation = Translation(tag, self.variables)
        read = self._reading(tag, TAGS, TAG_TEMPLATES)
        if isinstance(read, tuple):
            return translation, *read
        return translation, self._stub_type(tag), read(translation)

    def _stub_type(self, entity: Entity) -> str:
        """Of what has a counterpart, and this one of it has none."""
        template = self.templates.of(entity.type)
        reference = template.reference if template else ""
        vendor = VENDORS.get(reference)
        return vendor.type if vendor else OWN_TYPES.get(reference, UNKNOWN)

    def _finished(
        self, tag: Entity, read: tuple[Translation, str, TagNode | Lost], common: Common, remembering: Remembering
    ) -> Outcome:
        (translation, type, made), key = read, self.keys[tag]
        stub = self.refused.get(("tags", key), made.reason if isinstance(made, Lost) else "")
        node: dict[str, Node] = {**self.notes.of(tag, key), **common.node()}
        if isinstance(made, Lost) or stub:
            type = made.type if isinstance(made, TagNode) else type
            return _outcome(translation, "tags", key, {"type": type, **node, **stub_of(translation)}, stub)
        kept = remembering.keep(made, common, translation)
        if made.only_cookies and kept:
            return Outcome(tag, "approximated", list(translation.reasons))
        if made.only_cookies:
            node = {"type": made.type, **node, **stub_of(translation)}
            return _outcome(translation, "tags", key, node, translation.reasons[-1])
        self._add_further(made, node, translation)
        return _outcome(translation, "tags", key, {"type": made.type, **node, **made.settings}, "")

    def _add_further(self, made: TagNode, node: dict[str, Node], translation: Translation) -> None:
        """The other tags that it becomes."""
        tag = translation.entity
        why = f"a further pixel of «{literals.spoken(tag.name)}»"
        for settings in made.more:
            key = self.naming.take("tags", self.keys[tag])
            refused = self.refused.get(("tags", key))
            if refused:
                translation.approximate(f"a pixel is left out: {refused}")
            else:
                self.added.append(Added("tags", key, {"type": made.type, **node, **settings}, why))
                self.further.setdefault(self.keys[tag], []).append(key)

    def _transformation(self, transformation: Entity, tags: Tags, clients: ClientNames) -> Outcome:
        translation, key = Translation(transformation, self.variables), self.keys[transformation]
        made = read_transformation(translation, tags, clients)
        note, refused = self.notes.of(transformation, key), self.refused.get(("transformations", key), "")
        if made is not None:
            stub = refused or made.stub
            return _outcome(translation, "transformations", key, {"type": made.type, **note, **made.settings}, stub)
        _, lost = self._reading(transformation, {}, {})
        node: dict[str, Node] = {"type": UNKNOWN, **note, **stub_of(translation, TARGETS)}
        return _outcome(translation, "transformations", key, node, lost.reason)

    def _others(self) -> Iterator[Outcome]:
        for entity in self.export.entities:
            if entity.kind == "folder":
                yield Outcome(entity, "imported", ["stands before the names in `note`"])
            elif entity.kind == "template":
                yield self._template(entity)
            elif entity.kind not in SECTIONS and entity.kind != "built_in":
                yield Outcome(entity, "skipped", [_NO_COUNTERPART])

    def _template(self, template: Entity) -> Outcome:
        if template not in self.templates.used:
            return Outcome(template, "unused", [UNUSED])
        reference = recognised(template).reference
        if any(reference in made_of for made_of in (CLIENT_TEMPLATES, TAG_TEMPLATES, VARIABLE_TEMPLATES)):
            return Outcome(template, "imported")
        needed = NEEDED.get(reference)
        return Outcome(template, "skipped", [REASONS.get(reference, f"needs {needed}") if needed else "unknown"])


_NAMED: Final = ("client", "tag", "trigger", "transformation")


def _keys(refused: Refused, section: str) -> Mapping[str, str]:
    return {key: why for (where, key), why in refused.items() if where == section}


def _outcome(translation: Translation, section: str, key: str, node: Node, stub: str) -> Outcome:
    status = "skipped" if stub else judged(translation.reasons)
    reasons = [stub] if stub else translation.reasons
    return Outcome(translation.entity, status, list(reasons), section, key, node, stub)
