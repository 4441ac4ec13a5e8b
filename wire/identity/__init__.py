"""What is known about a person, as each vendor wants it written, and hashed with SHA-256 where it wants a hash.

Where vendors say nothing of their own, Google's rules hold (``wire.hashing``). Nothing is made of nothing: a text of which a rule
leaves no letter has neither form nor hash.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Callable, Mapping
from typing import Final

from wire.hashing import NORMALISE, address_in, hash_in, normal, phone, sha256
from wire.identity.countries import COUNTRIES
from wire.identity.regions import REGIONS

Rule = Callable[[str], str]
"""What it makes of a text in small letters and NFKC."""

_TAIL = re.compile(r"[a-fA-F0-9]{64}\.(?:[A-Za-z0-9_-]{2}|[A-Za-z0-9_-]{8})")
"""A hash as Meta's own library for pages writes it: what stands behind the dot tells which version has made it."""

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_US_POSTAL_CODE = re.compile(r"(\d{5})-?\d{4}")
_DATE = re.compile(r"(\d{4})\D?(\d{2})\D?(\d{2})")


def digest(vendor: str, kind: str, text: str) -> str:
    """The hash of a text of this kind, in 64 small hexadecimal digits, by the vendor's rules; empty where nothing is left.

    ``kind`` is one of ``KINDS``. What is a hash already passes.
    """
    text = text.strip()
    if vendor == "meta" and _TAIL.fullmatch(text):
        return text[:64].lower() + text[64:]
    return _given(kind, text) or sha256(normalized(vendor, kind, text))


def _given(kind: str, text: str) -> str:
    if kind not in _ANY_TEXT:
        return hash_in(text)
    return text.lower() if _IS_HEX.fullmatch(text) else ""  # it may look like a hash in base64, and be none


def normalized(vendor: str, kind: str, text: str) -> str:
    """The text as the vendor has it before it is hashed, or in clear; empty where nothing is left."""
    if (vendor, kind) in _AS_IT_IS:
        return text.strip()
    return normal(text, _rule(vendor, kind))


def in_clear(vendor: str, kind: str, text: str) -> str:
    """The same of what is in clear; empty of what is a hash already."""
    return "" if _given(kind, text.strip()) else normalized(vendor, kind, text)


def _rule(vendor: str, kind: str) -> Rule:
    return RULES[vendor].get(kind) or _EVERYWHERE[kind]


def _stripped(text: str) -> str:
    return text.strip()


def _together(text: str) -> str:
    return "".join(text.split())


def _email(text: str) -> str:
    return "@".join(address_in(text)).removeprefix("@")


def _bare_email(text: str) -> str:
    """Neither dots nor what follows a ``+``, whatever the domain."""
    local, domain = address_in(text)
    local = local.partition("+")[0].replace(".", "")
    return f"{local}@{domain}" if local else ""


def _international(text: str) -> str:
    """A number that begins with a zero is one of its own country alone, and nobody's elsewhere."""
    number = phone(text)
    return "" if number.startswith("+0") else number


def _phone_digits(text: str) -> str:
    return phone(text).lstrip("+").lstrip("0")


def _name_without_marks(text: str) -> str:
    return _together(text.translate(_PUNCTUATION))


def _name_with_spaces(text: str) -> str:
    return text.translate(_PUNCTUATION).strip()


def _letters_and_digits(text: str) -> str:
    return "".join([character for character in text if unicodedata.category(character)[0] in "LMN"])


def _region(text: str) -> str:
    """Two letters where it is a state of the USA or a province of Canada; elsewhere its name, letters and digits alone."""
    name = _letters_and_digits(text)
    return REGIONS.get(name, name)


def _country(text: str) -> str:
    name = "".join([each for each in unicodedata.normalize("NFKD", text) if each.isalpha() and not unicodedata.combining(each)])
    return COUNTRIES.get(name, "")


def _postal_code_before_the_dash(text: str) -> str:
    code = _together(text.partition("-")[0])
    return code if len(code) > 1 else ""


def _postal_code_without_dashes(text: str) -> str:
    code = _together(text)
    long = _US_POSTAL_CODE.fullmatch(code)
    return long[1] if long else code.replace("-", "")


def _digits(text: str) -> str:
    return "".join([character for character in text if character in string.digits])


def _birth_date(text: str) -> str:
    date = _DATE.fullmatch(text.strip())
    return "".join(date.groups()) if date else ""


def _gender(text: str) -> str:
    return {"f": "f", "female": "f", "m": "m", "male": "m", "n": "n", "non-binary": "n"}.get(text.strip(), "")


_EVERYWHERE: Final[Mapping[str, Rule]] = {
    **NORMALISE,
    "email": _email,
    "region": _region,
    "country": _country,
    "birth_date": _birth_date,
    "gender": _gender,
    "external_id": _stripped,
}

RULES: Final[Mapping[str, Mapping[str, Rule]]] = {
    "google": NORMALISE,
    "meta": {
        "phone": _phone_digits,
        "first_name": _name_without_marks,
        "last_name": _name_without_marks,
        "city": _letters_and_digits,
        "postal_code": _postal_code_before_the_dash,
        "external_id": _together,
    },
    "tiktok": {
        "first_name": _name_with_spaces,
        "last_name": _name_with_spaces,
        "city": _letters_and_digits,
        "postal_code": _postal_code_without_dashes,
    },
    "google_ads": {"postal_code": _stripped},
    "linkedin": {},
    "pinterest": {
        "phone": _phone_digits,
        "first_name": _stripped,
        "last_name": _stripped,
        "city": _letters_and_digits,
        "postal_code": _digits,
    },
    "snapchat": {
        "phone": _phone_digits,
        "first_name": _stripped,
        "last_name": _stripped,
        "city": _together,
        "postal_code": _together,
    },
    "microsoft_ads": {"email": _bare_email},
    "reddit": {"email": _bare_email},
    "x": {},
    "klaviyo": {"phone": _international},
}
"""By vendor, what it wants otherwise than the rest."""

_AS_IT_IS = frozenset({
    *(("pinterest", "external_id"), ("snapchat", "external_id"), ("reddit", "external_id"), ("microsoft_ads", "external_id")),
    ("google_ads", "postal_code"),
    *((vendor, kind) for vendor in ("linkedin", "klaviyo") for kind in ("first_name", "last_name", "external_id")),
})  # fmt: skip
"""What a vendor takes as it was written, great letters and all."""

_ANY_TEXT = frozenset({"external_id"})
_IS_HEX = re.compile(r"[a-fA-F0-9]{64}")

KINDS: Final = tuple(_EVERYWHERE)
"""What is known about a person."""
