"""Takes the visitor's own part out of addresses."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from core.component import Setup, Transformation, TransformationExample, TransformationSettings
from core.context import Context
from core.fields import KeyPath, Many
from core.masking import masked
from core.parts import Parts
from core.types import Event
from core.undefined import UNDEFINED


class AnonymizeIpSettings(TransformationSettings):
    """Sets the last octet of IPv4 addresses and the last 80 bits of IPv6 addresses to 0.

    What is left still tells the country and mostly the region. A value that is no address is removed.
    """

    parameters: Many[KeyPath] = Field(
        ["ip_override"],
        min_length=1,
        description="Parameters that hold an address. `visitor.ip` is that entry, `logins.ip` that field of every element, "
        "`proxies.*` every element.",
    )


class AnonymizeIp(Transformation):
    """Takes the visitor's own part out of addresses."""

    Settings: ClassVar[type[TransformationSettings]] = AnonymizeIpSettings

    examples: ClassVar = [
        TransformationExample(
            title="The visitor's address",
            settings={},
            event={"event_name": "page_view", "ip_override": "203.0.113.7", "user_agent": "Mozilla/5.0"},
            gives={"event_name": "page_view", "ip_override": "203.0.113.0", "user_agent": "Mozilla/5.0"},
        ),
        TransformationExample(
            title="An IPv6 address, and addresses under names of one's own",
            settings={"parameters": ["ip_override", "logins.ip"]},
            event={"ip_override": "2001:db8:85a3:8d3:1319:8a2e:370:7348", "logins": [{"ip": "198.51.100.23"}, {"ip": "unknown"}]},
            gives={"ip_override": "2001:db8:85a3::", "logins": [{"ip": "198.51.100.0"}, {}]},
        ),
    ]

    def __init__(self, settings: AnonymizeIpSettings, setup: Setup) -> None:  # noqa: ARG002  it has no name or secret to use
        self._parts = Parts(settings.parameters)

    def apply(self, event: Event, context: Context) -> Event:  # noqa: ARG002
        """The event with the addresses masked."""
        return self._parts.change(event, _masked, _same)


def _masked(value: Any, key: str) -> Any:  # noqa: ARG001  an address is one under any key
    address = masked(value) if isinstance(value, str) else None
    if address is None:
        return UNDEFINED
    return value if address == value else address


def _same(value: Any, key: str) -> Any:  # noqa: ARG001
    return value
