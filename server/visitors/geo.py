"""Where a visitor is, as ISO 3166-2 says it: out of a trusted proxy's headers, or out of a database's record."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from config import ServerSettings
from config.proxies import GOOGLE_GEO, PROXIES
from core.types import NOWHERE, Geo

Lookup: TypeAlias = Callable[[str], Geo]
"""Where an address is. Never raises; NOWHERE for what it does not know."""

HeaderNames: TypeAlias = Mapping[str, Sequence[str]]
"""For country, region and city the lower-case headers to look at, in this order."""

_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_REGION = re.compile(r"[A-Z0-9]{1,3}", re.ASCII)
_NO_COUNTRIES = frozenset({"XX", "ZZ"})
"""What Cloudflare and App Engine say of a visitor of whom they know nothing."""

_JOINED = frozenset({"x-gclb-region"})
"""Headers whose region always has the country before it: ``USCA``."""

_LONGEST_CITY = 100


def header_names(settings: ServerSettings) -> HeaderNames:
    """The headers that are named; else those of the proxy in front; else, where neither says anything, Google's.

    Not the one beside the other: a proxy passes on what it does not know, so a visitor could send the other himself.
    """
    named = {part: (name.lower(),) for part, name in settings.geo.headers.items() if name is not None}
    if settings.behind is not None:
        return {**PROXIES[settings.behind].geo, **named}
    return named or GOOGLE_GEO


def of_headers(headers: Mapping[str, str], names: HeaderNames) -> Geo:
    """What these headers say. A value that is no country, no region or no name counts as none."""
    country = next(filter(None, (_country(headers.get(name)) for name in names.get("country", ()))), None)
    city = next(filter(None, (_city(headers.get(name)) for name in names.get("city", ()))), None)
    if country is None:
        return Geo(None, None, city) if city else NOWHERE
    regions = (_region(headers.get(name), country, joined=name in _JOINED) for name in names.get("region", ()))
    return Geo(country, next(filter(None, regions), None), city)


def of_record(record: Any) -> Geo:
    """What a record of a MaxMind database says."""
    country = _country(_below(record, "country", "iso_code"))
    if country is None:
        return NOWHERE
    region = _region(_below(record, "subdivisions", 0, "iso_code"), country)
    return Geo(country, region, _city(_below(record, "city", "names", "en")))


def _below(value: Any, *steps: str | int) -> str | None:
    for step in steps:
        if isinstance(step, str):
            value = value.get(step) if isinstance(value, dict) else None
        else:
            value = value[step] if isinstance(value, list) and len(value) > step else None
    return value if isinstance(value, str) else None


def _country(text: str | None) -> str | None:
    code = text.strip().upper() if text else ""
    return code if _COUNTRY.fullmatch(code) and code not in _NO_COUNTRIES else None


def _region(text: str | None, country: str, *, joined: bool = False) -> str | None:
    """``BY`` from ``by``, ``DE-BY`` or ``DEBY``. Three characters may be all region: Marrakesh in MA is ``MAR``."""
    code = text.strip().upper() if text else ""
    if code.startswith(country) and (joined or len(code) > 3):
        code = code[len(country) :].removeprefix("-")
    return code if _REGION.fullmatch(code) else None


def _city(text: str | None) -> str | None:
    """The name; of a header's bytes, which came as Latin-1, those that are UTF-8 are read as that."""
    name = text.strip() if text else ""
    with contextlib.suppress(ValueError):
        name = name.encode("latin-1").decode()
    return name if name.isprintable() and name not in ("", "?") and len(name) <= _LONGEST_CITY else None
