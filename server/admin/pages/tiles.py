"""The overview's numbers as somebody sees them: a tile a figure, each a link to the page that explains it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypedDict
from urllib.parse import urlencode

from server.admin.charts import Chart, Layer, chart
from server.admin.figures import count, many, rate, share
from server.admin.pages.destinations import IdleTag, Standing, worst_of
from server.admin.pages.hour import HOUR
from server.admin.pages.numbers import Overview, Series
from server.inspection.present import moment
from server.inspection.recent import ProblemTold
from server.system.clock import lasting
from server.system.colours import Colour

MOST_NAMES: Final = 8
"""Events and findings that are listed: the most frequent; and destinations: of more, the worst."""

REFUSED: Final = "/?view=refused"
"""The page of requests that were refused."""

DAY: Final = 24 * HOUR


class Tile(TypedDict):
    """``tone`` is ``bad`` or ``warn`` where somebody should look, else empty."""

    name: str
    value: str
    more: str
    link: str
    tone: str
    chart: Chart


class Named(TypedDict):
    """Something that is counted by name; ``share`` is how wide its bar is, of a hundred."""

    name: str
    value: str
    share: int
    link: str


class Consent(TypedDict):
    """What events say of one type of consent: of each state the share in words, and as the begin and width of a bar."""

    name: str
    states: list[tuple[str, str, float, float]]


class Fact(TypedDict):
    """Something there is to know of the server; ``tone`` as a tile has it."""

    name: str
    value: str
    more: str
    link: str
    tone: str


class Shown(TypedDict):
    """What the page shows. ``span`` says of which time its figures are, ``found`` counts all problems of the file."""

    colour: str
    verdict: str
    reasons: list[str]
    span: str
    tiles: list[Tile]
    events: list[Named]
    more_events: int
    consent: list[Consent]
    odd: list[Named]
    destinations: list[Standing]
    more_destinations: int
    idle: list[IdleTag]
    facts: list[Fact]
    problems: list[ProblemTold]
    found: int


@dataclass(frozen=True, slots=True)
class _Plain:
    """A tile that counts one thing: where it leads, and whether somebody should look where there is any.

    ``of`` says what is counted, where the name alone does not.
    """

    key: str
    name: str
    link: str
    tone: str
    kind: str = "bad"
    of: str = ""


_ODD: Final = (
    _Plain("failed", "Failed attempts", "/deliveries", "bad"),
    _Plain("duplicates", "Duplicates", "/?q=duplicate", "", "usual"),
    _Plain("unclaimed", "Unclaimed", "/?view=unclaimed", "warn", "warn"),
    _Plain("refused", "Refused", REFUSED, "bad", of="before a client was asked"),
    _Plain("errors", "Component errors", "/?view=failures", "bad"),
)


def shown(of: Overview) -> Shown:
    """The page's contents."""
    return {
        "colour": of["colour"],
        "verdict": _verdict(of),
        "reasons": of["reasons"],
        "span": _span(of["known"]),
        "tiles": [
            *(_came(of, name, name.lower()) for name in ("Requests", "Events")),
            _sent(of),
            *(_tile(of, each) for each in _ODD),
        ],
        "events": _named(of["events"], "event"),
        "more_events": max(0, len(of["events"]) - MOST_NAMES),
        "consent": [_consent(kind, states) for kind, states in of["consent"].items()],
        "odd": [*_named(of["findings"], "q"), *_named(of["refused"], "")][:MOST_NAMES],
        "destinations": list(worst_of(of["destinations"], MOST_NAMES)),
        "more_destinations": max(0, len(of["destinations"]) - MOST_NAMES),
        "idle": of["idle"],
        "facts": facts(of),
        "problems": of["loaded"]["problems"] if of["loaded"] else [],
        "found": of["loaded"]["found"] if of["loaded"] else 0,
    }


def _verdict(of: Overview) -> str:
    silent = of["workers"] - of["answering"]
    if silent:
        return f"{silent} of {many(of['workers'], 'worker')} {'does' if silent == 1 else 'do'} not answer"
    if of["colour"] == Colour.GREEN:
        wrong = [name.lower() for name, key in _WRONG if of["day"][key]]
        return f"Everything works now; there were {' and '.join(wrong)}" if wrong else "Everything is all right"
    return "Something does not work" if of["colour"] == Colour.RED else "Something needs a look"


_WRONG: Final = tuple((each.name, each.key) for each in _ODD if each.tone == "bad")


