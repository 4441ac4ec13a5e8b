"""What is known about a person, normalised as Google does it and hashed with SHA-256: the one place where that is done.

The rules are those of Google Analytics for ``user_data`` (developers.google.com/analytics/devguides/collection/ga4/uid-data)
and, for e-mail addresses at Gmail, of the Data Manager API (…/data-manager/api/devguides/concepts/formatting). Texts are
brought into Unicode's form NFKC before, so that full-width letters and composed accents hash as one types them elsewhere.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Final

LONGEST: Final = 1000
"""Characters of a text that is hashed; a longer one is none of these."""

_HEX = frozenset("0123456789abcdef")
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{43}|[A-Za-z0-9_-]{43})=?")
_URL_SAFE = str.maketrans("-_", "+/")

_GMAIL = ("gmail.com", "googlemail.com")
_NO_ADDRESS = frozenset("@,;<>()")
"""What tells that a text is not one e-mail address, once the one ``@`` is taken out."""

_TRUNK_ZERO = re.compile(r"\(\s*0\s*\)")
_KEEP_THE_ZERO = ("39", "378", "379")
"""Country codes behind which a 0 is dialled from abroad as well: Italy's, San Marino's, the Vatican's."""
_EXTENSION = frozenset("#;,*")
_PHONE_DIGITS = range(7, 16)
"""E.164 allows no more than 15; no country's numbers have fewer than 7, its code included."""


def digest(kind: str, text: str) -> str:
    """The hash in 64 small hexadecimal digits, or ``""`` where nothing is left to hash.

    ``kind`` is one of ``KINDS``. What is a hash already, in hexadecimal digits or in base64, is only written in that form.
    """
    return hash_in(text) or sha256(normal(text, NORMALISE[kind]))


def normal(text: str, normalise: Callable[[str], str]) -> str:
    """What a rule makes of the text in small letters and NFKC; empty where it is too long to be one of these."""
    text = text.strip()
    return normalise(unicodedata.normalize("NFKC", text).lower()) if len(text) <= LONGEST else ""


def sha256(text: str) -> str:
    """In 64 small hexadecimal digits; empty of nothing."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest() if text else ""


def hash_in(text: str) -> str:
    """The SHA-256 hash that the text is, in 64 small hexadecimal digits; ``""`` where it is none."""
    text = text.strip()
    if len(text) == 64 and _HEX.issuperset(text.lower()):
        return text.lower()
    if not _BASE64.fullmatch(text):
        return ""
    return b64decode(text.rstrip("=").translate(_URL_SAFE) + "=").hex()


def _email(text: str) -> str:
    """As Google has it: at Gmail neither dots nor what follows a ``+`` tell anything."""
    local, domain = address_in(text)
    if domain in _GMAIL:
        local = local.partition("+")[0].replace(".", "")
    return f"{local}@{domain}" if local and domain else ""


def address_in(text: str) -> tuple[str, str]:
    """What stands before the ``@`` of an e-mail address, and behind it; two empty texts where it is none.

    ``mailto:`` and a name before ``<`` are no part of it; spaces, also inside, and invisible characters neither.
    """
    text = "".join([character for character in text if not character.isspace() and unicodedata.category(character) != "Cf"])
    text = text.strip(",;")
    if text.startswith("mailto:"):
        text = text.removeprefix("mailto:").partition("?")[0]
    if text.endswith(">"):
        text = text[text.rfind("<") + 1 : -1]
    local, _, domain = text.rpartition("@")
    domain = domain.replace("。", ".").rstrip(".")
    return (local, domain) if local and domain and _NO_ADDRESS.isdisjoint(local + domain) else ("", "")


def phone(text: str) -> str:
    """``+`` and the digits, without an extension. ``00`` before the country code is a ``+``, and ``(0)`` behind it nothing.

    A number without a country code gets the ``+`` before its own digits, as Google does it: nobody knows its country.
    """
    written = _number_in(text)
    trunk = _TRUNK_ZERO.search(written)
    if trunk and (code := _digits(written[: trunk.start()]).removeprefix("00")) and code not in _KEEP_THE_ZERO:
        written = written[: trunk.start()] + written[trunk.end() :]
    digits = _digits(written).removeprefix("00")
    return f"+{digits}" if len(digits) in _PHONE_DIGITS else ""


def _number_in(text: str) -> str:
    """From the first digit to what begins an extension: a letter, ``#``, ``;``, ``,`` or ``*``."""
    start = next((at for at, character in enumerate(text) if character.isdecimal()), len(text))
    ends = (at for at in range(start, len(text)) if text[at].isalpha() or text[at] in _EXTENSION)
    return text[start : next(ends, len(text))]


def _digits(text: str) -> str:
    """Its digits, of any script, as 0 to 9."""
    return "".join([str(unicodedata.decimal(character)) for character in text if character.isdecimal()])


def _letters(text: str) -> str:
    """Letters of any script with their marks, and the spaces between them."""
    return _kept(text, "LM")


def _letters_and_digits(text: str) -> str:
    return _kept(text, "LMN")


def _kept(text: str, categories: str) -> str:
    spaced = [" " if character.isspace() else character for character in text]
    kept = [character for character in spaced if character == " " or unicodedata.category(character)[0] in categories]
    return "".join(kept).strip()


def _postal_code(text: str) -> str:
    return text.replace(".", "").replace("~", "").strip()


NORMALISE: Final[Mapping[str, Callable[[str], str]]] = {
    "email": _email,
    "phone": phone,
    "first_name": _letters,
    "last_name": _letters,
    "street": _letters_and_digits,
    "city": _letters,
    "region": _letters,
    "postal_code": _postal_code,
    "country": _letters,
}

"""By kind, what Google hashes of a text in small letters; empty where nothing is left."""

KINDS: Final = tuple(NORMALISE)
"""What is known about a person, by the names that expressions read it by."""
