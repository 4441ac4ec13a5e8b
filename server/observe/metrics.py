"""Every metric there is: those of the tables of counters, and what is read out of the rest that a worker tells of itself.

A worker tells it in answer to ``{"do": "metrics"}`` on its socket.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from platform import python_version
from typing import Any, Final

from core.product import VERSION
from server.observe.counters import Counters
from server.observe.metric import Metric, Read, Row, Section, Snapshot, at, metrics_of
from server.observe.process_metrics import PROCESS_METRICS
from server.observe.refused_pages import RefusedPages
from server.observe.traffic import AT, Traffic
from server.system.checkout import revision
from server.system.colours import COLOURS


def _destinations(value: Callable[[Mapping[str, Any]], float | None]) -> Read:
    def read(worker: Snapshot) -> Iterable[Row]:
        values = ((each["tag"], each["destination"], value(each)) for each in worker.get("destinations", ()))
        return (row for row in values if row[2] is not None)

    return read


def _reported(read: Read) -> Read:
    """What everybody knows of rows that are shared: one tells it, so that a sum over all of them counts each row once."""
    return lambda worker: read(worker) if worker.get("reports", True) else ()


def _oldest(destination: Mapping[str, Any]) -> float | None:
    return destination["oldest"] / 1_000_000 if destination["oldest"] else None


def _scripts(total: Callable[[Sequence[Mapping[str, Any]]], float]) -> Read:
    """Of the files that are held: one that upstream refuses has no bytes."""
    return lambda worker: [[total([row for row in worker["scripts"] if row["bytes"]])]] if "scripts" in worker else ()


def _unknown_hosts(worker: Snapshot) -> Iterable[Row]:
    return [[sum(count for _, count in worker["unknown_hosts"])]] if "unknown_hosts" in worker else ()


_REST: Final = (
    Metric(
        Section.SERVER,
        "tagyard_build_info",
        ("version", "commit", "python"),
        "1, with the version of Tagyard, the commit that it is of where that is known, and Python's version.",
        lambda _: [[VERSION, revision() or "", python_version(), 1]],
        whole=True,
    ),
    Metric(Section.SERVER, "tagyard_up", (), "1 where the worker answers, else 0.", lambda worker: [[int("counts" in worker)]]),
    Metric(
        Section.SERVER,
        "tagyard_accepting",
        (),
        "1 where the worker accepts requests, else 0.",
        lambda worker: [[int(worker["accepting"])]],
    ),
    Metric(
        Section.SERVER,
        "tagyard_health",
        (),
        "The colour of the worker's health: 0 green, 1 amber, 2 red.",
        lambda worker: [[COLOURS.index(worker["colour"])]],
    ),
    Metric(
        Section.SERVER,
        "tagyard_config_info",
        ("configuration",),
        "1, with the digest of the configuration in force: the log has it in `started` and `configuration reloaded`.",
        at("configuration"),
    ),
    Metric(
        Section.SERVER,
        "tagyard_config_last_reload_successful",
        (),
        "1 where the configuration was taken when it was last read, at the start or since, else 0.",
        at("reload.successful"),
    ),
    Metric(
        Section.SERVER,
        "tagyard_config_last_reload_success_timestamp_seconds",
        (),
        "When the configuration that is in force was read.",
        at("reload.success_at"),
    ),
    Metric(
        Section.REQUESTS, "tagyard_open_connections", (), "Connections that are open on the public port.", at("connections.open")
    ),
    Metric(
        Section.REQUESTS,
        "tagyard_accept_pauses_total",
        ("reason",),
        "How often no connection could be accepted.",
        at("accept_pauses"),
    ),
    Metric(
        Section.EVENTS,
        "tagyard_not_chosen_total",
        ("tag",),
        "Events that a tag was spared, since it held more than half of an outbox that fills up.",
        at("not_chosen"),
    ),
    Metric(
        Section.DELIVERIES,
        "tagyard_delivery_notes_total",
        ("tag", "note"),
        "What a tag has to say of what it delivered, such as that an event lost its own time.",
        at("notes"),
    ),
    Metric(
        Section.DELIVERIES,
        "tagyard_breaker_open",
        AT,
        "1 while the circuit breaker keeps requests from the destination, else 0.",
        _destinations(lambda each: int(each["breaker"] in ("open", "testing"))),
    ),
    Metric(
        Section.DELIVERIES,
        "tagyard_destination_paused",
        AT,
        "1 while nothing is sent, since the destination asked for a pause, else 0.",
        _destinations(lambda each: int(each["paused_until"] is not None)),
    ),
    Metric(
        Section.DELIVERIES,
        "tagyard_destination_left_to_others",
        AT,
        "1 while events are left to other replicas, since this one has no such tag or lacks a secret that they need, else 0.",
        _destinations(lambda each: int(bool(each["lacks"]))),
    ),
    Metric(
        Section.OUTBOX,
        "tagyard_outbox_rows",
        AT,
        "Events that wait or are on the wire.",
        _reported(_destinations(lambda each: each["pending"])),
    ),
    Metric(
        Section.OUTBOX,
        "tagyard_outbox_oldest_timestamp_seconds",
        AT,
        "When the oldest event that waits was received, as of half a minute ago.",
        _reported(_destinations(_oldest)),
    ),
    Metric(
        Section.OUTBOX,
        "tagyard_damaged_files",
        (),
        "Damaged files of the outbox that were set aside and not salvaged: what they hold is not delivered.",
        at("damaged_files"),
        whole=True,
    ),
    Metric(
        Section.OUTBOX,
        "tagyard_outbox_bytes",
        (),
        "What the outbox takes on the disk, the files of all workers together.",
        at("outbox_bytes"),
        whole=True,
    ),
    Metric(
        Section.OUTBOX, "tagyard_dead_letters", ("tag",), "Events that were given up and are kept.", _reported(at("dead_letters"))
    ),
    Metric(
        Section.OUTBOX,
        "tagyard_dead_letters_removed_total",
        ("tag",),
        "Dead letters that were removed since they were older than `outbox.dead_letters.max_age`.",
        at("dead_letters_removed"),
    ),
    Metric(
        Section.MEMORY,
        "tagyard_geo_database_build_timestamp_seconds",
        (),
        "When the geo database that is in use was made.",
        at("geo_built"),
    ),
    Metric(Section.MEMORY, "tagyard_script_cache_files", (), "Files of Google's that are held in memory.", _scripts(len)),
    Metric(
        Section.MEMORY,
        "tagyard_script_cache_bytes",
        (),
        "What those take.",
        _scripts(lambda rows: sum(row["bytes"] for row in rows)),
    ),
    Metric(
        Section.MEMORY,
        "tagyard_script_cache_stale_files",
        (),
        "Those that are due to be fetched anew.",
        _scripts(lambda rows: sum(not row["fresh"] for row in rows)),
    ),
    Metric(
        Section.MEMORY,
        "tagyard_script_cache_failing_files",
        (),
        "Those whose latest fetch failed: the copy from before is served.",
        _scripts(lambda rows: sum(bool(row["failure"]) for row in rows)),
    ),
    Metric(
        Section.MEMORY,
        "tagyard_script_unknown_host_requests_total",
        (),
        "Requests for scripts with a Host that is nobody's, which get the script as Google wrote it.",
        _unknown_hosts,
    ),
    Metric(
        Section.MEMORY,
        "tagyard_google_requests_total",
        ("path", "outcome"),
        "Requests to Google's own paths that were to be passed on, by the path's name and what came of it.",
        at("passed_on"),
    ),
    Metric(
        Section.ADMIN,
        "tagyard_refused_sign_ins_total",
        ("reason",),
        "Tokens for the admin port that were refused: wrong, or not looked at after too_many wrong ones.",
        at("refused_sign_ins"),
        whole=True,
    ),
    Metric(
        Section.ADMIN,
        "tagyard_log_lines_dropped_total",
        (),
        "Lines of the log that were dropped, since whoever reads standard error did not read them.",
        at("log_lines_dropped"),
    ),
    Metric(
        Section.ADMIN,
        "tagyard_supervisor_log_lines_dropped_total",
        (),
        "The same of the process that several workers have above them, which logs sign-ins and workers that end.",
        at("supervisor_log_lines_dropped"),
        whole=True,
    ),
    Metric(
        Section.MEMORY,
        "tagyard_recorded_requests",
        (),
        "Requests that are remembered for the debug page.",
        at("recorded.requests"),
    ),
    Metric(
        Section.MEMORY,
        "tagyard_unrecorded_requests_total",
        (),
        "Requests that are not remembered, since more than 100 came in their second and nobody looked at the debug page.",
        at("recorded.passed_over"),
    ),
    Metric(Section.MEMORY, "tagyard_recorded_bytes", (), "What their bodies and queries take in memory.", at("recorded.bytes")),
)

_SECTIONS: Final = list(Section)

METRICS: Final = tuple(
    sorted(
        (*metrics_of(Counters), *metrics_of(RefusedPages), *metrics_of(Traffic), *PROCESS_METRICS, *_REST),
        key=lambda metric: _SECTIONS.index(metric.section),
    )
)
"""Every metric there is, in the order of the page that explains them."""