def _span(known: int) -> str:
    """Of which time the figures are, in words."""
    return "the last 24 hours" if known >= DAY else f"the {lasting(known)} since the start"


def _charted(of: Overview) -> tuple[Series, str]:
    if of["known"] < 2 * HOUR:
        return of["minutes"], "by the minute over the last hour"
    return of["tens_of_minutes"], "by ten minutes over the last day"


def _tile(of: Overview, each: _Plain) -> Tile:
    number = of["day"][each.key]
    return {
        "name": each.name,
        "value": count(number),
        "more": "; ".join(filter(None, [f"{count(of['hour'][each.key])} in the last hour" if number else "", each.of])),
        "link": each.link,
        "tone": each.tone if number else "",
        "chart": _chart(of, each.name, (each.kind, each.key)),
    }


def _chart(of: Overview, name: str, *layers: tuple[str, str]) -> Chart:
    series, how = _charted(of)
    highest = max((number for _, key in layers for number in series["numbers"][key]), default=0)
    return chart(f"{name} {how}: {count(highest)} at most", *(Layer(kind, series["numbers"][key]) for kind, key in layers))


def _came(of: Overview, name: str, key: str) -> Tile:
    a_minute, drawn = rate(of["hour"][key], min(of["known"], HOUR)), _chart(of, name, ("usual", key))
    value = count(of["day"][key])
    return {"name": name, "value": value, "more": f"{a_minute} a minute", "link": "/", "tone": "", "chart": drawn}


def _sent(of: Overview) -> Tile:
    day = of["day"]
    due = max(day["delivered"], day["fired"] - day["duplicates"])
    return {
        "name": "Sent",
        "value": share(day["delivered"], due) or "–",
        "more": f"{count(day['delivered'])} of {count(due)}" if due else "nothing was due",
        "link": "/deliveries",
        "tone": "",
        "chart": _chart(of, "Deliveries", ("most", "fired"), ("good", "delivered")),
    }


def _named(numbers: Mapping[str, int], filter: str) -> list[Named]:
    """Each leads to the requests that the live page finds by this filter; without one, to those that were refused."""
    most = max(numbers.values(), default=1)
    links = {name: f"/?{urlencode({filter: name})}" if filter else REFUSED for name in numbers}
    return [
        {"name": name, "value": count(number), "share": max(1, 100 * number // most), "link": links[name]}
        for name, number in list(numbers.items())[:MOST_NAMES]
    ]


def _consent(kind: str, numbers: Mapping[str, int]) -> Consent:
    whole, begin = sum(numbers.values()), 0.0
    states: list[tuple[str, str, float, float]] = []
    for state, number in numbers.items():
        wide = round(100 * number / whole, 2) if whole else 0.0
        states.append((state, share(number, whole) or "–", round(begin, 2), wide))
        begin += wide
    return {"name": kind, "states": states}


def facts(of: Overview) -> list[Fact]:
    """What there is to know of the server and its outbox."""
    outbox, dead = of["outbox"], sum(of["outbox"]["dead_letters"].values())
    oldest = f"the oldest for {lasting(outbox['oldest'])}" if outbox["oldest"] is not None else ""
    by_tag = ", ".join(f"{tag} {count(number)}" for tag, number in outbox["dead_letters"].items())
    return [
        _fact("Waiting", count(outbox["rows"]), oldest, "/deliveries#waiting"),
        _fact("Dead letters", count(dead), by_tag, "/deliveries#dead", "warn" if dead else ""),
        _fact("Outbox", f"{outbox['bytes'] / 1e6:,.1f} MB", "on the disk", "/deliveries"),
        _reloaded(of),
        _fact("Running", lasting(of["known"]), f"{many(of['workers'], 'worker')}, version {of['version']}", "/ready"),
    ]


def _fact(name: str, value: str, more: str, link: str, tone: str = "") -> Fact:
    return {"name": name, "value": value, "more": more, "link": link, "tone": tone}


def _reloaded(of: Overview) -> Fact:
    loaded, last = of["loaded"], of["last_reload"]
    if last is not None and not last["ok"]:
        return _fact("Last reload", "refused", f"{last['at']}: {'; '.join(last['problems'])}", "/configuration", "bad")
    if loaded is None:
        return _fact("Configuration", "unknown", "", "/configuration", "bad")
    how = "reloaded" if last is not None else "loaded at the start"
    found = many(loaded["found"], "problem") if loaded["found"] else "no problems"
    return _fact(
        "Configuration", how, f"{moment(loaded['since'])[:16]} UTC, {found}", "/configuration", "warn" if loaded["found"] else ""
    )
