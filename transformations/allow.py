"""Lets only the named parameters through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from core.component import Doubt, Setup, Transformation, TransformationExample, TransformationSettings, WholeFile
from core.context import Context
from core.fields import KeyPath, Many
from core.paths import compile_paths, without
from core.types import Event
from core.wildcard import names
from wire.ga4.collisions import set_aside
from wire.ga4.custom import carried


class AllowSettings(TransformationSettings):
    """Drops every parameter that is not listed.

    That includes ``event_name``, ``client_id`` and ``x-ga-*``: without them the ``ga4`` tag has nothing to send.
    """

    parameters: Many[KeyPath] = Field(
        min_length=1,
        description="Names that stay. `user_data.address.city` keeps just that branch, `items.price` that field of every item, "
        "`x-ga-*` every parameter whose name begins so.",
    )

    order: ClassVar[int] = 0
    takes_out: ClassVar[str] = "parameters: [event_name, client_id, x-ga-*]"

    def doubts(self, file: WholeFile) -> Iterator[Doubt]:
        for name, lacking in self.starved(file, lambda need: not self._lets_through(need)):
            message = f"leaves out {', '.join(lacking)}, which the tag {name} needs; add them, or `except: {name}`"
            yield Doubt(("parameters",), message)
            return

    def _lets_through(self, name: str) -> bool:
        return any(names(pattern, name) for pattern in self.parameters)


class Allow(Transformation):
    """Lets only the named parameters through."""

    Settings: ClassVar[type[TransformationSettings]] = AllowSettings

    examples: ClassVar = [
        TransformationExample(
            title="What an ad platform needs of a purchase",
            settings={"parameters": ["event_name", "value", "items.item_id", "user_data.address.city"]},
            event={
                "event_name": "purchase",
                "client_id": "1.2",
                "x-ga-gcs": "G111",
                "value": 25.5,
                "items": [{"item_id": "A", "price": 20}, {"item_id": "B", "price": 5.5}],
                "user_data": {"email": "a@example.com", "address": {"city": "Bonn", "country": "DE"}},
            },
            gives={
                "event_name": "purchase",
                "value": 25.5,
                "items": [{"item_id": "A"}, {"item_id": "B"}],
                "user_data": {"address": {"city": "Bonn"}},
            },
        ),
        TransformationExample(
            title="Everything about the visit, nothing about the page",
            settings={"parameters": ["event_name", "client_id", "x-ga-*"]},
            event={"event_name": "page_view", "client_id": "1.2", "x-ga-gcs": "G111", "page_location": "https://shop.example/"},
            gives={"event_name": "page_view", "client_id": "1.2", "x-ga-gcs": "G111"},
        ),
    ]

    def __init__(self, settings: AllowSettings, setup: Setup) -> None:  # noqa: ARG002  it has no name or secret to use
        self._paths = compile_paths(settings.parameters)
        self._listed = frozenset(settings.parameters)

    def apply(self, event: Event, context: Context) -> Event:  # noqa: ARG002
        """The named parameters, in the event's order. ``x-ga-*`` does not name what is kept aside under such a key."""
        kept = carried(event, self._paths.keep(event))
        gone = [key for key, alone in set_aside(kept) if key not in self._listed and not self._paths.keep(alone)]
        return without(kept, gone)
