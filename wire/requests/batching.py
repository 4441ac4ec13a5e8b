"""Several events in one request: how many, and what becomes one body of theirs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from core.fields import Duration
from core.secret import fill, seal_off
from core.settings import Steps
from core.types import Payload
from wire.bodies import as_json

PLACE: Final = "{{ rows }}"
"""How a file writes where the events go."""

MOST: Final = 10_000
LONGEST_LINGER: Final = 60.0


class Wrap:
    """What stands around the events. Raises PydanticCustomError where it has no place for them, or more than one."""

    def __init__(self, value: Any) -> None:
        places = list(_places(value))
        if len(places) != 1:
            told = "where the events go is not said" if not places else "where the events go is said more than once"
            raise PydanticCustomError("wrap", "{told}: write {place} as one of the values", {"told": told, "place": PLACE})
        [self.steps] = places
        """The keys and indices that lead to the events."""
        self._value, self._secrets = seal_off(value)

    def filled(self, secrets: Mapping[str, str]) -> Any:
        """The same with its secrets put in. Raises KeyError(name) for one that the environment does not have."""
        return fill(self._value, self._secrets, secrets)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(lambda value: value if isinstance(value, cls) else cls(value))

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"description": f"A mapping or a list, with {PLACE} where the events go."}


def _places(value: Any, steps: Steps = ()) -> Iterator[Steps]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _places(item, (*steps, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _places(item, (*steps, index))
    elif "{{" in (text := str(value)):
        if text.replace(" ", "") != PLACE.replace(" ", ""):
            told = f"{PLACE}, by itself, is all that may stand in braces here: what is of one event goes into `body`"
            raise PydanticCustomError("wrap", "{told}", {"told": told})
        yield steps


def put(value: Any, steps: Steps, rows: Sequence[Any]) -> Any:
    """The value with the events at their place."""
    if not steps:
        return rows
    head, rest = steps[0], steps[1:]
    if isinstance(value, list):
        return [put(item, rest, rows) if index == head else item for index, item in enumerate(value)]
    return {key: put(item, rest, rows) if key == head else item for key, item in value.items()}


class BatchSettings(BaseModel):
    """Several events in one request: those of which all but the body is the same, such as url and headers.

    They leave as soon as there are enough, or 1 MiB of them, and ``linger`` after the first at the latest. The reply to the
    visitor waits for none of it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    most: int = Field(100, ge=1, le=MOST, description="How many events one request has at most.")
    linger: Duration = Field(1.0, le=LONGEST_LINGER, description="How long an event waits for others, at most 60s.")
    wrap: Wrap | None = Field(
        None,
        description=f'What stands around the events: `{{data: "{PLACE}"}}`. Default: the body is the list of them. '
        "`${NAME}` is allowed.",
    )

    @property
    def around(self) -> Wrap:
        """What stands around them, if it is nothing."""
        return self.wrap or Wrap(PLACE)


def apart(payload: Payload) -> str:
    """All of a request that is not its body, as one text: events share a request where it is the same."""
    head = {part: value for part, value in payload.body.items() if part != "body"}
    places = [[place.pointer, place.at, place.name] for place in payload.secrets if not _in_body(place.pointer)]
    return as_json([head, places]).decode()


def _in_body(pointer: str) -> bool:
    return pointer == "/body" or pointer.startswith("/body/")
