"""Clients, transformations and tags: the ``type`` of each is found in the registry, its settings are read by its own model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from config.document import Document
from config.environment import Substitution
from config.messages import unknown
from config.problem import Path
from config.settings import Configured
from config.validate import keys, readable
from core.registry import BASES, ComponentKind, Registry


@dataclass(frozen=True, slots=True)
class Components:
    """Reads the components of a document."""

    document: Document
    substitution: Substitution
    registry: Registry

    def read(self, kind: ComponentKind) -> dict[str, Configured[Any]]:
        """Every component of the kind, in the order of the file. Of one with a mistake there is what can be read without it,
        or what all of its kind have, so that nothing else that is wrong with it waits for another turn.
        """
        found: dict[str, Configured[Any]] = {}
        for name, entry in self.document.section(f"{kind}s").items():
            value = self.substitution.value(entry.node, (f"{kind}s", name))
            component = self._component(kind, name, {} if value is None else value)
            if component:
                found[name] = component
        return found

    def _component(self, kind: ComponentKind, name: str, value: Any) -> Configured[Any] | None:
        path: Path = (f"{kind}s", name)
        if not isinstance(value, dict):
            self.document.error(path, "must be a mapping of settings; {} where there are none")
            return None
        wanted = value.get("type", name)
        component = self._class(kind, wanted, path, "type" in value)
        settings = readable(component.Settings, value, path, self.document) if component else None
        if settings is None:
            component = BASES[kind]
            common = {key: value[key] for key in keys(component.Settings) if key in value}
            settings = readable(component.Settings, common, path, self.document)
        return Configured(name, kind, wanted, component, settings) if settings else None

    def _class(self, kind: ComponentKind, type: object, path: Path, written: bool) -> Any:
        at = (*path, "type") if written else path
        if not isinstance(type, str):
            self.document.error(at, "must be a text")
            return None
        entry = self.registry.find(kind, type)
        if entry is None:
            self.document.error(at, self._no_type(kind, type, written), key=not written)
            return None
        try:
            return entry.load()
        except Exception as error:  # a plugin's import may fail in any way
            self.document.error(at, f"the {kind} type {type} could not be loaded: {error}", key=not written)
            return None

    def _no_type(self, kind: ComponentKind, type: str, written: bool) -> str:
        told = "" if written else "; say which one with `type:`"
        return unknown(f"{kind} type {type}", type, self.registry.types(kind)) + told
