"""Pydantic's findings in our own words. No message holds a value that was read, so none can hold a secret."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

SECRET_NOT_HERE = "a secret is not allowed here; list its name under `environment` if it is not secret"

_NOT_REPLACED = "${{NAME}} is not replaced inside {where}; {instead}"
_PLAIN_NAME = "list NAME under `environment` and write env.NAME"
_NAME_OF_A_KEY = "hmac takes the name alone: hmac('NAME')"

_NOUNS = {
    "string_type": "a text",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "literal_error": "{expected}",
    "none_required": "null",
}

_SENTENCES = {
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "{wanted}",
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
    "finite_number": "must be a finite number",
    "value_error": "{error}",
    "assertion_error": "{error}",
}


_DIGITS = re.compile(r"\^\\d\{(\d+),(\d+)\}\$")
"""Patterns of ids that are numbers, which are more easily told in words."""

_SHORT = ("too_short", "string_too_short")


def not_replaced(text: str, where: str) -> str:
    """What is said of a text with a ``${NAME}`` in an expression."""
    return _NOT_REPLACED.format(where=where, instead=_NAME_OF_A_KEY if "hmac(" in text else _PLAIN_NAME)


def say(errors: Sequence[Mapping[str, Any]], value: object, *, listable: bool = False) -> str:
    """One message for everything that pydantic says about one place; alternatives are joined with "or".

    ``listable``: a list of what is wanted would do as well.
    """
    for error in errors:
        if error["type"] not in _NOUNS:
            if error["type"] in _SHORT and error["ctx"]["min_length"] == 1:
                return "must not be empty"
            sentence = _SENTENCES.get(error["type"])
            return sentence.format(**_context(error)) if sentence else str(error["msg"])
    nouns = dict.fromkeys(_NOUNS[error["type"]].format(**_context(error)) for error in errors)
    several = " or a list of them" if listable else ""
    quotes = "; put quotes around it" if "a text" in nouns and isinstance(value, int | float) else ""
    return f"must be {' or '.join(nouns)}{several}{quotes}"


def _context(error: Mapping[str, Any]) -> dict[str, Any]:
    """What the message speaks of; numbers without a needless ``.0``."""
    found: dict[str, Any] = error.get("ctx", {})
    wanted = {"wanted": _wanted(found["pattern"])} if "pattern" in found else {}
    return wanted | {key: f"{value:g}" if isinstance(value, float) else value for key, value in found.items()}


def _wanted(pattern: str) -> str:
    """What a text has to be that does not match."""
    digits = _DIGITS.fullmatch(pattern)
    return f"must be {digits[1]} to {digits[2]} digits, nothing else" if digits else f"must match {pattern}"


def unknown(what: str, name: str, known: Sequence[str]) -> str:
    """``unknown key, did you mean measurement_id?``, or what there is instead."""
    close = get_close_matches(name, known, n=1)
    if close:
        return f"unknown {what}, did you mean {close[0]}?"
    return f"unknown {what}; known are {', '.join(known)}" if known else f"unknown {what}; there is none"
