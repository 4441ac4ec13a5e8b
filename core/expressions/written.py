"""Filters whose arguments are written out: they are made ready when the file is loaded, and what is wrong is told then."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hmac import digest
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from jinja2 import nodes

from core.expressions import warning
from core.expressions.names import KINDS
from core.expressions.person import kind_at, path_of, typed
from core.expressions.replacement import compile_replacement
from core.expressions.values import scalar_text, short
from core.expressions.warning import HASHED_FOR, NORMALIZED_FOR
from core.secret import MASK, PLACEHOLDER
from core.undefined import UNDEFINED

if TYPE_CHECKING:
    from core.context import Scope, VendorRules

Apply: TypeAlias = "Callable[[str, Scope], str | None]"
"""From a text that is neither too long nor half a character to the result; None where there is none."""

SECRET: Final = "secret"
VENDOR: Final = "vendor"
"""Under which references an expression tells the secrets, and the vendors, that its filters name."""

_SECRET_NAME: Final = re.compile(r"[A-Z][A-Z0-9_]*")
_FORMS: Final[Mapping[str, Callable[[bytes], str]]] = {
    "hex": bytes.hex,
    "base64": lambda signature: b64encode(signature).decode(),
}


@dataclass(frozen=True, slots=True)
class Ready:
    """A filter with its arguments. ``reference`` is the secret or the vendor that it asks its scope for."""

    apply: Apply
    reference: tuple[str, str] | None = None
    warnings: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class WrittenFilter:
    """One filter. ``make(source, *arguments)`` raises ValueError, which goes on after the filter's name."""

    make: Callable[..., Ready]
    arguments: range
    example: str


def _regex_replace(source: nodes.Node, pattern: str, text: str) -> Ready:  # noqa: ARG001  whatever is replaced in
    replaced = compile_replacement(pattern, text)
    return Ready(lambda subject, _: replaced(subject))


def _hmac(source: nodes.Node, name: str, form: str = "hex") -> Ready:  # noqa: ARG001  whatever is signed
    """What is no name may be the secret itself, so it is not told."""
    if not _SECRET_NAME.fullmatch(name):
        raise ValueError("it takes the name of a secret of the environment, in capitals and without ${ }: hmac('SIGNING_KEY')")
    if form not in _FORMS:
        raise ValueError(f"it gives {' or '.join(_FORMS)}: hmac('{name}', 'base64')")
    written = _FORMS[form]

    def signed(text: str, scope: Scope) -> str | None:
        key = scope.context.shared.secrets.get(name)
        if not key or not text:
            return None
        return (
            MASK
            if key in (MASK, PLACEHOLDER)
            else written(digest(key.encode("utf-8", "surrogateescape"), text.encode(), "sha256"))
        )

    return Ready(signed, (SECRET, name))


def _by_rules(name: str, rule: Callable[[VendorRules], Callable[[str, str], str]]) -> Callable[..., Ready]:
    """A filter that goes by a vendor's rule for what the value is, which is told by its name or by the second argument."""

    def make(source: nodes.Node, vendor: str, kind: str = "") -> Ready:
        before = typed(source)[0] or source
        kind = kind or kind_at(path_of(before))[0]
        if kind not in KINDS:
            what = f"it does not know {kind!r}" if kind else f"it has to be told what this is: {name}({vendor!r}, 'email')"
            raise ValueError(f"{what}; there are: {', '.join(KINDS)}")

        def apply(text: str, scope: Scope) -> str | None:
            rules = scope.context.shared.vendors.get(vendor)
            return rule(rules)(kind, text) or None if rules else None

        return Ready(apply, (VENDOR, vendor), warning.of_rule(name, kind, before))

    return make


WRITTEN: Final[Mapping[str, WrittenFilter]] = {
    "regex_replace": WrittenFilter(_regex_replace, range(2, 3), r"regex_replace('^www\.', '')"),
    "hmac": WrittenFilter(_hmac, range(1, 3), "hmac('SIGNING_KEY')"),
    NORMALIZED_FOR: WrittenFilter(
        _by_rules(NORMALIZED_FOR, lambda rules: rules.normalized), range(1, 3), "normalized_for('VENDOR', 'email')"
    ),
    HASHED_FOR: WrittenFilter(_by_rules(HASHED_FOR, lambda rules: rules.hashed), range(1, 3), "hashed_for('VENDOR', 'email')"),
}
"""All there are."""


def applied(ready: Ready, source: Callable[[Scope], Any]) -> Callable[[Scope], Any]:
    """The filter on a value: UNDEFINED where it is no text and no number, where either side is too long, or half a character."""
    apply = ready.apply

    def run(scope: Scope) -> Any:
        text = short(scalar_text(source(scope)))
        if text is UNDEFINED:
            return UNDEFINED
        try:
            return short(apply(text, scope))
        except UnicodeEncodeError:
            return UNDEFINED

    return run
