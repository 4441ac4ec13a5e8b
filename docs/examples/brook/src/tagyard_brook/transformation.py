"""Says by which way a visitor came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from pydantic import Field
from tagyard import (
    Context,
    Event,
    Setup,
    Transformation,
    TransformationExample,
    TransformationSettings,
)


class ChannelSettings(TransformationSettings):
    """Says by which way a visitor came."""

    parameter: str = Field("channel", min_length=1, description="The parameter that says so.")
    by_medium: dict[str, str] = Field(
        {"cpc": "paid", "email": "email"}, description="The channel by the page's `utm_medium`."
    )


class Channel(Transformation):
    """Says by which way a visitor came: by the page's `utm_medium`, else `referral` or `direct`."""

    Settings: ClassVar[type[TransformationSettings]] = ChannelSettings
    examples: ClassVar[Sequence[TransformationExample]] = (
        TransformationExample(
            title="From an advertisement",
            settings={},
            event={
                "event_name": "page_view",
                "page_location": "https://shop.example/?utm_medium=cpc",
            },
            gives={
                "event_name": "page_view",
                "page_location": "https://shop.example/?utm_medium=cpc",
                "channel": "paid",
            },
        ),
        TransformationExample(
            title="By a link elsewhere",
            settings={"parameter": "came_by"},
            event={"event_name": "page_view", "page_referrer": "https://news.example/"},
            gives={
                "event_name": "page_view",
                "page_referrer": "https://news.example/",
                "came_by": "referral",
            },
        ),
    )

    def __init__(self, settings: ChannelSettings, setup: Setup) -> None:
        super().__init__(settings, setup)
        self._parameter = settings.parameter
        self._by_medium: Mapping[str, str] = settings.by_medium

    def apply(self, event: Event, context: Context) -> Event:
        """A copy of the event with one parameter more."""
        medium = _medium(event.get("page_location"))
        channel = self._by_medium.get(medium) or (
            "referral" if event.get("page_referrer") else "direct"
        )
        return {**event, self._parameter: channel}


def _medium(location: object) -> str:
    if not isinstance(location, str):
        return ""
    try:
        return parse_qs(urlsplit(location).query).get("utm_medium", [""])[0]
    except ValueError:
        return ""
