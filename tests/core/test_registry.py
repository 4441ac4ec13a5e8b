"""Components are found by kind and type, and imported only when they are asked for."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint

import pytest

from core.registry import KINDS, ComponentKind, Entry, Registry, installed


def entry(kind: ComponentKind, type: str, value: str = "collections:Counter") -> Entry:
    return Entry(kind, type, EntryPoint(type, value, f"tagyard.{kind}s"))


REGISTRY = Registry([entry("tag", "log"), entry("tag", "ga4"), entry("client", "ga4", "collections:OrderedDict")])


def test_a_component_goes_by_kind_and_type() -> None:
    tag, client = REGISTRY.find("tag", "ga4"), REGISTRY.find("client", "ga4")
    assert tag
    assert client
    assert (tag.load().__name__, client.load().__name__) == ("Counter", "OrderedDict")


@pytest.mark.parametrize(("kind", "type"), [("tag", "gaa4"), ("transformation", "ga4"), ("client", "log")])
def test_what_is_not_installed_is_not_found(kind: ComponentKind, type: str) -> None:
    assert REGISTRY.find(kind, type) is None


def test_types_are_listed_sorted() -> None:
    assert [REGISTRY.types(kind) for kind in KINDS] == [["ga4"], [], ["ga4", "log"]]


def test_built_ins_come_in_by_the_door_of_plugins() -> None:
    registry = installed()
    assert "ga4" in registry.types("client")
    assert {"allow", "augment", "exclude"} <= set(registry.types("transformation"))
    assert {"ga4", "http_request", "log"} <= set(registry.types("tag"))


def test_listing_imports_no_component() -> None:
    code = """
import sys
from core.registry import installed
installed().types("tag")
assert not [name for name in sys.modules if name.split(".")[0] in ("tags", "clients", "transformations")]
installed().find("tag", "log").load()
assert [name for name in sys.modules if name.startswith("tags.")] == ["tags.log"]
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
