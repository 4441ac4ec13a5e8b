"""Numbers as JavaScript writes them, which is how they stand in hits and in texts."""

from __future__ import annotations

import math


def javascript(value: float) -> str | None:
    """JavaScript's spelling (``12.5``, ``100``, ``1e-7``, ``1e+21``); None for what is not finite."""
    if isinstance(value, int):
        if -(10**21) < value < 10**21:
            return str(value)
        try:
            value = float(value)
        except OverflowError:
            return None
    if not math.isfinite(value):
        return None
    text = repr(value + 0.0)  # which makes -0.0 the 0 that JavaScript writes
    if "e" in text:
        return _respell(text)
    return text[:-2] if text.endswith(".0") else text


def _respell(text: str) -> str:
    """Python's ``1e-05`` and ``1.5e+16`` as JavaScript's ``0.00001`` and ``15000000000000000``."""
    mantissa, _, exponent = text.partition("e")
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.removeprefix("-").partition(".")
    digits, power = whole + fraction, int(exponent)
    if 0 <= power < 21:
        return sign + digits.ljust(power + 1, "0")
    if -7 < power < 0:
        return f"{sign}0.{'0' * (-power - 1)}{digits}"
    return f"{sign}{mantissa.removeprefix('-')}e{power:+d}"
