"""Settings of clients that claim whatever comes to the paths of a list, whichever request it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self, TypeAlias

from pydantic import Field

from core.fields import Many
from core.settings import ClientSettings, Steps
from wire.ga4.streams import are_among

ActivationPaths: TypeAlias = Many[Annotated[str, Field(pattern="^/")]]


class PathSettings(ClientSettings):
    """Each client says which paths those are by default."""

    activation_paths: ActivationPaths

    def has_paths_of(self, other: Self) -> bool:
        """Whether all that comes to the other's paths comes to one of these."""
        return set(other.activation_paths) <= set(self.activation_paths)

    def written_paths(self) -> Mapping[Steps, str]:
        return {("activation_paths", at): path for at, path in enumerate(self.activation_paths)}


class PathAndIdSettings(PathSettings):
    """Of what comes to its paths such a client claims what is for the ids that it lists."""

    def overshadows(self, other: Self) -> bool:
        return self.has_paths_of(other) and are_among(other.claimed_ids(), self.claimed_ids())
