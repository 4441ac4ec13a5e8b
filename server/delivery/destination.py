"""One destination of one tag: its slots, its breaker, its pause, and the rows that wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from core.types import Payload, Response
from server.delivery.batching import Batching, Group
from server.delivery.breaker import Breaker
from server.delivery.condition import Condition
from server.delivery.credential import Credential
from server.delivery.lacking import Lacking
from server.delivery.slots import Slots
from server.delivery.source import Backlog, Job, Source
from server.delivery.work import Work
from server.outbox.row import Row, stored_size
from server.outbox.store import Leased

ENOUGH: Final = 8
"""What is to fill batches is leased as soon as one in so many of the slots is free, and they grow until fewer than one in so many
of those is left: a lease of a few rows at a time would send a row each, or keep all of them for longer than they gain by it."""

_NOTHING: Final = Leased([], None)
"""What a lease that failed has brought: what was leased before it leaves, and grows no more."""

STOPPED: Final = "the process stopped before this was sent"


class Destination:
    """A slow or dead destination holds its own slots and nobody else's.

    Rows come straight from acceptance while a slot is free for them, else from the table; ``Slots`` has how the two share them.
    Slots are taken before a lease is asked for: what is leased leaves at once, or as soon as a batch of it has grown. Where
    a batch falls apart meanwhile into more than there are slots for, the rest waits in the table again.
    """

    def __init__(
        self,
        tag: str,
        address: str,
        limit: int,
        clock: Callable[[], int],
        random: Callable[[], float],
        work: Work[Destination],
        batching: Batching,
        condition: Condition,
    ) -> None:
        self.tag = tag
        self.address = address
        self.breaker = Breaker(limit, random)
        self.condition = condition
        self.paused_until = 0
        self.pending = 0
        """Rows that are queued, claimed or leased; the board counts them."""
        self.last_error = ""
        self.last_status: int | None = None
        """Of the answer that ``last_error`` is about; None where there was none."""
        self.credential = Credential()
        self.backlogs: list[Backlog] = []
        self._slots = Slots()
        self._clock = clock
        self._work = work
        self.lacking = Lacking()
        self._batching = batching
        self._lingers = batching.linger > 0
        self._under_way: set[Job] = set()
        self._finished: asyncio.Future[None] | None = None
        """Done when nothing is under way any more, where somebody waits for that."""
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    def backlog(self, source: Source) -> Backlog:
        """What waits here in this file."""
        for backlog in self.backlogs:
            if backlog.source is source:
                return backlog
        backlog = Backlog(source)
        self.backlogs.append(backlog)
        return backlog

    def forget(self, source: Source) -> None:
        """The file is gone."""
        self.backlogs = [backlog for backlog in self.backlogs if backlog.source is not source]

    def use(self, batching: Batching) -> None:
        """Another configuration's way to put payloads together; what lingers by the old one leaves."""
        self.lacking.forget()
        self._batching = batching
        self._lingers = batching.linger > 0
        for backlog in self.backlogs:
            if backlog.lingering:
                backlog.due_by(self._clock())
        self.pump()

    def takes_straight(self, source: Source, payload: Payload, now: int) -> bool:
        """Whether a fresh row may be leased as it is inserted: it waits for nobody, and a slot is free, which it has now."""
        if self._lingers and self._batching.company(payload) is not None:
            return False
        slots, width = self._slots, self.breaker.width
        if self.paused_until > now or not width or source.quiet or self._closed or not source.straight:
            return False
        for backlog in self.backlogs:
            if backlog.leasing or (backlog.due_at is not None and backlog.due_at <= now):
                if not slots.for_fresh(width, now):
                    return False
                break
        else:
            if slots.busy >= width:
                return False
        slots.busy += 1
        source.on_wire += 1
        return True

    def reserve(self, source: Source, slots: int = 1, *, waited: bool = False) -> None:
        """Takes slots for jobs that are to come, of rows that have waited in the table or not."""
        taken = self._slots
        taken.busy += slots
        if waited:
            taken.waited += slots
        source.on_wire += slots

    def release(self, source: Source, slots: int = 1, *, waited: bool = False) -> None:
        """Gives them back."""
        taken = self._slots
        taken.busy -= slots
        if waited:
            taken.waited -= slots
        source.on_wire -= slots
        if not source.on_wire and source.when_clear is not None:
            source.is_clear()

    def run(self, job: Job) -> None:
        """Starts a job that holds a slot."""
        self._under_way.add(job)
        self._work.begin(self, job)

    def finished(self, job: Job) -> None:
        """Each of its rows is settled; its slot is free."""
        self._under_way.discard(job)
        slots, source = self._slots, job.source
        slots.busy -= 1
        slots.waited -= job.waited
        source.on_wire -= 1
        if not source.on_wire and source.when_clear is not None:
            source.is_clear()
        if self._finished is not None and not (self._under_way or self._finished.done()):
            self._finished.set_result(None)

    def answered(self, status: int, now: int) -> None:
        """What a status says of the destination, whatever becomes of the rows."""
        if status >= 500:
            self.breaker.failed(now)
        elif self.breaker.troubled:
            self.breaker.succeeded(now)
        self.credential.answered(status)

    def is_open(self, now: int) -> bool:
        """Whether a request may leave now, were a slot free."""
        return self.paused_until <= now and self.breaker.allowance(now) > 0

    def pause(self, until: int) -> None:
        """The vendor asked for it: nothing leaves before then."""
        self.paused_until = max(self.paused_until, until)

    def failed(self, why: str, answer: Response | None) -> None:
        """The last error is this one, about an answer or because there was none."""
        self.last_error, self.last_status = why, answer.status if answer else None

    def leaves(self, source: Source) -> bool:
        """Whether rows of this store are left to others that share it, since here is no tag to send them with."""
        return source.shared and not self._batching.known

    def lacks(self, now: int) -> str:
        """What is missing here that rows need which are left to others; empty where nothing is."""
        return self.lacking.said(now, no_tag=any(self.leaves(each.source) for each in self.backlogs)) if self.pending else ""

    def lift_pause(self) -> None:
        """An operator knows better."""
        self.paused_until = 0

    def pump(self) -> None:
        """Leases what is due, as far as slots are free; else wakes itself when there is something to do."""
        if self._closed:
            return
        now = self._clock()
        for backlog in self.backlogs:
            free = self._slots.for_waiting(self.breaker.allowance(now), now) if self.paused_until <= now else 0
            due = backlog.due_at is not None and backlog.due_at <= now
            busy = backlog.leasing or backlog.source.quiet
            if due and free >= self._least_free() and not (busy or self.leaves(backlog.source)):
                self._lease(backlog, now, free)
        if len(self.backlogs) > 1:
            self.backlogs.append(self.backlogs.pop(0))
        self._set_timer(now)

    def queued(self, source: Source, payload: Payload, now: int) -> None:
        """A row waits in this file, due from now on: committed already, or in the group that is about to be.

        One that lingers does so by nothing but the backlog's being leased from later.
        """
        backlog = self.backlog(source)
        if backlog.due_at is not None and backlog.due_at <= now:
            return
        due_at = self._let_go_at(backlog, payload, now) if self._lingers else now
        if backlog.due_at is None or backlog.due_at > due_at:
            backlog.due_at = due_at
            self.pump()

    def _let_go_at(self, backlog: Backlog, payload: Payload, now: int) -> int:
        company = self._batching.company(payload)
        if company is None or self._batching.is_full(*backlog.joined(company, stored_size(payload))):
            return now
        return now + self._batching.linger

    def _least_free(self) -> int:
        """Slots that a lease is worth it for: the share of ENOUGH where batches can fill them, so as not to leave a row each."""
        return max(1, self.breaker.width // ENOUGH) if self._batching.fills else 1

    def pump_if_waiting(self) -> None:
        """The same, where something waits; cheap where nothing does."""
        for backlog in self.backlogs:
            if backlog.due_at is not None:
                self.pump()
                return

    def hold(self) -> None:
        """Leases no more, for good."""
        self._closed = True
        if self._timer:
            self._timer.cancel()

    async def close(self, grace: float) -> None:
        """Waits so many seconds for what is on the wire, then gives it up: it is queued again."""
        if self._under_way:
            self._finished = asyncio.get_running_loop().create_future()
            await asyncio.wait([self._finished], timeout=grace)
            self._finished = None
        for job in list(self._under_way):
            self._work.give_up(self, job)

    def _lease(self, backlog: Backlog, now: int, slots: int) -> None:
        backlog.leasing, backlog.due_at = slots, None
        backlog.lingering.clear()
        self.reserve(backlog.source, slots, waited=True)
        self._ask(backlog, now, slots, [])

    def _ask(self, backlog: Backlog, now: int, slots: int, growing: Sequence[Group]) -> None:
        """Of the slots that are taken each group that is growing will need one, and so may each row that is leased now."""

        def answer(leased: Leased | Exception) -> None:
            self._leased(backlog, now, slots, growing, leased if isinstance(leased, Leased) else _NOTHING)

        backlog.source.file.lease(self.tag, self.address, now, slots - len(growing), answer)

    def _leased(self, backlog: Backlog, now: int, slots: int, growing: Sequence[Group], leased: Leased) -> None:
        """What is complete leaves; batches that may grow by what else is due wait for that, as long as slots are free for it."""
        source = backlog.source
        more = len(leased.rows) + len(leased.unreadable) == slots - len(growing)
        self._work.unreadable(self, source, len(leased.unreadable))
        rows = [row for group in growing for row in group.rows] + list(leased.rows)
        groups = [] if self._closed else self._batching.together(rows, source.parts)
        goes_on = more and not source.quiet and slots - len(groups) >= max(1, backlog.leasing // ENOUGH)
        growing = [group for group in groups if not group.full] if goes_on else []
        leaving = [group for group in groups if group not in growing]
        for group in leaving[:slots]:
            self.run(Job(source, group.rows, waited=True))
        for group in leaving[slots:]:
            self._put_back(source, group.rows, "there was no slot for it")
            backlog.due_by(self._clock())
        left = slots - len(leaving[:slots])
        if growing:
            self._ask(backlog, now, left, growing)
            return
        if self._closed:
            self._put_back(source, rows, STOPPED)
        if leased.next_due is not None:
            backlog.due_by(leased.next_due + (0 if more else self._batching.linger))
        self._over(backlog, left)

    def _over(self, backlog: Backlog, left: int) -> None:
        backlog.leasing = 0
        self.release(backlog.source, left, waited=True)
        self.pump()

    def _put_back(self, source: Source, rows: Sequence[Row], why: str) -> None:
        for row in rows:
            source.file.queue(row.id, self._clock(), why)

    def _set_timer(self, now: int) -> None:
        dues = [each.due_at for each in self.backlogs if each.due_at is not None and not each.leasing]
        if not dues:
            return
        blocked = max(self.paused_until, 0 if self.breaker.width else self.breaker.open_until)
        at = max(min(dues), blocked)
        if at > now:
            if self._timer:
                self._timer.cancel()
            self._timer = asyncio.get_running_loop().call_later((at - now) / 1_000_000, self.pump)
