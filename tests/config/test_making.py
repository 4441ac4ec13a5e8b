"""A component that cannot be made, or does not say what it will be asked, is a mistake of the file at its line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from config import Loaded, SourceFile, load
from core.component import Batch, Component
from core.registry import ComponentKind, Entry, Registry
from core.secret import MASK
from tests.config.conftest import HookSettings, Point
from tests.core.tiny import Change, Fixed, Keep

BASES: Mapping[ComponentKind, type[Component]] = {"client": Fixed, "transformation": Change, "tag": Keep}
TEXT = "clients:\n  mine: {}\ntransformations:\n  mine: {}\ntags:\n  mine: {}\n"
PLACES: Mapping[ComponentKind, str] = {"client": "2:3", "transformation": "4:3", "tag": "6:3"}


def fails(*_: object) -> Any:
    raise LookupError("the secret is hunter2")


def read(own: Mapping[ComponentKind, Mapping[str, Any]], text: str = TEXT, **environ: str) -> Loaded:
    entries = []
    for kind, base in BASES.items():
        members = {"__init__": Component.__init__, **own.get(kind, {})}
        point: Any = Point(type("Mine", (base,), members))
        entries.append(Entry(kind, "mine", point))
    return load(
        [SourceFile("a.yaml", text.encode())], registry=Registry(entries), environ=environ, read=lambda _: b"", serve=False
    )


def said(own: Mapping[ComponentKind, Mapping[str, Any]]) -> list[str]:
    return [str(problem) for problem in read(own).problems if problem.severity == "error"]


def test_what_keeps_the_contract_is_made_without_a_word() -> None:
    own: Mapping[ComponentKind, Mapping[str, Any]] = {
        "client": {"trusted": property(lambda _: True)},
        "tag": {"batch": property(lambda _: Batch(10)), "literal_origins": property(lambda _: {"https://a.example"})},
    }
    assert said(own) == said({}) == []


@pytest.mark.parametrize(
    ("kind", "name", "value", "told"),
    [
        ("client", "trusted", property(fails), "could not be asked for trusted: LookupError"),
        ("client", "trusted", property(lambda _: "yes"), "is not whole: trusted must be true or false"),
        ("tag", "batch", property(fails), "could not be asked for batch: LookupError"),
        ("tag", "batch", property(lambda _: 10), "is not whole: batch must be a Batch or None"),
        ("tag", "literal_origins", property(fails), "could not be asked for literal_origins: LookupError"),
        ("tag", "literal_origins", property(lambda _: "https://a"), "is not whole: literal_origins must be a set of texts"),
        ("tag", "literal_origins", property(lambda _: None), "could not be asked for literal_origins: TypeError"),
        ("client", "__init__", fails, "could not be made: LookupError"),
        ("transformation", "__init__", fails, "could not be made: LookupError"),
        ("tag", "__init__", fails, "could not be made: LookupError"),
    ],
)
def test_what_fails_is_told_at_the_component_without_what_it_said(kind: ComponentKind, name: str, value: Any, told: str) -> None:
    assert said({kind: {name: value}}) == [f"a.yaml:{PLACES[kind]}: {kind}s.mine: the {kind} type mine {told}"]


def test_all_that_fail_are_told() -> None:
    assert len(said({kind: {"__init__": fails} for kind in BASES})) == 3


@pytest.mark.parametrize(("environ", "tried"), [({"S": "x"}, True), ({"S": MASK}, False), ({}, False)])
def test_it_is_tried_only_with_every_secret_at_hand(environ: dict[str, str], tried: bool) -> None:
    """Without them it is what ``check`` may see on another machine, or what is only shown."""
    own: Mapping[ComponentKind, Mapping[str, Any]] = {"tag": {"Settings": HookSettings, "__init__": fails}}
    text = "clients: {mine: {}}\ntags: {mine: {url: x, headers: {a: '${S}'}}}\n"
    assert (read(own, text, **environ).settings is None) is tried


def test_a_component_is_given_what_it_will_be_given() -> None:
    seen: list[Any] = []

    def made(_: object, settings: Any, setup: Any) -> None:
        seen.append((settings.url, setup.name, setup.secrets, sorted(setup.shared.variables), setup.shared.environment))

    text = "environment: {E: '1'}\nvariables: {v: '{{ env.E }}'}\nclients: {mine: {}}\n"
    text += "tags: {mine: {url: x, headers: {a: '${S}'}, body: '{{ var.v }}'}}\n"
    assert read({"tag": {"Settings": HookSettings, "__init__": made}}, text, S="x").settings
    assert seen == [("x", "mine", {"S": "x"}, ["v"], {"E": "1"})]
