"""Builds the container out of checked settings: components, triggers, variables, and each tag's plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from config.loaded import Loaded
from config.settings import Configured, Settings
from core.component import LAST, Client, Setup, Tag, TransformationSettings
from core.container import Container
from core.context import Reader, Shared, VendorRules
from core.deduplication import rules_of
from core.tagplan import Step, TagPlan, plan_tag
from core.triggers import ALL, always, compile_trigger, names_in
from core.variables import compile_variable

NO_VENDORS: Final[Mapping[str, VendorRules]] = {}


@dataclass(frozen=True, slots=True)
class Assembled:
    """The container, and its tags by name for whoever packs and judges."""

    container: Container
    tags: Mapping[str, Tag]


def assemble(
    loaded: Loaded,
    settings: Settings,
    readers: Mapping[str, Reader],
    read: Callable[[str], bytes],
    own_secret: str = "",
    vendors: Mapping[str, VendorRules] = NO_VENDORS,
) -> Assembled:
    """The container of these settings. ``read`` gives the bytes of a file that a variable names."""
    shared = shared_by_all(settings, loaded.environment, loaded.secrets, readers, read, own_secret, vendors)
    tags: dict[str, Tag] = {tag.name: tag.component(tag.settings, _setup(tag, shared)) for tag in settings.tags.values()}
    container = Container(
        clients=_clients(settings, shared),
        plans=_plans(settings, shared, tags),
        triggers={ALL: always, **{name: compile_trigger(trigger) for name, trigger in settings.triggers.items()}},
        exceptions=tuple(settings.exceptions),
        deduplication=rules_of(settings.deduplicate),
        shared=shared,
        fill_location=settings.server.geo.fill_event,
        trigger_settings=settings.triggers,
    )
    return Assembled(container, tags)


def shared_by_all(
    settings: Settings,
    environment: Mapping[str, str],
    secrets: Mapping[str, str],
    readers: Mapping[str, Reader],
    read: Callable[[str], bytes],
    own_secret: str,
    vendors: Mapping[str, VendorRules] = NO_VENDORS,
) -> Shared:
    """What is the same for every component of these settings, and every request. Raises ValueError for an unreadable table."""
    return Shared(
        environment=environment,
        variables={name: compile_variable(variable, read) for name, variable in settings.variables.items()},
        readers=readers,
        secrets=secrets,
        consent_fills={kind: fill.evaluate for kind, fill in settings.consent.items()},
        vendors=vendors,
        own_secret=own_secret,
    )


def _setup(component: Configured[Any], shared: Shared) -> Setup:
    return Setup(component.name, shared.secrets, shared)


def _clients(settings: Settings, shared: Shared) -> Sequence[tuple[str, Client]]:
    by_priority = sorted(settings.clients.values(), key=lambda client: -client.settings.priority)
    return [(client.name, client.component(client.settings, _setup(client, shared))) for client in by_priority]


def _plans(settings: Settings, shared: Shared, tags: Mapping[str, Tag]) -> list[TagPlan]:
    steps = _all_steps(settings, shared)
    chains: dict[tuple[str, ...], int] = {}
    plans = []
    for name, tag in tags.items():
        mine = [step for step, where in steps if where.reaches(name)]
        chain = chains.setdefault(tuple(step.name for step in mine), len(chains))
        own = settings.tags[name].settings
        names = names_in(settings.triggers.get(trigger) for trigger in own.triggers)
        plans.append(plan_tag(name, tag, own, mine, chain, names))
    return plans


def _all_steps(settings: Settings, shared: Shared) -> list[tuple[Step, TransformationSettings]]:
    steps = []
    for each in running_order(settings):
        transformation = each.component(each.settings, _setup(each, shared))
        steps.append((Step(each.name, transformation, each.settings.when, each.settings.counted), each.settings))
    return steps


def running_order(settings: Settings) -> list[Configured[TransformationSettings]]:
    """Transformations as they run: higher priority first, then by ``order``, then as they stand in the file; LAST is last."""

    def place(each: Configured[TransformationSettings]) -> tuple[bool, int, int]:
        return each.settings.order >= LAST, -each.settings.priority, each.settings.order

    return sorted(settings.transformations.values(), key=place)
