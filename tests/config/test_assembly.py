"""From checked settings to the container that runs."""

from __future__ import annotations

import gc
import json
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import EntryPoint
from typing import Any, ClassVar

import pytest

from config import Loaded, SourceFile, load
from config.assembly import Assembled, assemble, running_order
from core.component import LAST, Transformation, TransformationSettings
from core.context import Context
from core.registry import ComponentKind, Entry, Registry, installed
from core.types import Event
from tests.core.tiny import REQUEST, Fixed, Keep


class Mark(Transformation):
    """A transformation that leaves its name."""

    def __init__(self, settings: TransformationSettings, setup: Any) -> None:  # noqa: ARG002
        self.name = setup.name

    def apply(self, event: Event, context: Context) -> Event:  # noqa: ARG002
        return {**event, "marks": [*event.get("marks", []), self.name]}


ORDERS = {"first": -5, "soon": 99, "usual": TransformationSettings.order, "as_usual": 100, "last": LAST, "after_all": LAST + 1}


class There(EntryPoint):
    """An entry point whose component is in this file; a transformation's name is its order."""

    def load(self) -> Any:
        if self.group != "transformation":
            return {"client": Fixed, "tag": Keep}[self.group]
        settings = type("OrderedSettings", (TransformationSettings,), {"order": ORDERS[self.name], "__annotations__": _ORDER})
        return type("Ordered", (Mark,), {"Settings": settings})


_ORDER = {"order": ClassVar[int]}


def entry(kind: ComponentKind, type: str) -> Entry:
    return Entry(kind, type, There(type, "x:y", kind))


REGISTRY = Registry(
    [
        entry("client", "web"),
        entry("tag", "keep"),
        *(entry("transformation", type) for type in ORDERS),
    ]
)
FILES = {"margins.json": b'[{"id": "A", "margin": 0.5}]'}


def loaded(environ: Mapping[str, str] | None = None, **sections: Any) -> Loaded:
    document = {"clients": {"web": {}}, "tags": {"keep": {}}, **sections}
    source = SourceFile("container.yaml", json.dumps(document).encode())
    read = load([source], registry=REGISTRY, environ=environ or {}, read=FILES.__getitem__, serve=False)
    assert read.settings, read.problems
    return read


def assembled(environ: Mapping[str, str] | None = None, **sections: Any) -> Assembled:
    read = loaded(environ, **sections)
    assert read.settings
    return assemble(read, read.settings, {"consent": lambda event, request: event.get("consent", {})}, FILES.__getitem__)  # noqa: ARG005


def seen(made: Assembled, event: Event) -> dict[str, Event | None]:
    """What each tag is shown of the event; None where it does not fire."""
    run = made.container.run(Context(REQUEST, "web", event, 0, made.container.shared))
    return {verdict.tag: verdict.event if verdict.payload else None for verdict in run.verdicts}


def marks(made: Assembled, **event: Any) -> dict[str, list[str]]:
    return {tag: each.get("marks", []) for tag, each in seen(made, {"event_name": "x", **event}).items() if each is not None}


@pytest.mark.parametrize(
    ("priorities", "order"),
    [
        ([0, 0, 0], ["a", "b", "c"]),
        ([1, 2, 3], ["c", "b", "a"]),
        ([1, 5, 1], ["b", "a", "c"]),
        ([-1, 0, -1], ["b", "a", "c"]),
    ],
)
def test_clients_are_asked_by_priority_and_in_the_order_of_the_file(priorities: list[int], order: list[str]) -> None:
    clients = {name: {"type": "web", "priority": priority} for name, priority in zip("abc", priorities, strict=True)}
    assert [name for name, _ in assembled(clients=clients).container.clients] == order


@pytest.mark.parametrize(
    ("written", "order"),
    [
        (["after_all", "last", "usual", "soon", "first"], ["first", "soon", "usual", "last", "after_all"]),
        (["usual", "as_usual"], ["usual", "as_usual"]),
        (["as_usual", "usual"], ["as_usual", "usual"]),
    ],
)
def test_at_equal_priority_transformations_run_by_their_order_and_then_as_they_stand(
    written: list[str], order: list[str]
) -> None:
    made = assembled(transformations={name: {} for name in written})
    assert marks(made) == {"keep": order}


