"""What tags may keep and send in clear text about a person, since nothing in the file takes it out: ``check`` notes it."""

from __future__ import annotations

from collections.abc import Iterable

from config.document import Document
from config.settings import Configured, Settings
from core.component import TagSettings

_FILTERS = frozenset({"allow", "exclude", "redact"})
_BODYLESS = frozenset({"GET", "HEAD"})
_ADVICE = (
    "personal data that pages send in clear text, such as an e-mail address in ep.email, waits on disk and leaves as it came: no "
    "`redact`, `exclude` or `allow` reaches {tags}; `{{type: redact, patterns: [email, phone]}}` under `transformations` takes "
    "it out"
)


def note_clear_text(settings: Settings, document: Document) -> None:
    """One note for all tags that no filter reaches; at the first of them."""
    names = [name for name, tag in settings.tags.items() if _takes_everything(tag) and not _is_filtered(name, settings)]
    if names:
        document.note(("tags", names[0]), _ADVICE.format(tags=_listed(names)), key=True)


def _is_filtered(tag: str, settings: Settings) -> bool:
    reaching = (each for each in settings.transformations.values() if each.settings.reaches(tag))
    return any(each.type in _FILTERS for each in reaching)


def _takes_everything(tag: Configured[TagSettings]) -> bool:
    """Whether it is the event that leaves, and not what the file itself puts together from single values."""
    settings = tag.settings
    composed = getattr(settings, "body", None) is not None or getattr(settings, "method", "") in _BODYLESS
    return not composed and settings.parameters.include == "all" and not settings.parameters.exclude


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
