"""What an expression may name, in words: for whoever writes one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.expressions.names import CONSENT, HASHED, HASHED_BY_THE_PAGE, PERSON, REQUEST


def _listed(root: str, names: tuple[str, ...]) -> str:
    return ", ".join(f"`{root}.{name}`" for name in names)


NAMES: Final[Mapping[str, str]] = {
    "event.NAME": "A parameter of the event as it is by now: `event.value`, `event.items[0].price`, `event['x-ga-gcs']`. "
    "`event.page_hostname` and `event.page_path` are read out of `page_location` where the event does not say them itself.",
    "original.NAME": "The same, before any transformation.",
    _listed("request", tuple(REQUEST)): "The request: `request.time` in microseconds since 1970, `request.query.NAME`, "
    "`request.headers['NAME']`, `request.cookies.NAME`; where its visitor is, as far as a proxy or a database says. "
    "`request.random` is a number from 0 up to 1 by chance, the same in all that is made of one request.",
    "client": "The name of the client that claimed it.",
    _listed("consent", CONSENT): "`granted`, `denied` or `unset`.",
    _listed("user", PERSON): "What `user_data` says of a person, as it was typed.",
    _listed("user", tuple(f"{kind}{HASHED}" for kind in PERSON)): "The same normalised as Google does it, then hashed with "
    "SHA-256, in hexadecimal digits; what is a hash already is left as it is. Undefined where there is nothing to hash.",
    _listed("user", HASHED_BY_THE_PAGE): "Hashes that came with the event, as they came.",
    "ga.NAME": "What the request's Google cookies say: `ga.client_id`, `ga.session_id`, `ga.session_number`.",
    "user_properties.NAME": "A user property.",
    "var.NAME": "A variable of the file.",
    "env.NAME": "A plain setting of `environment`.",
    "item": "The element, inside a variable's `each` and under a name such as `items.*.margin`; in a client that reads JSON the "
    "object that becomes an event.",
    "item_index": "Its place in the list, counted from 0.",
    "answer.NAME": "What a destination has answered, in JSON: in a tag's setting `success`, and so are the next four.",
    "status": "The answer's status.",
    "headers.NAME": "A header of the answer.",
    "index": "Of one of several events that the answer is about: its place in the request, from 0 on.",
    "row.NAME": "The same event, as it was sent.",
    "body.NAME": "What a request says in JSON, in a form or, of a GET, in its query: in a client that reads JSON, and in "
    "variables that only such clients use.",
}
"""By how it is written, what it gives."""

RULES: Final[Mapping[str, str]] = {
    "regex_replace('^www\\.', '')": "The text with something else for everything that an RE2 pattern finds; `\\1` to `\\9` are "
    "its groups, `\\0` all of it. Undefined where it finds more than a thousand times.",
    "hmac('SIGNING_KEY')": "HMAC-SHA256 of the text, in hexadecimal digits, or `hmac('SIGNING_KEY', 'base64')`. The key is a "
    "secret of the environment, which goes by its name: in capitals, without `${ }`, and not listed under `environment`. Where "
    "secrets are masked (`explain`, `test`, `diff`) the mask stands for the signature.",
    "normalized_for('VENDOR', 'email')": "What is known about a person as a vendor wants it written before it is hashed. What it "
    "is has to be said only where the last name before the bar does not: that of `user.email` does. Undefined of a hash.",
    "hashed_for('VENDOR', 'email')": "The same hashed with SHA-256, in hexadecimal digits; a hash is left as it is.",
}
"""Filters whose arguments are texts in quotes, which cannot depend on the event: by how it is written, what it gives."""
