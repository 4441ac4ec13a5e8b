"""What the settings of a client for JSON are made of, besides its secret."""

from __future__ import annotations

from typing import Annotated, Any, Final, TypeAlias, TypeVar

import orjson
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from core.expressions.names import OF_ELEMENTS
from core.fields import Condition, Template
from core.secret import holds_secret
from core.types import Headers, Reply

_LATER: Final = frozenset({"event", "original", "user", "user_properties", "client"})
"""Names of expressions that mean something only once there is an event."""
_NO_CACHE: Final = ("cache-control", "no-cache")
_NO_CONTENT: Final = 204

Read = TypeVar("Read", Template, Condition)


def _unsealed(value: Any) -> Any:
    if holds_secret(value):
        raise PydanticCustomError("secret", "an event cannot hold a secret: write ${NAME} where the secret is sent")
    return value


def _before_the_event(read: Read) -> Read:
    for root, _ in sorted(reference for expression in read.expressions for reference in expression.references):
        if root in _LATER:
            message = f"there is no {root} yet: name what has come by `body`, `item` or `request`"
            raise PydanticCustomError("name", "{message}", {"message": message})
    return read


def _of_all(read: Read) -> Read:
    if any(root in OF_ELEMENTS for expression in read.expressions for root, _ in expression.references):
        raise PydanticCustomError("item", "there is no item yet: this is about the request as a whole, which `body` is")
    return _before_the_event(read)


OfItem: TypeAlias = Annotated[Template, AfterValidator(_before_the_event), BeforeValidator(_unsealed)]
"""A value for one event."""
OfRequest: TypeAlias = Annotated[Template, AfterValidator(_of_all), BeforeValidator(_unsealed)]
"""A value for the whole request."""
ItemCondition: TypeAlias = Annotated[Condition, AfterValidator(_before_the_event)]
RequestCondition: TypeAlias = Annotated[Condition, AfterValidator(_of_all)]


class ReplySettings(BaseModel):
    """What a sender is answered whose request was taken."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: int = Field(200, ge=200, le=299, description="Its status, of those that say yes.")
    body: dict[str, Any] | list[Any] | str = Field({}, description="Its body: a text, or JSON as a mapping or a list.")

    def reply(self) -> Reply:
        """The reply."""
        if self.status == _NO_CONTENT:
            return Reply(self.status, (_NO_CACHE,))
        kind = "text/plain; charset=utf-8" if isinstance(self.body, str) else "application/json"
        headers: Headers = (("content-type", kind), _NO_CACHE)
        return Reply(self.status, headers, self.body.encode() if isinstance(self.body, str) else orjson.dumps(self.body))
