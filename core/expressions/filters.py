"""The filters: value in, value out, UNDEFINED where the value is not of the filter's kind or the result too long."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from hashlib import sha256
from typing import Any, Final, Literal, TypeAlias

from core.expressions.urls import url_host, url_path, url_query
from core.expressions.values import bounded, json_text, known, number_of, scalar_text, short, text_of
from core.paths import LONGEST_PATH, get
from core.undefined import UNDEFINED

Argument: TypeAlias = Literal["value", "text", "count", "decimals"]
"""What a filter takes: anything; a text that is not empty; a whole number from 1 to a million; one from 0 to 10."""

_WHOLE: Final[Mapping[Argument, range]] = {"count": range(1, 1_000_001), "decimals": range(11)}
_PRECISE = Context(prec=60)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter. ``apply(value, *arguments)`` never sees an undefined value. ``example`` is what an error shows."""

    apply: Callable[..., Any]
    takes: Argument | None = None
    optional: bool = True
    example: str = ""


def accepts(kind: Argument, value: Any) -> bool:
    """Whether a filter's argument is of the kind it takes."""
    if kind in _WHOLE:
        return type(value) is int and value in _WHOLE[kind]
    return kind == "value" or (type(value) is str and value != "")


def _text(make: Callable[..., str | None]) -> Callable[..., Any]:
    """A filter on texts (and numbers, as their text), of which neither side may be too long."""

    def apply(value: Any, *arguments: Any) -> Any:
        text = short(scalar_text(value))
        return short(make(text, *arguments)) if text is not UNDEFINED else UNDEFINED

    return apply


def _bytes(make: Callable[[bytes], str | None]) -> Callable[..., Any]:
    def on_text(text: str) -> str | None:
        try:
            return make(text.encode())
        except UnicodeEncodeError:
            return None

    return _text(on_text)


def _hex_digest(data: bytes) -> str | None:
    return sha256(data).hexdigest() if data else None


def _number(value: Any) -> Any:
    number = number_of(value)
    return UNDEFINED if number is None else number


def _round(value: Any, decimals: int = 0) -> Any:
    """Half away from zero, on the digits that one sees: 2.675 to two decimals is 2.68."""
    number = number_of(value)
    if number is None:
        return UNDEFINED
    rounded = Decimal(repr(number)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, _PRECISE)
    return float(rounded) if decimals else int(rounded)


def _split(value: Any, separator: str = ",") -> Any:
    text = short(scalar_text(value))
    return UNDEFINED if text is UNDEFINED else text.split(separator)


def _element(index: int) -> Callable[[Any], Any]:
    return lambda value: known(value[index]) if type(value) is list and value else UNDEFINED


def _join(value: Any, separator: Any = "") -> Any:
    between = scalar_text(separator)
    if type(value) is not list or between is None:
        return UNDEFINED
    return short(between.join(text for text in map(text_of, value) if text is not None))


def _pluck(value: Any, key: str) -> Any:
    """What stands at the key path in each object of the list that has something there."""
    if type(value) is not list or len(key) > LONGEST_PATH:
        return UNDEFINED
    found = [get(element, key) for element in value if type(element) is dict]
    return [each for each in found if known(each) is not UNDEFINED]


def _length(value: Any) -> Any:
    return len(value) if type(value) in (str, list, dict) else UNDEFINED


def _sum(value: Any) -> Any:
    if type(value) is not list:
        return UNDEFINED
    numbers = [number_of(element) for element in value if element is not None]
    return UNDEFINED if None in numbers else bounded(sum(number for number in numbers if number is not None))


def _bucket(value: Any, buckets: int) -> Any:
    digest = FILTERS["sha256"].apply(value)
    return UNDEFINED if digest is UNDEFINED else int(digest[:15], 16) % buckets


def _moment(form: Callable[[datetime], str]) -> Callable[[Any], Any]:
    def apply(value: Any) -> Any:
        microseconds = number_of(value)
        if microseconds is None:
            return UNDEFINED
        try:
            return form(_EPOCH + timedelta(microseconds=microseconds))
        except OverflowError:
            return UNDEFINED

    return apply


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


FILTERS: Mapping[str, Filter] = {
    "default": Filter(lambda value, _: value, "value", False, "default(0)"),
    "lower": Filter(_text(str.lower)),
    "upper": Filter(_text(str.upper)),
    "trim": Filter(_text(str.strip)),
    "number": Filter(_number),
    "text": Filter(lambda value: short(text_of(value))),
    "round": Filter(_round, "decimals", True, "round(2)"),
    "sha256": Filter(_bytes(_hex_digest)),
    "base64": Filter(_bytes(lambda data: b64encode(data).decode())),
    "url_host": Filter(_text(url_host)),
    "url_path": Filter(_text(url_path)),
    "url_query": Filter(_text(url_query), "text", False, "url_query('utm_source')"),
    "split": Filter(_split, "text", True, "split(',')"),
    "first": Filter(_element(0)),
    "last": Filter(_element(-1)),
    "join": Filter(_join, "value", True, "join(', ')"),
    "pluck": Filter(_pluck, "text", False, "pluck('item_id')"),
    "length": Filter(_length),
    "sum": Filter(_sum),
    "truncate": Filter(_text(lambda text, size: text[:size]), "count", False, "truncate(100)"),
    "bucket": Filter(_bucket, "count", False, "bucket(100)"),
    "iso": Filter(_moment(_iso)),
    "date": Filter(_moment(lambda moment: moment.date().isoformat())),
    "json": Filter(lambda value: short(json_text(value))),
}
"""All there are. ``bucket(n)`` spreads texts evenly and for ever the same over 0 to n-1; times are microseconds."""
