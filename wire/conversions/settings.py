"""What the settings of tags for vendors have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from core.fields import ConsentType, Many
from core.settings import Doubt, TagSettings
from core.url import Url


def as_origin(text: str) -> str:
    """Scheme and host as they are compared with others. Raises ValueError for what is more than that."""
    origin = Url(text).origin
    if text.rstrip("/").lower() != origin:
        raise ValueError("must be scheme and host alone, such as https://example.com")
    return origin


Origin = Annotated[str, AfterValidator(as_origin)]


def as_place(text: str) -> str:
    """Scheme, host and folder of what somebody runs by himself. Raises ValueError for what is more than that."""
    origin = Url(text).origin
    if not text.lower().startswith(origin) or any(mark in text for mark in ("?", "#", "{{")):
        raise ValueError("must be scheme, host and folder alone, such as https://example.com/analytics")
    return origin + text[len(origin) :].rstrip("/")


Place = Annotated[str, AfterValidator(as_place)]

NEEDED: Final[list[ConsentType]] = ["ad_storage", "ad_user_data"]


class AdvertisingSettings(TagSettings):
    """What every tag for an advertising platform has."""

    consent: Many[ConsentType] = Field(
        NEEDED,
        description="It fires only when each of these is granted; unset holds it back too. `[]` where consent is asked for "
        "elsewhere, or by a condition of the trigger.",
    )


def chosen_by_no_trigger(settings: TagSettings, conversion: str) -> Sequence[Doubt]:
    """What is to be said where a tag whose events all count as one conversion fires for whatever comes.

    ``conversion`` is the setting that names it.
    """
    if settings.triggers != ["all"]:
        return []
    return [Doubt((conversion,), "every event counts as this conversion, page views too; name the `triggers` that choose")]
