"""What is said of streams that are otherwise than they should be: nothing is kept in some, and of others it is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog

from config import NatsSettings
from server.outbox.durability import Durability
from server.outbox.errors import OutboxError
from server.outbox.jetstream.link import Link
from server.outbox.jetstream.monitoring import Flushing, flushing
from server.outbox.jetstream.names import Names
from server.outbox.jetstream.streams import REPLICAS, SECOND, TWICE_WITHIN, Information, present

log = structlog.get_logger("tagyard")

_NEEDED: Final = {"allow_atomic": "rows of one request", "allow_msg_ttl": "keys", "allow_direct": "whatever is read"}
"""By what must be on who needs it."""

_HARMFUL: Final = {
    "discard_new_per_subject": "no row could change its state",
    "sealed": "nothing could be written",
    "deny_delete": "nothing delivered could be removed",
    "deny_purge": "nothing could be dropped",
    "no_ack": "nobody would hear that a row is there",
    "subject_transform": "rows would be kept where nobody looks for them",
}
"""By what must be off why."""

_BOUNDS: Final = {
    "max_consumers": "each tag and destination takes one, and rows of any more are refused",
    "max_msg_size": "deliveries that are larger are refused, and with what a vendor said also smaller ones",
}
"""By what may be without bounds what a bound does."""

_LONG_ENOUGH: Final = f"{TWICE_WITHIN // SECOND} s"

_NOT_FLUSHED: Final = (
    "{}: it flushes its writes every now and then only, so that what was accepted since is lost with its power: set "
    "`sync_interval: always` in its `jetstream` block"
)


@dataclass(frozen=True, slots=True)
class Kept:
    """Seconds for which rows may wait, and the longest for which a key of ``deduplicate`` counts."""

    rows: float
    keys: float = 0.0

    @property
    def longest(self) -> float:
        """Of the two."""
        return max(self.rows, self.keys)


async def examined(link: Link, names: Names, settings: NatsSettings, kept: Kept) -> Durability:
    """What the streams are worth, with every weakness in the log.

    Raises OutboxError, with all reasons, where a stream is missing or nothing may be kept in it.
    """
    known = await present(link, list(names.subjects))
    missing = [name for name in names.subjects if name not in known]
    if missing:
        what = "is no stream" if len(missing) == 1 else "are no streams"
        raise OutboxError(f"there {what} {', '.join(missing)}: `tagyard outbox init URL` makes what is missing")
    servers = {server for each in known.values() for server in _servers(each)}
    told = await flushing(settings.monitoring, servers)
    judged = judge({name: each["config"] for name, each in known.items()}, names, kept, told)
    if judged.refused:
        raise OutboxError(f"nothing can be kept in these streams: {'; '.join(judged.refused)}")
    for weakness in judged.weak:
        log.warning("the outbox is weak: what was accepted may be lost", why=weakness)
    for text in (f"{name}: {text}" for name, each in known.items() for text in _bounded(each["config"])):
        log.warning("the outbox may refuse what has room in it", why=text)
    if judged.unverified:
        log.warning("the outbox is unverified: what was accepted might be lost", why=judged.unverified)
    return judged


def judge(streams: Mapping[str, Mapping[str, Any]], names: Names, kept: Kept, told: Flushing) -> Durability:
    """What these configurations are worth."""
    refused = [f"{name}: {text}" for name, stream in streams.items() for text in _refused(name, stream, names)]
    weak = [
        f"{name}: {text}"
        for name, stream in streams.items()
        for text in _weak(stream, kept if name == names.rows else None, name != names.state)
    ]
    weak += [_NOT_FLUSHED.format(server) for server in told.never]
    return Durability(refused, weak, told.unknown or None)


def _servers(information: Information) -> Iterator[str]:
    """The names of those that hold the stream."""
    cluster = information.get("cluster") or {}
    yield from filter(None, [cluster.get("leader")])
    yield from (replica["name"] for replica in cluster.get("replicas") or ())


def _refused(name: str, stream: Mapping[str, Any], names: Names) -> Iterator[str]:
    if stream.get("discard") != "new":
        yield "`discard: old` removes what waits, and says nothing, when the stream is full; set `discard: new`"
    retention = "workqueue" if name == names.rows else "limits"
    if stream.get("retention") != retention:
        yield f"its `retention` is {stream.get('retention')}; it has to be {retention}"
    if stream.get("max_msgs_per_subject") != 1:
        yield "`max_msgs_per_subject` is not 1; of each subject the latest message alone may stay"
    if name == names.state and stream.get("storage") != "file":
        yield f"its `storage` is {stream.get('storage')}; replicas would be numbered anew, and ids of rows come again"
    lacking = [subject for subject in names.subjects[name] if not {subject, f"{name}.>"} & set(stream.get("subjects") or ())]
    if lacking:
        yield f"it lacks the subjects {', '.join(lacking)}"
    for key, who in _NEEDED.items():
        if not stream.get(key):
            yield f"`{key}` is off, and needed for {who}"
    for key, why in _HARMFUL.items():
        if stream.get(key):
            yield f"`{key}` is on: {why}"


def _bounded(stream: Mapping[str, Any]) -> Iterator[str]:
    for key, what in _BOUNDS.items():
        if stream.get(key, 0) > 0:
            yield f"`{key}` is {stream[key]}: {what}; make it -1"


def _weak(stream: Mapping[str, Any], kept: Kept | None, holds_rows: bool) -> Iterator[str]:
    """``kept`` is how old what is in it may become; None: as old as it likes."""
    if holds_rows and stream.get("storage") != "file":
        yield f"its `storage` is {stream.get('storage')}; what is not in files is lost with its servers"
    replicas = stream.get("num_replicas", 1)
    if replicas < REPLICAS:
        yield f"it has {replicas} of {REPLICAS} replicas, too few to lose a server and nothing with it"
    age = stream.get("max_age", 0) / SECOND
    if age and (kept is None or age <= kept.longest):
        yield f"`max_age` removes what is older than {age:g} s, and {_kept(kept, age)}; make it 0"
    window = stream.get("duplicate_window", 0)
    if window < TWICE_WITHIN:
        yield f"`duplicate_window` is {window / SECOND:g} s, too short to know what is written twice; make it {_LONG_ENOUGH}"


def _kept(kept: Kept | None, age: float) -> str:
    if kept is None:
        return "what is here is kept until it is dropped"
    if age <= kept.rows:
        return f"rows may wait for {kept.rows:g} s"
    return f"`deduplicate` keeps keys for {kept.keys:g} s"
