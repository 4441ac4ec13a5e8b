"""What may follow ``is``: questions about one value, answered with true or false. Undefined is only ever ``empty``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Final, TypeAlias

import re2

from core.addresses import address_in
from core.expressions.operators import contains
from core.expressions.values import LONGEST_TEXT, scalar_text
from core.undefined import UNDEFINED

LONGEST_PATTERN: Final = 1_024
Network: TypeAlias = IPv4Network | IPv6Network
_QUIET = re2.Options()
_QUIET.log_errors = False


@dataclass(frozen=True, slots=True)
class Predicate:
    """One test with an argument: a value, or a list of which any may fit.

    ``prepare`` turns the argument's values into what ``holds(subject, prepared)`` takes and drops what it cannot use;
    ``complaint`` says what is wrong with a single one that is known when the file is loaded.
    """

    holds: Callable[[Any, Any], bool]
    prepare: Callable[[list[Any]], Any]
    complaint: Callable[[Any], str | None]
    literal: bool = False


def compile_pattern(pattern: str) -> Any:
    """The RE2 pattern, compiled. Raises ValueError with the reason in words."""
    if len(pattern.encode(errors="replace")) > LONGEST_PATTERN:
        raise ValueError(f"the pattern is longer than {LONGEST_PATTERN} bytes")
    try:
        return re2.compile(pattern, _QUIET)
    except (re2.error, UnicodeEncodeError) as error:
        reason = error.args[0] if isinstance(error, re2.error) else "it holds half a character"
        reason = reason.decode(errors="replace") if isinstance(reason, bytes) else reason
        raise ValueError(f"the pattern {pattern!r} is not one that RE2 knows: {reason}") from None


def search(pattern: Any, text: str) -> Any:
    """The first match of a compiled pattern, or None; also for a text that is too long or not whole."""
    try:
        return pattern.search(text) if len(text) <= LONGEST_TEXT else None
    except UnicodeEncodeError:
        return None


def _texts(values: list[Any]) -> tuple[str, ...]:
    return tuple(text for text in map(scalar_text, values) if text is not None)


def _starts(subject: Any, options: tuple[str, ...]) -> bool:
    text = scalar_text(subject)
    return text is not None and text.startswith(options)


def _ends(subject: Any, options: tuple[str, ...]) -> bool:
    text = scalar_text(subject)
    return text is not None and text.endswith(options)


def _contains(subject: Any, options: list[Any]) -> bool:
    if type(subject) is dict:
        return False
    if type(subject) is list:
        return any(contains(subject, option) for option in options)
    text = scalar_text(subject)
    if text is None:
        return False
    for option in options:  # noqa: SIM110  a generator takes longer than the search
        if option in text if type(option) is str else contains(text, option):
            return True
    return False


def _matches(subject: Any, patterns: list[Any]) -> bool:
    text = scalar_text(subject)
    return text is not None and any(search(pattern, text) for pattern in patterns)


def _in_network(subject: Any, networks: list[Network]) -> bool:
    address = address_in(subject) if type(subject) is str else None
    return address is not None and any(address in network for network in networks)


@lru_cache(maxsize=1_024)
def _network(text: str) -> Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def _networks(values: list[Any]) -> list[Network]:
    found = (_network(value) for value in values if type(value) is str and len(value) < 64)
    return [network for network in found if network]


def _text_complaint(value: Any) -> str | None:
    return None if scalar_text(value) is not None else "takes a text, or a list of texts"


def _value_complaint(value: Any) -> str | None:
    return "takes a value, or a list of values" if value is UNDEFINED else None


def _pattern_complaint(value: Any) -> str | None:
    if type(value) is not str:
        return "takes a pattern in quotes, or a list of them"
    try:
        compile_pattern(value)
    except ValueError as error:
        return f"cannot be used: {error}"
    return None


def _network_complaint(value: Any) -> str | None:
    if _networks([value]):
        return None
    return f"takes addresses or networks such as '203.0.113.0/24', not {value!r}"


def _compiled(values: list[Any]) -> list[Any]:
    return [compile_pattern(value) for value in values]


PREDICATES: Mapping[str, Predicate] = {
    "starting_with": Predicate(_starts, _texts, _text_complaint),
    "ending_with": Predicate(_ends, _texts, _text_complaint),
    "containing": Predicate(_contains, list, _value_complaint),
    "matching": Predicate(_matches, _compiled, _pattern_complaint, literal=True),
    "in_network": Predicate(_in_network, _networks, _network_complaint),
}


def _is_defined(value: Any) -> bool:
    return value is not UNDEFINED


def _is_empty(value: Any) -> bool:
    return value is UNDEFINED or (type(value) in (str, list, dict) and not value)


STATES: Mapping[str, Callable[[Any], bool]] = {"defined": _is_defined, "empty": _is_empty}
"""The tests without an argument. Nothing, an empty text, list or object is empty; zero and false are not."""
