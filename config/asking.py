"""Components are asked about their settings, and may be plugins, which may fail: that is told like all else about the file."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, TypeVar

from config.document import Document
from config.problem import Path
from config.settings import Configured, Settings
from core.component import ClientSettings, ComponentSettings, Doubt, TagSettings, TransformationSettings

Kept = TypeVar("Kept", bound=ComponentSettings)

_FAILED = "the {kind} type {type} could not be asked about its settings: {error}"


def derived(component: Configured[Kept], file: Settings, document: Document) -> Kept:
    """The component's settings with the defaults that follow from the rest of the file. A failure is a mistake of the file,
    in this and in all that is asked without the file.
    """
    try:
        found = component.settings.derived(file)
        if not isinstance(found, type(component.settings)):
            raise TypeError(f"derived must return {type(component.settings).__name__}")
        _ask(found)
    except Exception as error:
        document.error(_path(component), _failure(component, error), key=True)
        return component.settings
    return found


def _ask(settings: ComponentSettings) -> None:
    """Asks once for all that is asked without the file, so that what fails does so here and not in a page or a command."""
    list(settings.site_ids()), list(settings.own_names(()))
    if isinstance(settings, ClientSettings):
        dict(settings.written_paths()), dict(settings.page_sources(""))
        list(settings.claimed_ids()), list(settings.script_hosts()), list(settings.written_origins())
        settings.cookie_domain(), settings.first_request()
    elif isinstance(settings, TransformationSettings):
        list(settings.sets())
    elif isinstance(settings, TagSettings):
        settings.composes()


def own_names(component: Configured[Any], at: Path) -> Collection[str]:
    """What an expression at this place of the component's settings may begin with besides; none where it fails."""
    try:
        found: Collection[str] = component.settings.own_names(at)
    except Exception:  # which is told where it is asked for all
        return ()
    return found


def doubts(component: Configured[Any], file: Settings, document: Document) -> Iterator[Doubt]:
    """What the component finds doubtful, told from the top of the file. A failure is doubtful, too."""
    try:
        for doubt in component.settings.doubts(file):
            yield doubt.below(*_path(component))
    except Exception as error:
        document.warn(_path(component), _failure(component, error), key=True)


def overshadows(component: Configured[ClientSettings], other: Configured[ClientSettings], document: Document) -> bool:
    """Whether the client leaves another of its type nothing to claim. A failure is doubtful."""
    try:
        return component.settings.overshadows(other.settings)
    except Exception as error:
        document.warn(_path(component), _failure(component, error), key=True)
        return False


def _path(component: Configured[Any]) -> tuple[str, str]:
    return f"{component.kind}s", component.name


def _failure(component: Configured[Any], error: Exception) -> str:
    return _FAILED.format(kind=component.kind, type=component.type, error=f"{type(error).__name__}: {error}")
