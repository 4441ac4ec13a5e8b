"""The contract of tags."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from core.component import EventPart
from core.types import Delivered, Outbound, Rejected, Response, Retry
from tagyard.testing.component import equal, hold
from tagyard.testing.made_up import BODIES, QUIET
from tagyard.testing.mapping import AnyTag, MappingContract

_GROUPS: Final = (("a", "a", "a"), ("a", "b", "a"), ("a", "b", "c"))
_ANSWERS: Final = (b"", b"{", b"\xff\x00", b'{"error": null}', b"[" * 100)


class TagContract(MappingContract):
    """What holds of every tag: ``class TestMine(TagContract): component = Mine``."""

    def test_its_examples_hold(self) -> None:
        """Each event leaves in the requests that its example says, byte by byte."""
        for example, tag in self._examples():
            sent = list(tag.pack([self._payload(tag, example)], 0))
            equal(sent, list(example.sends), f"the example {example.title!r} sends something else than it says:")

    def test_each_payload_is_carried_by_exactly_one_request(self) -> None:
        """One that is in none would be lost, one that is in two sent twice."""
        for (example, tag), groups in product(self._examples(), _GROUPS):
            payloads = [self._payload(tag, example, at, group) for at, group in enumerate(groups)]
            _check_carried(tag.pack(payloads, 0), len(groups))

    def test_nothing_to_pack_is_nothing_to_send(self) -> None:
        """``pack`` of no payloads is no request."""
        for _, tag in self._examples():
            equal(list(tag.pack([], 0)), [], "pack makes requests of no payloads:")

    @QUIET
    @given(number=st.integers(1, 30))
    def test_a_batch_never_makes_more_requests_than_it_is_given_payloads(self, number: int) -> None:
        """However many have waited, each is sent once."""
        for example, tag in self._examples():
            payloads = [self._payload(tag, example, 0, f"r{at}") for at in range(number)]
            if tag.batch is None or len({tag.companions(payload, 0) for payload in payloads} - {None}) != 1:
                continue
            _check_carried(tag.pack(payloads, 0), number)
            hold(tag.batch.most_payloads >= 1, f"{tag.batch} takes no payload")
            hold(tag.batch.linger >= 0, f"{tag.batch} would have ended before it began")

    def test_judge_answers_for_every_status(self) -> None:
        """Whatever a vendor, or a proxy in front of it, may answer with."""
        for tag, message in self._messages(1):
            for status, body in product(range(100, 600), _ANSWERS):
                _check_outcome(tag, message, Response(status, (), body))

    @QUIET
    @given(
        status=st.integers(0, 999),
        body=BODIES,
        headers=st.lists(st.tuples(st.text(), st.text()), max_size=3),
        number=st.integers(1, 4),
    )
    def test_no_answer_makes_judge_raise(self, status: int, body: bytes, headers: list[tuple[str, str]], number: int) -> None:
        """By what it raises nobody would know whether the event has arrived: it is sent again, and may count twice."""
        for tag, message in self._messages(number):
            _check_outcome(tag, message, Response(status, tuple(headers), body))

    def test_each_payload_has_its_part_of_a_request(self) -> None:
        """By which the debug page shows a batch event by event."""
        for number in (1, 2, 5):
            for tag, message in self._messages(number):
                parts = list(tag.parts(message))
                hold(all(isinstance(part, EventPart) for part in parts), f"parts gives what is no EventPart: {parts}")
                wanted = len(message.payloads)
                hold(len(parts) == wanted, f"parts gives {len(parts)} for a request that carries {wanted} payloads")

    def _messages(self, number: int) -> Iterator[tuple[AnyTag, Outbound]]:
        """The requests for so many events of one request, with their tag."""
        for example, tag in self._examples():
            for message in tag.pack([self._payload(tag, example, at) for at in range(number)], 0):
                yield tag, message


def _check_carried(messages: Any, number: int) -> None:
    carried = sorted(index for message in messages for index in message.payloads)
    wanted = list(range(number))
    equal(carried, wanted, "the requests carry these payloads, by their index, and should carry each of them once:")


def _check_outcome(tag: AnyTag, message: Outbound, response: Response) -> None:
    outcome, number = tag.judge(message, response), len(message.payloads)
    outcomes = outcome if isinstance(outcome, list | tuple) else [outcome] * number
    is_answer = len(outcomes) == number and all(isinstance(one, Delivered | Retry | Rejected) for one in outcomes)
    hold(
        is_answer,
        f"{response} for a request with {number} payloads is judged {outcome!r}, which is neither one nor {number} outcomes",
    )
