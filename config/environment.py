"""``${NAME}`` in the file: plain settings listed under ``environment``, and secrets, which are everything else.

Replaced after parsing, so no value can change the YAML's structure, and never inside ``{{ }}``, so none can change an
expression; a condition that would take one is refused where it is read. ``$${`` stands for the text ``${``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from config.document import Document
from config.inside import Spot
from config.messages import not_replaced
from config.nodes import ListNode, MappingNode, Node, ScalarNode
from config.problem import Path
from core.secret import MASK, PLACEHOLDER, SealedText, SecretValue

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
REFERENCE = re.compile(r"\$(?:(?P<escaped>\$\{)|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<fallback>:-(?P<default>[^}]*))?\}|\{)")


@dataclass(slots=True)
class Outside:
    """What the file is read in: the process environment, a reader of files beside it, and whether secrets must be there."""

    environ: Mapping[str, str]
    read: Callable[[str], bytes]
    serve: bool


@dataclass(slots=True)
class Substitution:
    """Turns nodes into values, with every ``${NAME}`` replaced; remembers what it used."""

    document: Document
    outside: Outside
    environment: Mapping[str, str]
    secrets: dict[str, str] = field(default_factory=dict)
    placeholders: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def value(self, node: Node, path: Path) -> Any:
        """The node as plain Python values; a text that holds a secret is a SealedText."""
        if isinstance(node, MappingNode):
            return {self._key(key, path): self.value(entry.node, (*path, key)) for key, entry in node.entries.items()}
        if isinstance(node, ListNode):
            return [self.value(item, (*path, index)) for index, item in enumerate(node.items)]
        return self._text(node, path) if isinstance(node.value, str) and "${" in node.text else node.value

    def named(self, name: str, path: Path) -> None:
        """Takes in a secret that the expression at this path asks for by its name."""
        if name in self.environment:
            message = f"{name} is listed under `environment`, so that it shows and is no secret: take it out there"
        elif not self._is_blank(name, path):
            return
        else:
            message = f"the secret {name} is empty: whoever knows that could sign as well"
        self.document.error(path, message, about=name)

    def _is_blank(self, name: str, path: Path) -> bool:
        """What is there, and nothing. What is not there at all is told as of every other secret."""
        environ = self.outside.environ
        if name in environ and not environ[name].strip() and not environ.get(f"{name}_FILE"):
            return True
        return not self._secret(name, "", False, path).strip()

    def _key(self, key: str, path: Path) -> str:
        if "${" in key:
            self.document.error((*path, key), "${NAME} is not replaced in keys, only in values", key=True)
        return key

    def _text(self, node: ScalarNode, path: Path) -> str | SealedText:
        if _inside_braces(node.text) >= 0:
            self.document.error(path, not_replaced(node.text, "{{ }}"), spot=Spot(node.text, _inside_braces(node.text)))
            return ""
        parts = self._parts(node.text, path)
        text = "".join(part for part in parts if isinstance(part, str))
        if text.count("{{") != node.text.count("{{"):
            self.document.error(path, "a value of the environment brings in {{, which would make an expression of it")
            return ""
        return SealedText(tuple(parts)) if any(isinstance(part, SecretValue) for part in parts) else text

    def _parts(self, text: str, path: Path) -> list[str | SecretValue]:
        parts: list[str | SecretValue] = []
        at = 0
        for found in REFERENCE.finditer(text):
            parts += [text[at : found.start()], self._replaced(found, path)]
            at = found.end()
        return [part for part in (*parts, text[at:]) if part != ""]

    def _replaced(self, found: re.Match[str], path: Path) -> str | SecretValue:
        if found["escaped"]:
            return "${"
        if not found["name"]:
            message = "must be ${NAME} or ${NAME:-default}; $${ stands for the text ${"
            self.document.error(path, message, spot=Spot(found.string, found.start()))
            return ""
        name, default = found["name"], found["default"] or ""
        if name in self.environment:
            self.used.add(name)
            return self.environment[name] or default
        value = self._secret(name, default, bool(found["fallback"]), path)
        return SecretValue(name, value, known=self.outside.serve or value not in (MASK, PLACEHOLDER))

    def _secret(self, name: str, default: str, optional: bool, path: Path) -> str:
        if name not in self.secrets:
            value = self.outside.environ.get(name) or self._from_file(name, path)
            if not value and not optional:
                value = self._missing(name, path)
            self.secrets[name] = value or default
        return self.secrets[name]

    def _from_file(self, name: str, path: Path) -> str:
        file = self.outside.environ.get(f"{name}_FILE")
        if not file:
            return ""
        try:
            text = self.outside.read(file).decode("utf-8-sig")
        except OSError as error:
            reason = error.strerror or "cannot be read"
        except UnicodeDecodeError:
            reason = "is not UTF-8"
        else:
            return text.removesuffix("\n").removesuffix("\r")
        self.document.error(path, f"the file that {name}_FILE names: {file}: {reason}", about=name)
        return PLACEHOLDER

    def _missing(self, name: str, path: Path) -> str:
        if self.outside.serve:
            self.document.error(path, _MISSING.format(name=name), about=name)
        else:
            self.placeholders.append(name)
        return PLACEHOLDER


def _inside_braces(text: str) -> int:
    """Where the first ``${`` stands inside of an expression; -1 where none does."""
    end = 0
    while (start := text.find("{{", end)) >= 0:
        end = text.find("}}", start)
        if end < 0 or "${" in text[start:end]:
            return text.find("${", start)
    return -1


_MISSING = "the secret {name} is not set: set the environment variable {name}, or {name}_FILE to a file that holds it"


def read_environment(document: Document, environ: Mapping[str, str]) -> dict[str, str]:
    """The names under ``environment`` and their values; the process environment wins."""
    values: dict[str, str] = {}
    for name, entry in document.section("environment").items():
        path = ("environment", name)
        node = entry.node
        if not _NAME.fullmatch(name):
            document.error(path, "must be letters, digits and _, and not start with a digit", key=True)
        elif not isinstance(node, ScalarNode):
            document.error(path, "must be a text or a number")
        elif "${" in node.text:
            document.error(path, "is a plain default; the process environment wins over it without ${ }")
        elif node.value is None:
            document.error(path, "needs a default; write '' for an empty text")
        else:
            values[name] = environ.get(name, node.text)
    return values
