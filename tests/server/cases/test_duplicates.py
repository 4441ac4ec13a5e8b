"""Of requests that come one after the other, a test leaves out what the outbox would."""

from __future__ import annotations

from core.container import EventRun, Run
from core.tagplan import Verdict
from core.types import HeldBack, Once, Payload, Reply, Sender
from server.cases.duplicates import Duplicates

SECOND = 1_000_000


def run(*keys: str | None, window: int = 10 * SECOND) -> Run:
    """One event for each key, all for one tag."""
    onces = [None if key is None else Once(key, window) for key in keys]
    verdicts = [Verdict("ga4", "trigger all", payload=Payload({}, "x", once=once)) for once in onces]
    return Run("web", Reply(204), tuple(EventRun({}, (verdict,)) for verdict in verdicts))


def sent(duplicates: Duplicates, now: int, *keys: str | None) -> list[bool]:
    left = duplicates.leave_out(run(*keys), now)
    return [each.verdicts[0].payload is not None for each in left.events]


def test_the_first_of_a_key_is_sent_and_the_second_is_not() -> None:
    duplicates = Duplicates()
    assert sent(duplicates, 0, "a", None) == [True, True]
    assert sent(duplicates, 9 * SECOND, "b", "a", None) == [True, False, True]


def test_within_one_request_too() -> None:
    assert sent(Duplicates(), 0, "a", "a", "b") == [True, False, True]


def test_after_its_window_a_key_counts_anew() -> None:
    duplicates = Duplicates()
    assert sent(duplicates, 0, "a") == [True]
    assert sent(duplicates, 10 * SECOND - 1, "a") == [False]
    assert sent(duplicates, 10 * SECOND, "a") == [True]
    assert sent(duplicates, 19 * SECOND, "a") == [False]


def test_what_is_left_out_says_why() -> None:
    duplicates = Duplicates()
    duplicates.leave_out(run("a"), 0)
    (event,) = duplicates.leave_out(run("a"), SECOND).events
    (verdict,) = event.verdicts
    assert (verdict.held, verdict.why) == (HeldBack.DUPLICATE, "duplicate of the one that came at 1970-01-01T00:00:00+00:00")


def test_what_was_held_back_anyway_stays_as_it_is() -> None:
    held = Run("web", Reply(204), (EventRun({}, (Verdict("ga4", "paused", HeldBack.PAUSED),)),))
    assert Duplicates().leave_out(held, 0) == held


def test_a_trusted_sender_is_left_out_only_after_its_like() -> None:
    def by(sender: Sender) -> Run:
        payload = Payload({}, "x", once=Once("order", 10 * SECOND, sender))
        return Run("web", Reply(204), (EventRun({}, (Verdict("ga4", "trigger all", payload=payload),)),))

    shop, stranger = Sender(("v1",), trusted=True), Sender(("v2",))
    duplicates = Duplicates()
    left = [
        bool(duplicates.leave_out(by(sender), now).deliveries()) for now, sender in enumerate((stranger, shop, shop, stranger))
    ]
    assert left == [True, True, False, False]
