"""What tags may keep and send in clear text about a person, since nothing in the file takes it out: ``check`` notes it."""

from __future__ import annotations

from collections.abc import Iterable

from config.document import Document
from config.settings import Settings
from core.component import TagSettings
from core.registry import Registry

_ADVICE = (
    "personal data that pages send in clear text, such as an e-mail address in ep.email, waits on disk and leaves as it came: no "
    "{types} reaches {tags}; `{{type: {best}, {example}}}` under `transformations` takes it out"
)


def note_clear_text(settings: Settings, document: Document, registry: Registry) -> None:
    """One note for all tags that no such transformation reaches; at the first of them. What runs last is the best advice."""
    names = [name for name, tag in settings.tags.items() if _takes_everything(tag.settings) and not _is_filtered(name, settings)]
    known = registry.settings("transformation") if names else {}
    types = sorted((type for type in known if known[type].takes_out), key=lambda each: -known[each].order)
    if names and types:
        *first, last = _quoted(types)
        listed = " or ".join([", ".join(first), last] if first else [last])
        advice = _ADVICE.format(types=listed, tags=", ".join(_quoted(names)), best=types[0], example=known[types[0]].takes_out)
        document.note(("tags", names[0]), advice, key=True)


def _is_filtered(tag: str, settings: Settings) -> bool:
    return any(each.settings.takes_out and each.settings.reaches(tag) for each in settings.transformations.values())


def _takes_everything(tag: TagSettings) -> bool:
    """Whether it is the event that leaves, and not what the file itself puts together from single values."""
    return not tag.composes() and tag.parameters.include == "all" and not tag.parameters.exclude


def _quoted(names: Iterable[str]) -> list[str]:
    return [f"`{name}`" for name in names]
