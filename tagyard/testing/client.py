"""The contract of clients."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any, ClassVar, Final

from core.component import Client, ClientExample
from core.types import Claim, Declined, Request
from tagyard.testing.component import ComponentContract, equal, hold
from tagyard.testing.given import request

_METHODS: Final = ("GET", "POST", "OPTIONS", "HEAD", "PUT", "")
_PATHS: Final = ("/", "", "/g/collect", "/no/such/path", "/%00", "/\r\nx")
_TEXTS: Final = ("", "v=2&tid=G-A&cid=1&en=x", "%", "&=&=", "a=%ff%fe&en=%00", "v=2&tid=\r\n", "{", '[{"a": null}]', "[" * 1000)
_HEADERS: Final = (("origin", "null"), ("cookie", ";=;"))


class ClientContract(ComponentContract):
    """What holds of every client: ``class TestMine(ClientContract): component = Mine``."""

    component: ClassVar[type[Client]]

    def _examples(self) -> Iterator[tuple[ClientExample, Any]]:
        for example in self.component.examples:
            hold(isinstance(example, ClientExample), f"{example!r} is no ClientExample")
            assert isinstance(example, ClientExample)
            yield example, self._made(example.settings)

    def test_its_examples_hold(self) -> None:
        """Each request gives the events and the reply that its example says."""
        for example, client in self._examples():
            claim = client.claim(example.request)
            hold(isinstance(claim, Claim), f"the request of the example {example.title!r} is not claimed: {claim}")
            equal(list(claim.events), list(example.events), f"the example {example.title!r} gives other events than it says:")
            equal(claim.reply, example.reply, f"the example {example.title!r} is answered in another way than it says:")

    def test_the_same_request_gives_the_same_claim(self) -> None:
        """A client has no clock and no chance of its own: ``request.received_at`` and ``request.entropy`` are there for that."""
        for example, client in self._examples():
            again = self._made(example.settings).claim(example.request)
            equal(again, client.claim(example.request), f"the request of {example.title!r} gives another claim the second time:")

    def test_no_request_makes_it_raise(self) -> None:
        """Anybody may send anything. A client that raises is passed over, and its requests are lost."""
        for example, client in self._examples():
            paths = (*_PATHS, example.request.path)
            for method, path, text in product(_METHODS, paths, (*_TEXTS, example.request.query_string)):
                for body in (text.encode(), b"\xff\x00"):
                    asked = Request("r", 0, method, path, text, _HEADERS, body)
                    claim = client.claim(asked)
                    hold(claim is None or isinstance(claim, Claim | Declined), f"{asked} is answered by {claim!r}")

    def test_the_first_request_of_its_settings_is_one_that_it_claims(self) -> None:
        """``tagyard test`` offers it as a file's first test."""
        for example in self.component.examples:
            assert isinstance(example, ClientExample)
            settings = self.component.Settings.model_validate(example.settings)
            if first := settings.first_request():
                claim = self._made(example.settings).claim(request(first))
                hold(isinstance(claim, Claim), f"it does not claim its settings' first_request(), {first}: {claim}")
