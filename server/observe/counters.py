"""The table of what one worker counts of requests and events: a field is a counter and declares its metric.

A new counter is a field here and the line that counts it; the metrics, ``/ready`` and the page about metrics follow.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from core.failure import Failure
from server.observe.consents import Consents
from server.observe.durations import REPLY, Durations
from server.observe.metric import QuickCounter, Section, counter, histogram, number
from server.observe.refused_pages import RefusedPages
from server.observe.traffic import Traffic

_REQUESTS, _EVENTS = Section.REQUESTS, Section.EVENTS


@dataclass(slots=True, eq=False)
class Counters:
    """Only the event loop's thread writes them."""

    replies: Counter[int] = counter(
        _REQUESTS, "tagyard_replies_total", ("status",), "Replies on the public port, health checks included."
    )
    requests: Counter[tuple[str, int]] = counter(
        _REQUESTS,
        "tagyard_requests_total",
        ("client", "status"),
        "Requests that were read, by the client that claimed them and the reply's status.",
    )
    claimed: Counter[str] = field(default_factory=QuickCounter)
    unclaimed: int = number(_REQUESTS, "tagyard_unclaimed_requests_total", "Requests that no client claimed.")
    unclaimed_reasons: Counter[tuple[str, str]] = counter(
        _REQUESTS,
        "tagyard_unclaimed_reasons_total",
        ("client", "reason"),
        "Of those requests, why each client has declined: path, method, measurement_id and the like.",
    )
    probes: Counter[str] = counter(
        _REQUESTS, "tagyard_probes_total", ("kind",), "Requests of balancers, crawlers and the like: no hits."
    )
    turned_away: Counter[str] = counter(
        _REQUESTS,
        "tagyard_turned_away_requests_total",
        ("reason",),
        "Requests that were not looked at: full, too_large, rate_limit, at_once; gone where the sender left in the middle.",
    )
    refused: int = number(
        _REQUESTS,
        "tagyard_refused_requests_total",
        "Requests that were claimed and could not be kept: their sender was told so, unless the reply had gone before.",
    )
    connections_closed: Counter[str] = counter(
        _REQUESTS,
        "tagyard_connections_closed_total",
        ("reason",),
        "Connections that the server ended: their request was refused before it was read, took too long, or none came.",
    )
    without_visitor_address: int = number(
        _REQUESTS,
        "tagyard_requests_without_visitor_address_total",
        "Requests whose visitor's address is unknown, since a proxy forwards them that nobody configured.",
    )
    reply_time: Durations = histogram(_REQUESTS, "tagyard_reply_seconds", (), "From a request that is read to its reply.", REPLY)
    events: Counter[str] = counter(
        _EVENTS,
        "tagyard_events_total",
        ("event_name",),
        "Events by name: the first 200 names that each worker met, the others as (other).",
    )
    skipped_events: int = number(
        _EVENTS, "tagyard_skipped_events_total", "Events left out: without a name, or for an id not listed."
    )
    fired: Counter[str] = counter(_EVENTS, "tagyard_tags_fired_total", ("tag",), "Events for which the tag fired.")
    held: Counter[tuple[str, str]] = counter(
        _EVENTS,
        "tagyard_tags_held_total",
        ("tag", "reason"),
        "Events that the tag left out: paused, trigger, exception, consent, skipped, no_identity, consent_update or failed.",
    )
    failures: Counter[Failure] = counter(
        _EVENTS,
        "tagyard_component_failures_total",
        ("kind", "name", "error"),
        "Errors in clients, transformations and tags; a transformation's counts for each tag that it holds back.",
    )
    findings: Counter[str] = counter(
        _EVENTS, "tagyard_findings_total", ("code",), "What was odd or wrong in requests that a client claimed."
    )
    remembered: Counter[tuple[str, str]] = counter(
        _EVENTS,
        "tagyard_remembered_requests_total",
        ("client", "outcome"),
        "Requests to a client that has `remember`, by what its reply did: set cookies of platforms, or nothing, since there was "
        "nothing to set; or none for: consent, condition, opted_out, cross_site, no_browser.",
    )
    redacted: Counter[tuple[str, str]] = counter(
        _EVENTS,
        "tagyard_redacted_parameters_total",
        ("transformation", "parameter"),
        "Events out of which `redact` took something, by parameter: the first 200 that each worker met, the others as (other).",
    )
    subjects: Counter[tuple[str, str]] = counter(
        _EVENTS,
        "tagyard_finding_subjects_total",
        ("code", "subject"),
        "Findings by what they are about, such as an id: the first 200 of each code that a worker met, the others as (other).",
    )
    suppressed: Counter[str] = counter(_EVENTS, "tagyard_duplicates_total", ("tag",), "Events that were left out as duplicates.")
    sent_once_more: Counter[str] = counter(
        _EVENTS, "tagyard_sent_once_more_total", ("tag",), "Events that an operator had sent once more from the debug page."
    )
    consents: Consents = field(default_factory=Consents)
    pages: RefusedPages = field(default_factory=RefusedPages)
    traffic: defaultdict[tuple[str, str], Traffic] = field(default_factory=lambda: defaultdict(Traffic))
    """By tag and destination."""
