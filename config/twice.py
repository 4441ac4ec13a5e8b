"""Two components that do one thing: tags that send the same events to one place, clients of which one leaves nothing over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from config.asking import overshadows
from config.document import Document
from config.settings import Configured, Settings
from core.component import ClientSettings, TagSettings
from core.fields import Template
from core.triggers import ALL, TriggerSettings
from core.wildcard import names

_PLAIN = TriggerSettings.model_validate({})


def doubt_twice(settings: Settings, document: Document) -> None:
    """Notes each that comes later in the file, or is asked later, once: with the first by which it is needless."""
    for at, later in enumerate(tags := list(settings.tags.values())):
        _doubt_tag(later, tags[:at], settings, document)
    for at, asked_later in enumerate(clients := sorted(settings.clients.values(), key=lambda client: -client.settings.priority)):
        _doubt_client(asked_later, clients[:at], document)


def _doubt_tag(
    tag: Configured[TagSettings], earlier: Sequence[Configured[TagSettings]], settings: Settings, document: Document
) -> None:
    for first in earlier:
        shared = _shared_trigger(first.settings, tag.settings, settings.triggers)
        place = "" if _renamed(settings, first.name, tag.name) else _one_place(first, tag)
        if shared and place:
            what = "all events" if shared == ALL else f"the events of the trigger {shared}"
            message = f"sends {what} to the same {place} as the tag {first.name} ({_where('tags', first.name, document)})"
            document.warn(("tags", tag.name), f"{message}: they count twice; pause one, or give it other triggers", key=True)
            return


def _doubt_client(client: Configured[ClientSettings], earlier: Sequence[Configured[ClientSettings]], document: Document) -> None:
    for asked in earlier:
        if asked.component is client.component and overshadows(asked, client, document):
            where = _where("clients", asked.name, document)
            message = f"claims nothing: the client {asked.name} ({where}) is asked before it and claims all that it would"
            document.warn(("clients", client.name), message, key=True)
            return


def _where(section: str, name: str, document: Document) -> str:
    place = document.section(section)[name].place
    return f"{place.source.name}:{place.line}"


def _one_place(first: Configured[TagSettings], second: Configured[TagSettings]) -> str:
    """The setting by which both send to one place; empty where they do not, or what they send differs on purpose."""
    told = first.settings.sent_to
    pair = (first.settings, second.settings)
    if first.component is not second.component or not told or any(each.paused or each.event_name is not None for each in pair):
        return ""
    return told[0] if all(_same(*(getattr(each, name) for each in pair)) for name in told) else ""


def _renamed(settings: Settings, *tags: str) -> bool:
    """Whether a transformation of one of the tags alone gives its events another name."""
    alone = (each for each in settings.transformations.values() if len({each.settings.reaches(tag) for tag in tags}) > 1)
    return any("event_name" in each.settings.sets() for each in alone)


def _same(one: object, other: object) -> bool:
    if isinstance(one, Template) and isinstance(other, Template):
        return one.constant and other.constant and one.literal == other.literal
    return one == other


def _shared_trigger(first: TagSettings, second: TagSettings, triggers: Mapping[str, TriggerSettings]) -> str:
    """A trigger of the second whose events, or some of them, fire the first as well; empty where that is not certain."""
    if set(first.exceptions) != set(second.exceptions):
        return ""
    for name in second.triggers:
        for other in first.triggers:
            one, two = triggers.get(name, _PLAIN), triggers.get(other, _PLAIN)
            if name == other or (_overlap(one, two) and not (_may_bar(one, second, first) or _may_bar(two, first, second))):
                return name if name != ALL else other
    return ""


def _may_bar(trigger: TriggerSettings, tag: TagSettings, other: TagSettings) -> bool:
    """Whether the trigger may choose just what the other tag holds back for want of consent."""
    return trigger.when is not None and not set(other.consent) <= set(tag.consent)


def _overlap(one: TriggerSettings, other: TriggerSettings) -> bool:
    """Whether some event surely matches both, if it matches one at all: what a condition bars is not known."""
    if one.when or other.when:
        narrow, wide = (one, other) if one.when else (other, one)
        return not wide.when and _among(narrow.event, wide.event) and _among(narrow.client, wide.client)
    return _share(one.event, other.event) and _share(one.client, other.client)


def _share(some: list[str], others: list[str]) -> bool:
    return not some or not others or any(names(a, b) or names(b, a) for a in some for b in others)


def _among(some: list[str], others: list[str]) -> bool:
    """Whether every name that some fit is one that others fit."""
    return not others or (bool(some) and all(any(names(wide, narrow) for wide in others) for narrow in some))
