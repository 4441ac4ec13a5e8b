"""A registry of small components of the kinds the file knows, and a reader of configurations written as texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel, ConfigDict, Field

from config import Loaded, SourceFile, load
from core.component import ClientSettings, Component, Doubt, TagSettings, TransformationSettings, WholeFile
from core.fields import Duration, KeyPath, Many, Template
from core.registry import ComponentKind, Entry, Registry
from core.secret import Secret
from tests.core.tiny import Change, Fixed, Keep
from transformations.allow import AllowSettings
from wire.ga4.streams import open_to_all, unclear_stream


class WebSettings(ClientSettings):
    measurement_ids: Many[str] = Field([])

    def claimed_ids(self) -> Sequence[str]:
        return self.measurement_ids

    def doubts(self, file: WholeFile) -> Sequence[Doubt]:
        del file
        return [] if self.measurement_ids else [open_to_all()]


class ListSettings(TransformationSettings):
    parameters: Many[KeyPath] = Field(min_length=1)


class ValueSettings(TransformationSettings):
    parameters: dict[KeyPath, Template]


class VendorSettings(TagSettings):
    measurement_id: str | None = Field(None, pattern="^G-[A-Z0-9]+$")
    api_secret: Secret | None = None

    needs: ClassVar[Sequence[str]] = ("client_id", "event_name", "x-ga-*")

    def doubts(self, file: WholeFile) -> Sequence[Doubt]:
        return unclear_stream(file) if self.api_secret and not self.measurement_id else []


class Sign(BaseModel):
    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    header: str = Field(max_length=20)
    secret: Secret


class HookSettings(TagSettings):
    url: str
    headers: dict[str, Template] = Field({})
    body: Template | None = None
    sign: Sign | None = None
    retries: int | None = Field(None, ge=0, le=9)
    share: float = Field(1.0, gt=0, lt=2)
    timeout: Duration = 5.0
    anything: Any = None


_BASES: Mapping[ComponentKind, type[Component]] = {"client": Fixed, "transformation": Change, "tag": Keep}


class Point:
    """An entry point that has its class at hand."""

    value = "tests:Component"

    def __init__(self, component: type | Exception) -> None:
        self._component = component

    def load(self) -> type:
        if isinstance(self._component, Exception):
            raise self._component
        return self._component


def _entry(kind: ComponentKind, name: str, model: type | Exception) -> Entry:
    """``model`` is the settings of a component, or the component itself, or why there is none."""
    settings = not isinstance(model, Exception) and issubclass(model, BaseModel)
    component = type("Component", (_BASES[kind],), {"Settings": model, "__init__": Component.__init__}) if settings else model
    point: Any = Point(component)
    return Entry(kind, name, point)


@pytest.fixture(scope="session")
def registry() -> Registry:
    """The components of these tests."""
    return Registry(
        [
            _entry("client", "ga4", WebSettings),
            _entry("client", "broken", ImportError("No module named 'vendor'")),
            _entry("transformation", "allow", AllowSettings),
            _entry("transformation", "exclude", ListSettings),
            _entry("transformation", "augment", ValueSettings),
            _entry("tag", "ga4", VendorSettings),
            _entry("tag", "hook", HookSettings),
            _entry("tag", "no_tag", Fixed),
        ]
    )


Check = Callable[..., Loaded]
"""Reads texts as the files a.yaml, b.yaml and so on."""


@pytest.fixture(scope="session")
def check(registry: Registry) -> Check:
    """``check(text, ..., environ={}, files={}, serve=False)``."""

    def run(
        *texts: str | bytes,
        environ: Mapping[str, str] | None = None,
        files: Mapping[str, bytes] | None = None,
        serve: bool = False,
    ) -> Loaded:
        sources = [
            SourceFile(f"{name}.yaml", text if isinstance(text, bytes) else text.encode())
            for name, text in zip("abcdef", texts, strict=False)
        ]

        def read(path: str) -> bytes:
            if path not in (files or {}):
                raise FileNotFoundError(2, "No such file or directory", path)
            return (files or {})[path]

        return load(sources, registry=registry, environ=environ or {}, read=read, serve=serve)

    return run


MINIMAL = "clients: {ga4: {measurement_ids: G-1}}\ntags: {ga4: {}}\n"


@pytest.fixture
def said(check: Check) -> Callable[..., list[str]]:
    """The problems of a file to which the smallest working one is added: ``[place: path: message]``."""

    def run(text: str, **options: Any) -> list[str]:
        return [str(problem) for problem in check(text, MINIMAL, **options).problems]

    return run