def test_a_higher_priority_runs_first_whatever_the_order_but_last_is_last() -> None:
    transformations = {
        "first": {},
        "late": {"type": "first", "priority": -5},
        "last": {"priority": 10},
        "before": {"type": "soon", "priority": 10},
    }
    assert marks(assembled(transformations=transformations)) == {"keep": ["before", "first", "late", "last"]}
    settings = loaded(transformations=transformations).settings
    assert settings
    assert [each.name for each in running_order(settings)] == ["before", "first", "late", "last"]


def test_the_built_in_transformations_keep_their_places() -> None:
    registry = installed()
    entries = [entry for type in registry.types("transformation") if (entry := registry.find("transformation", type))]
    loaded = {entry.type: entry.load().Settings for entry in entries}
    orders = {type: settings.order for type, settings in loaded.items() if issubclass(settings, TransformationSettings)}
    built_in = ["allow", "augment", "exclude", "anonymize_ip", "redact"]
    assert sorted(built_in, key=orders.__getitem__) == built_in
    assert orders["redact"] == LAST


@pytest.mark.parametrize(
    ("tags", "except_", "reached"),
    [
        (["all"], [], ["a", "b"]),
        (["all"], ["a"], ["b"]),
        (["a"], [], ["a"]),
        (["a", "b"], ["b"], ["a"]),
        ([], [], []),
        (["all", "a"], ["a", "b"], []),
    ],
)
def test_a_transformation_reaches_its_tags(tags: list[str], except_: list[str], reached: list[str]) -> None:
    written = {"tags": tags, "except": except_}
    where = TransformationSettings.model_validate(written)
    assert [tag for tag in "ab" if where.reaches(tag)] == reached
    made = assembled(tags={"a": {"type": "keep"}, "b": {"type": "keep"}}, transformations={"usual": written})
    assert [tag for tag, left in marks(made).items() if left] == reached


def test_tags_with_the_same_transformations_share_one_chain() -> None:
    tags = {name: {"type": "keep"} for name in "abcd"}
    made = assembled(tags=tags, transformations={"usual": {"tags": ["a", "b"]}, "as_usual": {"except": ["d"]}})
    chains = {plan.name: plan.chain for plan in made.container.plans}
    assert chains["a"] == chains["b"]
    assert len({chains["a"], chains["c"], chains["d"]}) == 3


def test_a_transformation_runs_only_when_its_condition_holds() -> None:
    made = assembled(transformations={"usual": {"when": "event.value > 1"}, "as_usual": {"when": "event.marks is defined"}})
    assert marks(made, value=2) == {"keep": ["usual", "as_usual"]}
    assert marks(made, value=1) == {"keep": []}


def test_tags_are_in_the_order_of_the_file_and_known_by_name() -> None:
    made = assembled(tags={name: {"type": "keep"} for name in ("z", "a", "m")})
    assert [plan.name for plan in made.container.plans] == ["z", "a", "m"] == list(made.tags)
    assert all(isinstance(tag, Keep) for tag in made.tags.values())
    assert all(plan.tag is made.tags[plan.name] for plan in made.container.plans)


def test_each_component_is_told_its_name_and_the_secrets() -> None:
    made = assembled({"TOKEN": "hunter2"}, tags={"keep": {"parameters": {"set": {"a": "${TOKEN}"}}}})
    (keep,) = made.tags.values()
    assert isinstance(keep, Keep)
    assert keep.setup
    assert (keep.setup.name, keep.setup.secrets) == ("keep", {"TOKEN": "hunter2"})
    ((name, client),) = made.container.clients
    assert isinstance(client, Fixed)
    assert client.setup
    assert (name, client.setup.name) == ("web", "web")
    assert "hunter2" not in repr(made.container.shared)


