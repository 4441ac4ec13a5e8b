"""Values as YAML that the configuration's own reader takes for the same values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from config.scalars import resolve

DEEPEST = 20
"""A file may be nested 32 levels deep; what stands above the value needs some of them."""


def writable(value: Any, depth: int = 0) -> bool:
    """Whether the file can hold this value: its texts, its numbers, and how deep it is nested."""
    if isinstance(value, dict):
        return depth < DEEPEST and all(is_key(key) and writable(item, depth + 1) for key, item in value.items())
    if isinstance(value, list):
        return depth < DEEPEST and all(writable(item, depth + 1) for item in value)
    if isinstance(value, str):
        return _is_text(value)
    return isinstance(value, bool | None) or resolve(repr(value)) == value


def is_key(text: str) -> bool:
    """Whether the file can have this key; nothing is replaced in keys, not even what stands for ``${``."""
    return _is_text(text) and "${" not in text


def _is_text(text: str) -> bool:
    """Not half a character, and nothing that looks like ``${`` within ``{{ }}``, which is refused wherever it stands."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "{{" not in text or "${" not in text


def items(values: Sequence[Mapping[str, Any]]) -> str:
    """The values, which are writable, as the items of a list."""
    return yaml.dump(list(values), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120, default_flow_style=False)


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  the file has none
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    quoted = not text.isprintable() or resolve(text) != text
    return dumper.represent_scalar("tag:yaml.org,2002:str", text.replace("${", "$${"), style='"' if quoted else None)


_Dumper.add_representer(str, _text)
