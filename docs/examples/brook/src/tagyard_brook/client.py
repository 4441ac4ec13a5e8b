"""Claims the beacons of Brook's own script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

from pydantic import Field
from tagyard import (
    Claim,
    Client,
    ClientExample,
    ClientSettings,
    Declined,
    Event,
    Many,
    Reply,
    Request,
    Setup,
    Steps,
    hit_reply,
)


class BeaconsSettings(ClientSettings):
    """Claims the beacons of Brook's own script."""

    paths: Many[Annotated[str, Field(pattern="^/")]] = Field(
        ["/brook"], description="The paths that are claimed."
    )

    def written_paths(self) -> Mapping[Steps, str]:
        """For `check`, which knows of paths that no request has."""
        return {("paths", at): path for at, path in enumerate(self.paths)}

    def first_request(self) -> str:
        """For `tagyard test`, which offers a first test."""
        return f"{self.paths[0]}?n=page_view&v=77.17&u=https%3A%2F%2Fshop.example%2F"


class Beacons(Client):
    """Claims the beacons of Brook's own script: `n` is the event's name, `v` the visitor, `u` the page."""

    Settings: ClassVar[type[ClientSettings]] = BeaconsSettings
    examples: ClassVar[Sequence[ClientExample]] = (
        ClientExample(
            title="A page view",
            request=Request(
                id="r1",
                received_at=1_700_000_000_000_000,
                method="GET",
                path="/brook",
                query_string="n=page_view&v=77.17&u=https%3A%2F%2Fshop.example%2F&plan=pro",
            ),
            events=(
                {
                    "event_name": "page_view",
                    "client_id": "77.17",
                    "page_location": "https://shop.example/",
                    "plan": "pro",
                },
            ),
            reply=Reply(204, (("cache-control", "no-cache"),)),
        ),
    )

    _NAMES: ClassVar[Mapping[str, str]] = {
        "n": "event_name",
        "v": "client_id",
        "u": "page_location",
    }

    def __init__(self, settings: BeaconsSettings, setup: Setup) -> None:
        super().__init__(settings, setup)
        self._paths = frozenset(settings.paths)

    def claim(self, request: Request) -> Claim | Declined:
        """The event of a beacon."""
        if request.path not in self._paths:
            return Declined(f"the path is not {' or '.join(sorted(self._paths))}", "path")
        if request.method != "GET":
            return Declined("beacons come by GET", "method")
        event: Event = {self._NAMES.get(name, name): value for name, value in request.query.items()}
        if "event_name" not in event:
            return Declined("it names no event: n is missing", "event_name")
        return Claim([event], hit_reply(request))
