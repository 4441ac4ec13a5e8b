"""What there is in the streams: rows that wait, by tag and destination, suspects, dead letters, rows of a later version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from server.outbox.jetstream.consumers import consumers
from server.outbox.jetstream.leasing import LONE
from server.outbox.jetstream.link import Link
from server.outbox.jetstream.names import Names, consumer_of
from server.outbox.jetstream.stored import StoredRow
from server.outbox.row import FORMAT
from server.outbox.store import Found, Suspect, Waiting


@dataclass(frozen=True, slots=True)
class Census:
    """Asks the servers."""

    link: Link
    names: Names

    async def take(self) -> Found:
        """What all replicas have before them, leased rows included. Raises OutboxError.

        Any server of the streams may have counted: where that lags behind the next count is right, and nothing else goes by it.
        """
        places = await self._places()
        waiting = [Waiting(*place, rows, 0) for place, rows in sorted(places.items()) if rows]
        dead = Counter({tag: await self._dead(tag) for tag in sorted({tag for tag, _ in places})})
        return Found(waiting, await self._suspects(), +dead, await self._held())

    async def _places(self) -> dict[tuple[str, str], int]:
        """By tag and destination, the rows that wait for a consumer or are in a replica's hand."""
        found = dict[tuple[str, str], int]()
        async for each in consumers(self.link, self.names.rows):
            known: dict[str, Any] = each["config"].get("metadata") or {}
            if each["name"] != LONE and "tag" in known:
                found[known["tag"], known["destination"]] = each["num_pending"] + each["num_ack_pending"]
        return found

    async def forsaken(self) -> Collection[tuple[str, str]]:
        """Tags and destinations whose rows nobody gets, since their consumer was removed. Raises OutboxError."""
        rows = await self._count(self.names.rows, f"{self.names.rows}.row.>")
        known = {each["name"]: each async for each in consumers(self.link, self.names.rows)}
        given = sum(each["num_pending"] + each["num_ack_pending"] for name, each in known.items() if name != LONE)
        if rows <= given:
            return ()  # to look at each is much where many wait
        subjects = await self.link.subjects(self.names.rows, f"{self.names.rows}.row.>")
        places = {consumer_of(subject) for subject in subjects} - {*known}
        return [found for place in places if (found := await self._at(place)) is not None]

    async def _at(self, place: str) -> tuple[str, str] | None:
        async for each in self.link.read(self.names.rows, f"{self.names.rows}.row.{place}.>"):
            row = StoredRow.read_if_any(each.data)
            if row is not None:
                return row.place
        return None

    async def keys(self) -> int:
        """Keys of ``deduplicate`` whose window has not ended: they take room beside the rows. Raises OutboxError."""
        return await self._count(self.names.rows, self.names.key(">"))

    async def _suspects(self) -> list[Suspect]:
        found = self.link.read(self.names.rows, f"{self.names.rows}.lone.>")
        rows = [row async for each in found if (row := StoredRow.read_if_any(each.data)) is not None and row.format <= FORMAT]
        return sorted(Suspect(self.link.clock.ours(row.due_at), row.id, row.tag, row.destination) for row in rows)

    async def _dead(self, tag: str) -> int:
        return await self._count(self.names.dead, self.names.dead_rows_of(tag))

    async def _held(self) -> int:
        all_rows = await self._count(self.names.rows, f"{self.names.rows}.row.>")
        ours = [await self._count(self.names.rows, f"{self.names.rows}.row.*.{format}.*.*") for format in range(1, FORMAT + 1)]
        return all_rows - sum(ours)

    async def _count(self, stream: str, subject: str) -> int:
        """Messages of a subject: the servers say with the first how many there are behind it."""
        answers = await self.link.gather(f"$JS.API.DIRECT.GET.{stream}", {"seq": 1, "next_by_subj": subject, "batch": 1}, 2)
        return 0 if not answers else 1 + int((answers[0].headers or {}).get("Nats-Num-Pending", 0))
