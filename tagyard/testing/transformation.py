"""The contract of transformations."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, ClassVar

from hypothesis import example as seen
from hypothesis import given

from core.component import Transformation, TransformationExample
from core.types import Event
from tagyard.testing.component import ComponentContract, equal, hold
from tagyard.testing.given import context
from tagyard.testing.made_up import EVENTS, FEW, ODD


class TransformationContract(ComponentContract):
    """What holds of every transformation: ``class TestMine(TransformationContract): component = Mine``."""

    component: ClassVar[type[Transformation]]

    def _examples(self) -> Iterator[tuple[TransformationExample, Any]]:
        for example in self.component.examples:
            hold(isinstance(example, TransformationExample), f"{example!r} is no TransformationExample")
            assert isinstance(example, TransformationExample)
            yield example, self._made(example.settings)

    def test_its_examples_hold(self) -> None:
        """Each gives the event that it says, its parameters in that order."""
        for example, transformation in self._examples():
            gives = transformation.apply(example.event, context(example.event))
            equal(gives, example.gives, f"the example {example.title!r} gives another event than it says:")
            equal(list(gives), list(example.gives), f"the example {example.title!r} gives its parameters in another order:")

    def test_the_event_that_came_in_is_untouched(self) -> None:
        """Other tags see the same event: what changes it, copies it."""
        for example, transformation in self._examples():
            before = copy.deepcopy(example.event)
            transformation.apply(example.event, context(example.event))
            equal(example.event, before, f"the example {example.title!r} changes the event itself, and not a copy of it:")

    @FEW
    @given(event=EVENTS)
    @seen(event=ODD)
    def test_no_event_makes_it_raise(self, event: Event) -> None:
        """One that does holds back each tag that it works for: nothing unfiltered leaves."""
        for _, transformation in self._examples():
            before = copy.deepcopy(event)
            gives = transformation.apply(event, context(event))
            hold(isinstance(gives, dict), f"{event} becomes {gives!r}, which is no event")
            equal(event, before, "it changes the event itself, and not a copy of it:")
