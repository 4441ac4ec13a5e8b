"""Takes e-mail addresses, telephone numbers and whatever else tells who somebody is out of all texts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from core.component import LAST, Doubt, Setup, Transformation, TransformationExample, TransformationSettings, WholeFile
from core.context import Context
from core.fields import KeyPath, Many
from core.finders import REDACTED, Finder, compile_finder
from core.parts import Parts
from core.redaction import Redaction
from core.types import Event
from core.wildcard import names
from wire.ga4.table import CUSTOM
from wire.identifiers import VISITOR_IDS, holds_an_id


def _usable(pattern: str) -> str:
    compile_finder(pattern, "")
    return pattern


class PatternSettings(BaseModel):
    """A pattern of one's own."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    match: Annotated[str, Field(min_length=1), AfterValidator(_usable)] = Field(
        description="What goes, as an RE2 pattern of at most 1 KB; `(?i)` at its start takes capital letters for small ones."
    )
    with_: str = Field(REDACTED, alias="with", description="The text that comes in its place; `''` for none.")


def _known(value: Any) -> Any:
    if isinstance(value, str) and value not in ("email", "phone"):
        raise ValueError(f"must be `email`, `phone`, or a pattern of your own as {{match: {value!r}}}")
    return value


Pattern: TypeAlias = Annotated[Literal["email", "phone"] | PatternSettings, BeforeValidator(_known)]


class RedactSettings(TransformationSettings):
    """Which texts go, and where nothing is looked for."""

    priority: int = Field(
        0, description="Higher runs first, among several of this type: all of them run after every other transformation."
    )
    patterns: Many[Pattern] = Field([], description="What goes: `email`, `phone`, or patterns of your own.")
    query_parameters: Many[Annotated[str, Field(min_length=1, max_length=200)]] = Field(
        [],
        description="Query parameters that go from every URL, its fragment, and the URLs inside it; `*` stands for any text. "
        "Capital and small letters differ.",
    )
    except_parameters: Many[KeyPath] = Field(
        ["user_data"],
        description="Parameters that stay as they are, whatever finds something in them. A list of your own replaces this.",
    )
    phone_in_ids: bool = Field(
        False,
        description="Whether `phone` looks at ids and items' own parameters too; article numbers look like telephone numbers.",
    )

    counted: ClassVar[bool] = True
    order: ClassVar[int] = LAST
    takes_out: ClassVar[str] = "patterns: [email, phone]"

    @model_validator(mode="after")
    def _does_something(self) -> RedactSettings:
        if not self.patterns and not self.query_parameters:
            raise ValueError("would take nothing out: give it `patterns`, `query_parameters`, or both")
        return self

    def doubts(self, file: WholeFile) -> Iterator[Doubt]:
        del file
        if "phone" in self.patterns and self.phone_in_ids:
            yield _NUMBERS_ARE_IDS
        looked_at = {name: id for name, id in _IDS.items() if not self._leaves_alone(name)}
        for own in self.patterns:
            found = None if isinstance(own, str) else compile_finder(own.match, "").pattern
            hit = [name for name, id in looked_at.items() if found is not None and found.search(id)]
            if hit and not isinstance(own, str):
                message = f"{own.match!r} finds something in ids too, such as {hit[0]} {_IDS[hit[0]]}: `except_parameters` takes "
                yield Doubt(("patterns",), f"{message}{', '.join(hit)} out of it")

    def _leaves_alone(self, name: str) -> bool:
        return any(names(pattern, name) or name.startswith(f"{pattern}.") for pattern in self.except_parameters)


_NUMBERS_ARE_IDS: Final = Doubt(
    ("phone_in_ids",), "makes one of all article and order numbers that look like telephone numbers, such as 0815-47110"
)
_IDS: Final = {
    "client_id": "1307714608.1760043792",
    "ga_session_id": "1764340309",
    "transaction_id": "0123-456789",
    "items.item_id": "0815-47110",
}
"""Ids as they come, which nobody means to take out by a pattern."""


