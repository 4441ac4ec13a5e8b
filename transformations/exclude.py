"""Takes the named parameters out."""

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
from wire.ga4.table import CUSTOM


class ExcludeSettings(TransformationSettings):
    """Drops the listed parameters and leaves the rest. A name that an event does not have is no mistake."""

    parameters: Many[KeyPath] = Field(
        min_length=1,
        description="Names that go. `user_data.address` takes that branch, `items.price` that field of every item, "
        "`x-ga-*` every parameter whose name begins so.",
    )

    order: ClassVar[int] = 20
    takes_out: ClassVar[str] = "parameters: [user_data]"

    def doubts(self, file: WholeFile) -> Iterator[Doubt]:
        for name, lacking in self.starved(file, self._takes):
            at = next(index for index, pattern in enumerate(self.parameters) if names(pattern, lacking[0]))
            message = f"takes out {', '.join(lacking)}, which the tag {name} needs; leave it in, or `except: {name}`"
            yield Doubt(("parameters", at), message)

    def _takes(self, need: str) -> bool:
        return any(names(pattern, need) for pattern in self.parameters)


class Exclude(Transformation):
    """Takes the named parameters out."""

    Settings: ClassVar[type[TransformationSettings]] = ExcludeSettings

    examples: ClassVar = [
        TransformationExample(
            title="No personal data, no margins",
            settings={"parameters": ["email", "user_data.address", "items.margin"]},
            event={
                "event_name": "purchase",
                "email": "a@example.com",
                "user_data": {"sha256_email_address": "7f3a", "address": {"city": "Bonn"}},
                "items": [{"item_id": "A", "margin": 0.4}],
            },
            gives={
                "event_name": "purchase",
                "user_data": {"sha256_email_address": "7f3a"},
                "items": [{"item_id": "A"}],
            },
        ),
        TransformationExample(
            title="Nothing of the browser's own",
            settings={"parameters": ["client_hints", "x-*"]},
            event={"event_name": "page_view", "client_hints": {"mobile": False}, "x-ga-gcs": "G111", "x-sst-other": 1},
            gives={"event_name": "page_view"},
        ),
    ]

    def __init__(self, settings: ExcludeSettings, setup: Setup) -> None:  # noqa: ARG002  it has no name or secret to use
        self._paths = compile_paths(settings.parameters)

    def apply(self, event: Event, context: Context) -> Event:  # noqa: ARG002
        """The event without the named parameters, by whatever key they are kept."""
        left = self._paths.remove(event)
        kept = carried(event, left) if CUSTOM in left else left
        aside = set_aside(kept)
        return without(kept, [key for key, alone in aside if self._paths.remove(alone) is not alone]) if aside else kept
