"""A test to begin with, for a file that has none."""

from __future__ import annotations

from typing import Any

from config import Configured, Settings

_FIRST = """\
tests:
  - name: a page view reaches {tag}
    {input}
    client: {client}
    sent: {{{tag}: 1}}"""


def first_test(settings: Settings) -> str:
    """YAML made of the names in the file."""
    client, tag = (min(section.values(), key=_later) for section in (settings.clients, settings.tags))
    request = settings.clients[client.name].settings.first_request()
    given = f'request: {{url: "{settings.server.path_prefix}{request}"}}' if request else "event: {event_name: page_view}"
    return _FIRST.format(tag=tag.name, client=client.name, input=given)


def _later(component: Configured[Any]) -> bool:
    return not component.settings.shown_first
