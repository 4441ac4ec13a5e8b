"""Claims the beacons of a vendor whose script it serves, for the sites that the rest of the file allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Self
from urllib.parse import parse_qsl

from pydantic import Field

from tagyard import Claim, Client, ClientExample, ClientSettings, Declined, Doubt, Many, Reply, Request, Setup, Steps, WholeFile


class BeaconSettings(ClientSettings):
    """Where beacons come, and from which sites."""

    paths: Many[str] = Field(["/beacon"], description="The paths that are claimed.")
    sites: Many[str] = Field([], description="The origins they come from; empty: the server's `allowed_origins`.")
    ids: Many[str] = Field([], description="The ids of the site.")
    vendor: str = Field("https://cdn.beacon.example", description="Where pages load the script from.")

    def site_ids(self) -> Sequence[str]:
        return self.ids

    def written_paths(self) -> Mapping[Steps, str]:
        return {("paths", at): path for at, path in enumerate(self.paths)}

    def page_sources(self, own: str) -> Mapping[str, Sequence[str]]:
        return {"script-src": (own, self.vendor), "font-src": (self.vendor,)}

    def first_request(self) -> str:
        return f"{self.paths[0]}?name=page_view"

    def derived(self, file: WholeFile) -> Self:
        return self if self.sites else self.model_copy(update={"sites": list(file.server.allowed_origins)})

    def doubts(self, file: WholeFile) -> Iterator[Doubt]:
        for at, site in enumerate(self.sites):
            if site not in file.server.allowed_origins:
                yield Doubt(("sites", at), "may not read replies; list it under server.allowed_origins", at_value=True)
        if not any(name.startswith("beacon_") for name in file.tags):
            yield Doubt(("ids",), f"reach none of {', '.join(file.tags)}")


class Beacon(Client):
    """Claims GET requests at its paths; each parameter is one of the event."""

    Settings: ClassVar[type[ClientSettings]] = BeaconSettings
    examples: ClassVar[Sequence[ClientExample]] = (
        ClientExample(
            title="A page view",
            request=Request("r1", 1_764_340_311_502_000, "GET", "/beacon", "name=page_view&value=2"),
            events=({"event_name": "page_view", "value": "2"},),
            reply=Reply(204),
        ),
    )

    def __init__(self, settings: BeaconSettings, setup: Setup) -> None:  # noqa: ARG002  it has no name or secret to use
        self._paths = frozenset(settings.paths)
        self._sites = frozenset(settings.sites)

    def claim(self, request: Request) -> Claim | Declined:
        """The event, where the page is of one of the sites or says none."""
        origin = dict(request.headers).get("origin")
        if request.path not in self._paths or request.method != "GET":
            return Declined("beacons come by GET at other paths", "path")
        if origin is not None and origin not in self._sites:
            return Declined(f"{origin} is none of its sites", "site")
        said = dict(parse_qsl(request.query_string))
        return Claim([{"event_name": said.pop("name", "beacon"), **said}], Reply(204))
