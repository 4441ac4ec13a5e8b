"""The cases: what is configured, and what is sent at it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bench.hits import ID, PAGE_VIEW, Hit, batch, in_server_mode, page_view, purchase

_TAG: Final = {"type": "ga4", "endpoint": "VENDOR", "consent": ["analytics_storage"]}
_QUIET: Final = {**_TAG, "triggers": ["never"]}
_USUAL: Final[Mapping[str, Any]] = {
    "server": {"recorded_requests": 500},
    "clients": {"ga4": {"measurement_ids": [ID]}, "measurement_protocol": {"measurement_ids": [ID]}},
    "consent": {"analytics_storage": "granted"},
    "triggers": {"never": {"event": "never_happens"}},
    "transformations": {
        "lean": {"type": "exclude", "parameters": ["screen_resolution", "language"]},
        "shop": {"type": "augment", "parameters": {"shop": "{{ event.page_hostname }}"}},
    },
    "tags": {"ga4": _TAG},
    "outbox": {"url": "sqlite:data"},
}


@dataclass(frozen=True)
class Case:
    """What is sent, and what differs from the usual configuration, section by section.

    ``deliveries`` leave for each event. ``backlog`` rows wait in the outbox before the start, for a tag whose destination
    is down. Where it is ``watched``, somebody has the debug page open. Of ``strangers`` each hit is another visitor's, on the
    pure way.
    """

    says: str
    hit: Hit = PAGE_VIEW
    differs: Mapping[str, Any] = field(default_factory=dict)
    deliveries: int = 1
    workers: int = 1
    backlog: int = 0
    watched: bool = False
    strangers: bool = False

    def file(self, vendor: int, nowhere: int = 9) -> str:
        """Its container.yaml: JSON, which is YAML too. ``vendor`` is the destination's port, and nobody serves ``nowhere``."""
        sections = dict(_USUAL)
        for name, section in self.differs.items():
            sections[name] = {**sections.get(name, {}), **section} if isinstance(section, dict) else section
        text = json.dumps(sections, indent=1)
        return text.replace("VENDOR", f"http://127.0.0.1:{vendor}").replace("NOWHERE", f"http://127.0.0.1:{nowhere}")


def _tags(more: int) -> Mapping[str, Any]:
    return {"tags": {f"more_{number}": _TAG for number in range(more)}}


def _steps(more: int) -> Mapping[str, Any]:
    step = {"type": "augment", "parameters": {"shop": "{{ event.page_hostname }}"}}
    return {"transformations": {f"step_{number}": step for number in range(more)}}


_NO_BOTS: Final = {"exceptions": ["bots"], "triggers": {"bots": {"when": "event.user_agent is containing 'Googlebot'"}}}
_NOTHING: Final = {"type": "exclude", "parameters": ["not_there"]}
_WAITING: Final = {"tags": {"down": {**_QUIET, "endpoint": "NOWHERE"}}}

CASES: Final[Mapping[str, Case]] = {
    "usual": Case("a page view of 33 parameters: two excluded, one augmented, one tag that asks for consent"),
    "strangers": Case("the same, each time of another visitor", strangers=True),
    "server_mode": Case("a page view of gtag in server mode", in_server_mode()),
    "no_tag": Case("no tag fires", differs={"tags": {"ga4": _QUIET}}, deliveries=0),
    "five_tags": Case("five tags fire", differs=_tags(4), deliveries=5),
    "ten_tags": Case("ten tags fire", differs=_tags(9), deliveries=10),
    "quiet_tag": Case("one more tag, which does not fire", differs={"tags": {"quiet": _QUIET}}),
    "quiet_step": Case("one more transformation, which finds nothing", differs={"transformations": {"nothing": _NOTHING}}),
    "quiet_exception": Case("an exception, which does not match", differs=_NO_BOTS),
    "ten_steps": Case("ten more transformations, which set a parameter each", differs=_steps(10)),
    "twenty_steps": Case("twenty more transformations", differs=_steps(20)),
    "parameters_10": Case("a page view of 10 parameters", page_view(10)),
    "parameters_60": Case("a page view of 60 parameters", page_view(60)),
    "parameters_100": Case("a page view of 100 parameters", page_view(100)),
    "batch_1": Case("one event in the body of its request", batch(1)),
    "batch_5": Case("5 events in one request", batch(5)),
    "batch_20": Case("20 events in one request", batch(20)),
    "purchase": Case("a purchase of three items by Measurement Protocol", purchase()),
    "forgetful": Case("no request is remembered for the debug page", differs={"server": {"recorded_requests": 0}}),
    "watched": Case("somebody has the debug page open", watched=True),
    "two_workers": Case("two workers", workers=2),
    "backlog_100k": Case("100,000 rows wait for another destination", differs=_WAITING, backlog=100_000),
    "backlog_1m": Case("1,000,000 rows wait for another destination", differs=_WAITING, backlog=1_000_000),
}

COUNTED: Final = ("usual", "no_tag", "five_tags", "batch_20", "purchase", "forgetful")
"""Whose whole process is counted by callgrind; the pure way is counted of every case."""

LOADED: Final = ("usual", "forgetful", "watched", "two_workers", "backlog_1m")
"""What runs under the load in turns."""
