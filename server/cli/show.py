"""``tagyard show``: what each tag's settings come to, once everything that decides over it is put together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Literal

import click
from rich.text import Text

from config import Configured, Settings
from config.assembly import running_order
from core.component import TagSettings, TransformationSettings
from core.context import Context
from core.fields import Condition, Template
from core.types import Request
from server.cli.answering import Answering, answer, json_option
from server.cli.options import config_argument, env_file_option, load_or_exit
from server.loading.configuration import Configuration
from server.system.terminal import out

_WIDTH = 18
_NONE: Final[Mapping[str, Sequence[str]]] = {"fires on": ["nothing"], "transformations": ["none"]}
"""What is said where a list is empty; the others are not shown then."""
_NO_EVENT = Context(Request("", 0, "GET", "/"), "", {}).on({})
"""What a template without expressions does not look at."""


@click.command(cls=Answering)
@config_argument
@click.argument("tag", required=False)
@json_option
@env_file_option
def show(config: Path, tag: str | None, as_json: bool, env_file: Path | None) -> None:
    """Show what decides over each tag of CONFIG, or over TAG.

    Resolved: triggers, exceptions, consent, and transformations in running order. Exit code 1 where CONFIG has a mistake.

    With --json: `ok`, `problems` (severity, file, line, column, path, message), `tags`: of each `name`, `type`, `paused`, and
    as they are printed, each a list of texts, `fires_on`, `but_not_on`, `needs_consent`, `transformations`, `event_name`,
    `parameters`, `without`, `sets`.
    """
    settings = load_or_exit(Configuration(config, env_file), serve=False)
    if tag is not None and tag not in settings.tags:
        raise click.ClickException(f"there is no tag {tag}; there is {', '.join(settings.tags)}")
    shown = [each for name, each in settings.tags.items() if tag in (None, name)]
    if as_json:
        answer(True, (), tags=[_as_object(each, settings) for each in shown])
        return
    out.print(Text("\n\n").join(_tag(each, settings) for each in shown))


def _tag(tag: Configured[TagSettings], settings: Settings) -> Text:
    kind = "" if tag.type == tag.name else f"  ({tag.type})"
    paused = "  paused: chooses no new events" if tag.settings.paused else ""
    head = Text.assemble((tag.name, "bold"), (kind, "dim"), (paused, "yellow"))
    rows = _rows(tag.name, tag.settings, settings)
    return Text("\n").join([head, *(line for label, values in rows for line in _row(label, values or _NONE.get(label, ())))])


def _as_object(tag: Configured[TagSettings], settings: Settings) -> Mapping[str, object]:
    rows = {label.replace(" ", "_"): list(values) for label, values in _rows(tag.name, tag.settings, settings)}
    return {"name": tag.name, "type": tag.type, "paused": tag.settings.paused, **rows}


def _rows(name: str, tag: TagSettings, settings: Settings) -> Iterator[tuple[str, Sequence[str]]]:
    """What decides over it, by what each is called."""
    yield "fires on", [_trigger(each, settings) for each in tag.triggers]
    held = [*tag.exceptions, *(each for each in settings.exceptions if each not in tag.exceptions)]
    everywhere = dict.fromkeys(settings.exceptions, "  (container-wide)")
    yield "but not on", [_trigger(each, settings) + everywhere.get(each, "") for each in held]
    yield "needs consent", [", ".join(tag.consent)] if tag.consent else []
    steps = [each for each in running_order(settings) if each.settings.reaches(name)]
    yield "transformations", [_transformation(number, each) for number, each in enumerate(steps, 1)]
    yield "event name", _event_name(tag.event_name)
    parameters = tag.parameters
    yield "parameters", _included(parameters.include)
    yield "without", [", ".join(parameters.exclude)] if parameters.exclude else []
    yield "sets", [f"{key}: {_template(value)}" for key, value in parameters.set.items()]


def _row(label: str, values: Sequence[str]) -> Iterator[Text]:
    for number, value in enumerate(values):
        yield Text.assemble("  ", ((label if number == 0 else "").ljust(_WIDTH), "dim"), value)


def _included(names: Literal["all", "none"] | list[str]) -> list[str]:
    if isinstance(names, list):
        return [f"only {', '.join(names)}"]
    return [] if names == "all" else ["none"]


def _trigger(name: str, settings: Settings) -> str:
    trigger = settings.triggers.get(name)
    if trigger is None:
        return "all events"
    parts = [f"{what} {' or '.join(values)}" for what, values in (("event", trigger.event), ("client", trigger.client)) if values]
    return f"{name}: {'; '.join([*parts, *_condition(trigger.when)]) or 'every event'}"


def _condition(when: Condition | None) -> list[str]:
    return [f"when {' and '.join(expression.source for expression in when.expressions)}"] if when else []


def _transformation(number: int, each: Configured[TransformationSettings]) -> str:
    settings = each.settings
    kind = "" if each.type == each.name else f" ({each.type})"
    priority = f", priority {settings.priority}" if settings.priority else ""
    return f"{number}. {each.name}{kind}{priority}" + "".join(f", {part}" for part in _condition(settings.when))


def _event_name(name: Template | dict[str, Template] | None) -> list[str]:
    if isinstance(name, dict):
        return [f"{old} → {_template(new)}" for old, new in name.items()]
    return [] if name is None else [_template(name)]


def _template(template: Template) -> str:
    """The expressions of a template, or what it always says."""
    if template.constant:
        return str(template.evaluate(_NO_EVENT))
    return ", ".join(expression.source for expression in template.expressions)
