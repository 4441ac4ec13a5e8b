"""What the sections of the file share."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class SectionSettings(BaseModel):
    """Settings that belong to no component. Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)
