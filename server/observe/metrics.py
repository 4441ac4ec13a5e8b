"""Every metric, one row each, and how it is read out of what a worker tells of itself (``{"do": "metrics"}`` on its socket)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import Any, Final

from server.observe.durations import AGE, EXCHANGE, REPLY
from server.observe.metric import Metric, Read, Rows, Snapshot

NO_CLIENT: Final = "(none)"
"""The ``client`` of a request that nobody claimed."""

COLOURS: Final = ("green", "amber", "red")


def _counted(key: str) -> Read:
    return lambda worker: worker["counts"][key] if "counts" in worker else ()


def _requests(worker: Snapshot) -> Rows:
    return ((client or NO_CLIENT, status, count) for client, status, count in _counted("requests")(worker))


def _unclaimed(worker: Snapshot) -> Rows:
    return ((client or NO_CLIENT, reason, count) for client, reason, count in _counted("unclaimed_reasons")(worker))


def _named(key: str) -> Read:
    return lambda worker: worker.get(key, {}).items()


def _notes(worker: Snapshot) -> Rows:
    return ((tag, note, count) for tag, notes in worker.get("notes", {}).items() for note, count in notes.items())


def _destinations(value: Callable[[Mapping[str, Any]], float | None]) -> Read:
    def read(worker: Snapshot) -> Rows:
        values = ((each["tag"], each["destination"], value(each)) for each in worker.get("destinations", ()))
        return (row for row in values if row[2] is not None)

    return read


def _oldest(destination: Mapping[str, Any]) -> float | None:
    return destination["oldest"] / 1_000_000 if destination["oldest"] else None


def _scripts(total: Callable[[Sequence[Mapping[str, Any]]], float]) -> Read:
    """Of the files that are held: one that upstream refuses has no bytes."""
    return lambda worker: [[total([row for row in worker["scripts"] if row["bytes"]])]] if "scripts" in worker else ()


def _recorded(key: str) -> Read:
    return lambda worker: [[worker["recorded"][key]]] if "recorded" in worker else ()


_AT = ("tag", "destination")

METRICS: Final = (
    Metric("tagyard_build_info", ("version",), lambda _: [[version("tagyard"), 1]], "1, with the version.", whole=True),
    Metric("tagyard_up", (), lambda worker: [[int("counts" in worker)]], "1 where the worker answers, else 0."),
    Metric("tagyard_accepting", (), lambda worker: [[int(worker["accepting"])]], "1 where the worker accepts requests, else 0."),
    Metric(
        "tagyard_health",
        (),
        lambda worker: [[COLOURS.index(worker["colour"])]],
        "The colour of the worker's health: 0 green, 1 amber, 2 red.",
    ),
    Metric("tagyard_replies_total", ("status",), _counted("replies"), "Replies on the public port, health checks included."),
    Metric(
        "tagyard_requests_total",
        ("client", "status"),
        _requests,
        "Requests that were read, by the client that claimed them and the reply's status.",
    ),
    Metric("tagyard_unclaimed_requests_total", (), _counted("unclaimed"), "Requests that no client claimed."),
    Metric(
        "tagyard_unclaimed_reasons_total",
        ("client", "reason"),
        _unclaimed,
        "Of those requests, why each client has declined: path, method, measurement_id and the like.",
    ),
    Metric("tagyard_probes_total", ("kind",), _counted("probes"), "Requests of balancers, crawlers and the like: no hits."),
    Metric(
        "tagyard_turned_away_requests_total",
        ("reason",),
        _counted("turned_away"),
        "Requests that were not looked at: full, too_large, rate_limit, at_once; gone where the sender left in the middle.",
    ),
    Metric(
        "tagyard_refused_preflights_total",
        ("reason",),
        _counted("refused_preflights"),
        "Preflights without leave, after which a page sends nothing: origin, unclaimed, or why it was turned away.",
    ),
    Metric(
        "tagyard_unreadable_replies_total",
        (),
        _counted("unreadable"),
        "Requests that were claimed, of pages whose origin is not allowed to read the reply.",
    ),
    Metric(
        "tagyard_refused_requests_total",
        (),
        _counted("refused"),
        "Requests that were claimed and could not be kept: their sender was told so, unless the reply had gone before.",
    ),
    Metric(
        "tagyard_connections_closed_total",
        ("reason",),
        _counted("closed"),
        "Connections that the server ended: their request was refused before it was read, took too long, or none came.",
    ),
    Metric(
        "tagyard_open_connections",
        (),
        lambda worker: [[worker["connections"]["open"]]] if "connections" in worker else (),
        "Connections that are open on the public port.",
    ),
    Metric("tagyard_accept_pauses_total", ("reason",), _named("accept_pauses"), "How often no connection could be accepted."),
    Metric(
        "tagyard_requests_without_visitor_address_total",
        (),
        _counted("unknown_visitor"),
        "Requests whose visitor's address is unknown, since a proxy forwards them that nobody configured.",
    ),
    Metric("tagyard_reply_seconds", (), _counted("reply_time"), "From a request that is read to its reply.", bounds=REPLY),
    Metric(
        "tagyard_events_total",
        ("event_name",),
        _counted("events"),
        "Events by name: the first 200 names that each worker met, the others as (other).",
    ),
    Metric("tagyard_skipped_events_total", (), _counted("skipped"), "Events left out: without a name, or for an id not listed."),
    Metric("tagyard_tags_fired_total", ("tag",), _counted("fired"), "Events for which the tag fired."),
    Metric(
        "tagyard_tags_held_total",
        ("tag", "reason"),
        _counted("held"),
        "Events that the tag left out: paused, trigger, exception, consent, skipped, no_identity, consent_update or failed.",
    ),
    Metric(
        "tagyard_component_failures_total",
        ("kind", "name", "error"),
        _counted("failures"),
        "Errors in clients, transformations and tags; a transformation's counts for each tag that it holds back.",
    ),
    Metric("tagyard_findings_total", ("code",), _counted("findings"), "What was odd or wrong in requests that a client claimed."),
    Metric(
        "tagyard_redacted_parameters_total",
        ("transformation", "parameter"),
        _counted("redacted"),
        "Events out of which `redact` took something, by parameter: the first 200 that each worker met, the others as (other).",
    ),
    Metric(
        "tagyard_finding_subjects_total",
        ("code", "subject"),
        _counted("subjects"),
        "Findings by what they are about, such as an id: the first 200 of each code that a worker met, the others as (other).",
    ),
    Metric("tagyard_duplicates_total", ("tag",), _counted("suppressed"), "Events that were left out as duplicates."),
    Metric(
        "tagyard_not_chosen_total",
        ("tag",),
        _named("not_chosen"),
        "Events that a tag was spared, since it held more than half of an outbox that fills up.",
    ),
    Metric(
        "tagyard_deliveries_total",
        (*_AT, "outcome"),
        _counted("deliveries"),
        "Events that were sent, by what came of it: delivered, retried or rejected. A retried one counts each time.",
    ),
    Metric(
        "tagyard_delivery_attempts_total",
        (*_AT, "status"),
        _counted("attempts"),
        "Exchanges with a destination, by the answer's status; none where there was no answer.",
    ),
    Metric("tagyard_delivery_attempt_seconds", _AT, _counted("exchange_time"), "How long an exchange took.", bounds=EXCHANGE),
    Metric(
        "tagyard_delivery_age_seconds",
        _AT,
        _counted("age"),
        "Of events that were delivered: the time from the request to the destination's answer.",
        bounds=AGE,
    ),
    Metric(
        "tagyard_delivery_notes_total",
        ("tag", "note"),
        _notes,
        "What a tag has to say of what it delivered, such as that an event lost its own time.",
    ),
    Metric(
        "tagyard_breaker_open",
        _AT,
        _destinations(lambda each: int(each["breaker"] in ("open", "testing"))),
        "1 while the circuit breaker keeps requests from the destination, else 0.",
    ),
    Metric(
        "tagyard_destination_paused",
        _AT,
        _destinations(lambda each: int(each["paused_until"] is not None)),
        "1 while nothing is sent, since the destination asked for a pause, else 0.",
    ),
    Metric("tagyard_outbox_rows", _AT, _destinations(lambda each: each["pending"]), "Events that wait or are on the wire."),
    Metric(
        "tagyard_outbox_oldest_timestamp_seconds",
        _AT,
        _destinations(_oldest),
        "When the oldest event that waits was received, as of half a minute ago.",
    ),
    Metric(
        "tagyard_damaged_files",
        (),
        lambda worker: [[worker["damaged_files"]]] if "damaged_files" in worker else (),
        "Damaged files of the outbox that were set aside and not salvaged: what they hold is not delivered.",
        whole=True,
    ),
    Metric(
        "tagyard_outbox_bytes",
        (),
        lambda worker: [[worker["outbox_bytes"]]] if "outbox_bytes" in worker else (),
        "What the outbox takes on the disk, the files of all workers together.",
        whole=True,
    ),
    Metric("tagyard_dead_letters", ("tag",), _named("dead_letters"), "Events that were given up and are kept."),
    Metric(
        "tagyard_dead_letters_removed_total",
        ("tag",),
        _named("dead_letters_removed"),
        "Dead letters that were removed since they were older than `outbox.dead_letters.max_age`.",
    ),
    Metric(
        "tagyard_geo_database_build_timestamp_seconds",
        (),
        lambda worker: [[worker["geo_built"]]] if worker.get("geo_built") is not None else (),
        "When the geo database that is in use was made.",
    ),
    Metric("tagyard_script_cache_files", (), _scripts(len), "Files of Google's that are held in memory."),
    Metric("tagyard_script_cache_bytes", (), _scripts(lambda rows: sum(row["bytes"] for row in rows)), "What those take."),
    Metric(
        "tagyard_script_cache_stale_files",
        (),
        _scripts(lambda rows: sum(not row["fresh"] for row in rows)),
        "Those that are due to be fetched anew.",
    ),
    Metric(
        "tagyard_script_cache_failing_files",
        (),
        _scripts(lambda rows: sum(bool(row["failure"]) for row in rows)),
        "Those whose latest fetch failed: the copy from before is served.",
    ),
    Metric(
        "tagyard_script_unknown_host_requests_total",
        (),
        lambda worker: [[sum(count for _, count in worker["unknown_hosts"])]] if "unknown_hosts" in worker else (),
        "Requests for scripts with a Host that is nobody's, which get the script as Google wrote it.",
    ),
    Metric(
        "tagyard_google_requests_total",
        ("path", "outcome"),
        lambda worker: worker.get("passed_on", ()),
        "Requests to Google's own paths that were to be passed on, by the path's name and what came of it.",
    ),
    Metric(
        "tagyard_refused_sign_ins_total",
        ("reason",),
        lambda worker: worker.get("refused_sign_ins", ()),
        "Tokens for the admin port that were refused: wrong, or not looked at after too_many wrong ones.",
        whole=True,
    ),
    Metric(
        "tagyard_log_lines_dropped_total",
        (),
        lambda worker: [[worker["log_lines_dropped"]]] if "log_lines_dropped" in worker else (),
        "Lines of the log that were dropped, since whoever reads standard error did not read them.",
    ),
    Metric(
        "tagyard_supervisor_log_lines_dropped_total",
        (),
        lambda worker: [[worker["supervisor_log_lines_dropped"]]] if "supervisor_log_lines_dropped" in worker else (),
        "The same of the process that several workers have above them, which logs sign-ins and workers that end.",
        whole=True,
    ),
    Metric("tagyard_recorded_requests", (), _recorded("requests"), "Requests that are remembered for the debug page."),
    Metric("tagyard_recorded_bytes", (), _recorded("bytes"), "What their bodies and queries take in memory."),
)
"""Every metric there is, in the order of the page that explains them."""
