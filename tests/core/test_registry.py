"""Components are found by kind and type, and imported only when they are asked for."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint

import pytest

from core.component import ClientSettings, Tag
from core.context import Context
from core.registry import KINDS, ComponentKind, Entry, Registry, installed
from core.types import Event, Payload
from tests.core.tiny import Fixed, Keep


def entry(kind: ComponentKind, type: str, value: str = "tests.core.tiny:Keep") -> Entry:
    return Entry(kind, type, EntryPoint(type, value, f"tagyard.{kind}s"))


REGISTRY = Registry([entry("tag", "log"), entry("tag", "ga4"), entry("client", "ga4", "tests.core.tiny:Fixed")])


def test_a_component_goes_by_kind_and_type() -> None:
    tag, client = REGISTRY.find("tag", "ga4"), REGISTRY.find("client", "ga4")
    assert tag
    assert client
    assert (tag.load(), client.load()) == (Keep, Fixed)


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


class Mapping(Tag):
    """A tag that is not done yet."""

    def map(self, event: Event, context: Context) -> Payload:
        raise NotImplementedError


class OfAnother(Keep):
    Settings = ClientSettings  # type: ignore[assignment]  # the mistake


MISTAKES = [
    (f"{__name__}:Fixed", f"{__name__}:Fixed is no Tag: its class must inherit from tagyard.Tag"),
    (f"{__name__}:entry", f"{__name__}:entry is no Tag: its class must inherit from tagyard.Tag"),
    (f"{__name__}:Mapping", f"{__name__}:Mapping lacks judge, pack"),
    (f"{__name__}:OfAnother", f"the Settings of {__name__}:OfAnother must inherit from tagyard.TagSettings"),
]


@pytest.mark.parametrize(("value", "error"), MISTAKES)
def test_what_is_no_whole_component_of_its_kind_is_told_when_it_is_loaded(value: str, error: str) -> None:
    with pytest.raises(TypeError) as raised:
        entry("tag", "mine", value).load()
    assert str(raised.value) == error
