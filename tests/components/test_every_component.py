"""The contract of every component, installed or a plugin's: one suite over the registry, whoever wrote the component."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from core.context import Context
from core.registry import ComponentKind, Registry, installed
from core.types import Event
from tagyard import testing
from tagyard.testing import ClientContract, TagContract, TransformationContract
from tests import plugin

REGISTRY = Registry([*installed(), *plugin.ENTRIES])
TAGS = REGISTRY.types("tag")
CONTRACTS: Final[Mapping[ComponentKind, type]] = {
    "client": ClientContract,
    "transformation": TransformationContract,
    "tag": TagContract,
}


def load(kind: ComponentKind, type: str) -> Any:
    entry = REGISTRY.find(kind, type)
    assert entry
    return entry.load()


def context(event: Event, position: int = 0) -> Context:
    return testing.context(event, position)


@pytest.fixture(autouse=True, scope="module")
def its_entry_points(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The plugin's are listed."""
    folder = tmp_path_factory.mktemp("plugin")
    plugin.installed_in(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield


for entry in REGISTRY:
    component = entry.load()
    name = f"Test{component.__name__}{entry.kind.capitalize()}"
    globals()[name] = type(name, (CONTRACTS[entry.kind],), {"component": component, "__module__": __name__})