def test_triggers_and_exceptions_are_the_files() -> None:
    made = assembled(
        triggers={"purchases": {"event": "purchase"}, "bots": {"when": "event.bot"}, "big": {"when": "event.value > 9"}},
        exceptions=["bots"],
        tags={"a": {"type": "keep", "triggers": "purchases"}, "b": {"type": "keep", "exceptions": "big"}},
    )
    purchase: Event = {"event_name": "purchase", "value": 10}
    assert {tag: each is not None for tag, each in seen(made, purchase).items()} == {"a": True, "b": False}
    assert {tag: each is not None for tag, each in seen(made, {"event_name": "x"}).items()} == {"a": False, "b": True}
    assert {tag: each is not None for tag, each in seen(made, {**purchase, "bot": True}).items()} == {"a": False, "b": False}


def test_variables_environment_and_files_are_there_for_expressions() -> None:
    made = assembled(
        {"STAGE": "test"},
        environment={"STAGE": "production"},
        variables={
            "live": "{{ env.STAGE }}",
            "margins": {"file": "margins.json", "key": "id", "value": "margin"},
            "margin": "{{ var.margins[event.id] }}",
        },
        tags={"keep": {"parameters": {"set": {"stage": "{{ var.live }}", "margin": "{{ var.margin }}"}}}},
    )
    assert seen(made, {"event_name": "x", "id": "A"})["keep"] == {"event_name": "x", "id": "A", "stage": "test", "margin": 0.5}


@pytest.mark.parametrize(("said", "fires"), [("granted", True), ("denied", False), ("unset", True)])
def test_consent_is_filled_in_where_the_hit_leaves_it_unset(said: str, fires: bool) -> None:
    made = assembled(consent={"ad_storage": "{{ event.banner }}"}, tags={"keep": {"consent": "ad_storage"}})
    event = {"event_name": "x", "banner": "granted", "consent": {"ad_storage": said}}
    assert (seen(made, event)["keep"] is not None) is fires


def test_a_table_that_cannot_be_read_any_more_is_reported() -> None:
    read = loaded(variables={"margins": {"file": "margins.json", "key": "id", "value": "margin"}})
    assert read.settings

    def gone(_: str) -> bytes:
        raise FileNotFoundError(2, "No such file or directory")

    with pytest.raises(ValueError, match=r"margins\.json cannot be read"):
        assemble(read, read.settings, {}, gone)


def test_the_settings_given_are_the_ones_assembled() -> None:
    read = loaded(tags={"keep": {"paused": True}})
    assert read.settings
    other = replace(read.settings, exceptions=["all"])
    made = assemble(read, other, {}, FILES.__getitem__)
    assert made.container.exceptions == ("all",)
    assert made.container.plans[0].paused


@pytest.mark.parametrize("name", ["purchase", "page_view", "", None, 7, ["purchase"]])
def test_a_tag_fires_for_the_event_names_of_its_triggers_alone(name: object) -> None:
    triggers = {"sold": {"event": "purchase"}, "big": {"event": "refund", "when": "event.value > 1"}}
    made = assembled(triggers=triggers, tags={"keep": {"triggers": ["sold", "big"]}, "every": {"type": "keep"}})
    (keep, every) = made.container.run(Context(REQUEST, "web", {"event_name": name}, 0, made.container.shared)).verdicts
    assert keep.why == ("trigger sold" if name == "purchase" else "no trigger matched (sold, big)")
    assert every.payload


def test_an_event_leaves_nothing_that_waits_for_the_garbage_collector() -> None:
    made = assembled(
        variables={"dear": "{{ event.value > 1 }}"},
        triggers={"big": {"when": "var.dear"}, "small": {"when": "not var.dear"}},
        exceptions=["small"],
        tags={"keep": {"triggers": ["big"]}, "other": {"type": "keep", "triggers": ["big"], "exceptions": ["small"]}},
    )
    while gc.collect():
        pass  # what others have left
    gc.disable()
    try:
        for value in (1, 2):
            made.container.run(Context(REQUEST, "web", {"event_name": "x", "value": value}, 0, made.container.shared))
        assert gc.collect() == 0
    finally:
        gc.enable()
