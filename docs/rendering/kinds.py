"""What may be written for a setting, in words: from the type that checks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import AfterValidator, BaseModel, BeforeValidator

from config.cases import Clock
from config.literals import Body, Written
from config.places import Address
from core.fields import Condition, Duration, Size, Template
from core.secret import Secret
from core.url import Url


def mark(annotated: Any) -> Any:
    """By which a field of this kind is known: what reads it."""
    return get_args(annotated)[1]


_MARKS: Final[Mapping[Any, str]] = {
    mark(Duration): "duration",
    mark(Size): "size",
    mark(Clock): "time",
    mark(Body): "text, mapping or list",
}

_PLAIN: Final[Mapping[Any, str]] = {
    bool: "true or false",
    int: "whole number",
    float: "number",
    str: "text",
    bytes: "text",
    Address: "host:port",
    Template: "template",
    Url: "template",
    Written: "text",
    Condition: "expressions",
    Secret: "secret",
    Any: "anything",
}


def kind(annotation: Any, metadata: Sequence[Any] = ()) -> str:
    """What a value of this type is called; anything where the type has no word, so that its description has to say it."""
    for each in metadata:
        if isinstance(each, AfterValidator | BeforeValidator) and each in _MARKS:
            return _MARKS[each]
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "mapping"
    generic = _GENERIC.get(get_origin(annotation))
    return generic(annotation) if generic else "anything"


def _annotated(annotation: Any) -> str:
    inner, *metadata = get_args(annotation)
    return kind(inner, metadata)


def _union(annotation: Any) -> str:
    found = [kind(each) for each in get_args(annotation) if each is not type(None)]
    return " or ".join(dict.fromkeys(found))


def _literal(annotation: Any) -> str:
    return ", ".join(f"`{word}`" for word in get_args(annotation))


def _list(annotation: Any) -> str:
    inner = kind(get_args(annotation)[0])
    return f"list of {_PLURAL.get(inner, inner)}"


_PLURAL: Final[Mapping[str, str]] = {"text": "texts", "mapping": "mappings", "secret": "secrets", "template": "templates"}

_GENERIC: Final[Mapping[Any, Callable[[Any], str]]] = {
    Annotated: _annotated,
    Union: _union,
    UnionType: _union,
    Literal: _literal,
    list: _list,
    dict: lambda _: "mapping",
}


def models(annotation: Any, above: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """The models whose keys are written where the annotation stands; before each, how the place of its keys is written."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield above, annotation
    elif origin is Annotated:
        yield from models(inner[0], above)
    elif origin in (Union, UnionType):
        for each in inner:
            yield from models(each, above)
    elif origin is list:
        yield from models(inner[0], f"{above}[]")
    elif origin is dict:
        yield from models(inner[1], f"{above}.NAME")