class Redact(Transformation):
    """Takes e-mail addresses, telephone numbers and whatever else tells who somebody is out of all texts.

    It redacts every text of an event, however deep; keys and numbers stay as they are.

    Texts are also seen through their percent-encoding, up to five times encoded, and what replaces a match is encoded as
    often as its surroundings: a URL stays a URL. All that is not matched keeps its exact bytes.

    `email` is an address with a dot in its domain, accents included. Before the host of a URL
    (`https://jo@shop.example/`) it goes with its `@`, and the host stays.

    `phone` is a number as one writes it to be called: 8 to 15 digits that begin with `+` and no letter or digit before it
    (`+491701234567`, `+49 (0) 170 123-4567`); an area code of 3 to 6 digits that begins with 0, set apart from what
    follows by spaces, hyphens, brackets or a slash (`0170 1234567`, `(030) 123456`, `030/123456`); five pairs of digits
    of which the first begins with 0 (`06 12 34 56 78`); or `(212) 555-0123`. Groups of digits that follow such a number
    go with it. Digits without `+` and without anything between them are never a phone number, nor are `1307714608.1760043792`,
    dates, times, prices, coordinates and IP addresses, nor digits joined by hyphens in the path of a URL, behind a `#`, or
    where a word goes on (`0815-47110-bolt`). Elsewhere in a text an order number that looks like one (`0123-456789`) is
    taken for one.

    Not so under the name of an id: `phone` leaves alone what stands under `transaction_id`, `item_id` and any other name
    that ends in `id`, `ids`, `sku`, `gtin`, `ean` or `order_number` (but not `caller_id` and its like), what else describes
    an item (`item_name`, `item_variant`, `coupon`, `affiliation`), and what gtag says of itself (`x-ga-*`).
    `phone_in_ids: true` takes that back. `email` and patterns of your own look everywhere. Where a `client_id` or `user_id`
    holds an address, or is a number that begins with `+`, its SHA-256 hash takes the place of the whole, so that visitors
    stay apart.

    Which parameters something is taken out of is counted, by transformation and parameter.

    A text longer than 64 KB, or in which one pattern is found more than 100 times, is replaced as a whole.
    """

    Settings: ClassVar[type[TransformationSettings]] = RedactSettings

    examples: ClassVar = [
        TransformationExample(
            title="E-mail addresses and telephone numbers, wherever they stand",
            settings={"patterns": ["email", "phone"]},
            event={
                "event_name": "form_submit",
                "client_id": "1307714608.1760043792",
                "page_location": "https://shop.example/thanks?mail=jo%40example.com&order=4711",
                "page_title": "Thanks, jo@example.com",
                "transaction_id": "Order 0123-456789",
                "items": [{"item_id": "0815-47110", "engraving": "call +49 170 1234567"}],
                "user_data": {"email": "jo@example.com"},
            },
            gives={
                "event_name": "form_submit",
                "client_id": "1307714608.1760043792",
                "page_location": "https://shop.example/thanks?mail=%5Bredacted%5D&order=4711",
                "page_title": "Thanks, [redacted]",
                "transaction_id": "Order 0123-456789",
                "items": [{"item_id": "0815-47110", "engraving": "call [redacted]"}],
                "user_data": {"email": "jo@example.com"},
            },
        ),
        TransformationExample(
            title="Query parameters, in the URL inside the URL too",
            settings={"query_parameters": ["token", "reset_*"]},
            event={
                "page_location": "https://shop.example/?token=s3cret&color=red#reset_key=1",
                "page_referrer": "https://login.example/?to=https%3A%2F%2Fshop.example%2F%3Fa%3D1%26token%3Ds3cret&lang=de",
            },
            gives={
                "page_location": "https://shop.example/?color=red",
                "page_referrer": "https://login.example/?to=https%3A%2F%2Fshop.example%2F%3Fa%3D1&lang=de",
            },
        ),
        TransformationExample(
            title="Customer numbers",
            settings={"patterns": [{"match": r"\bC-\d{6}\b", "with": "C-?"}]},
            event={"event_name": "page_view", "page_title": "Your account C-123456"},
            gives={"event_name": "page_view", "page_title": "Your account C-?"},
        ),
    ]

    def __init__(self, settings: RedactSettings, setup: Setup) -> None:  # noqa: ARG002  it has no name or secret to use
        spared = None if settings.phone_in_ids else holds_an_id
        redaction = Redaction(map(_finder, settings.patterns), settings.query_parameters, spared, VISITOR_IDS)
        self._redacted = redaction.value
        self._parts = Parts({*settings.except_parameters, *_NAMES})

    def apply(self, event: Event, context: Context) -> Event:  # noqa: ARG002
        """The event redacted, but for the parameters that are excepted."""
        return self._parts.change(event, _same, self._redacted)


_NAMES: Final = (CUSTOM,)
"""Lists of the names that parameters have: those are keys, though they stand in texts."""


def _finder(pattern: str | PatternSettings) -> str | Finder:
    return pattern if isinstance(pattern, str) else compile_finder(pattern.match, pattern.with_)


def _same(value: Any, key: str) -> Any:  # noqa: ARG001
    return value
