"""Platforms for tests: each is a real HTTP server that checks what it gets as strictly as the platform, and answers like it."""

from __future__ import annotations

import json
import re
import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Final
from urllib.parse import parse_qs, urlsplit

HASH: Final = re.compile(r"[a-f0-9]{64}")

EMAIL: Final = "sam.roe@example.com"
"""Whose purchases these are."""


class Wrong(Exception):
    """What a request has against the platform's rules; it is refused as a whole."""


@dataclass(frozen=True)
class Call:
    """A request as it came."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Its body. Raises Wrong where it is none."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise Wrong("the body is no JSON") from error


class StandIn(ABC):
    """``taken`` counts the orders that it took, ``faults`` is what no tag of ours may do.

    An order is refused where ``refuses`` says so. ``trouble`` is what it answers while it is set.
    """

    tag: ClassVar[str]
    """The type of the tag that sends to it."""

    most_rows: ClassVar[int] = 1

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()
        self.faults: list[str] = []
        self.trouble: tuple[int, Any] | None = None
        self.requests = 0
        self.changed = threading.Condition()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def do_POST(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                parts = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                headers = {name.lower(): value for name, value in self.headers.items()}
                status, answer = owner.hear(Call(parts.path, query, headers, self.rfile.read(length)))
                body = json.dumps(answer).encode() if answer is not None else b""
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    def __enter__(self) -> StandIn:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @abstractmethod
    def settings(self) -> Mapping[str, Any]:
        """Of a tag that sends to it."""

    @abstractmethod
    def answer(self, call: Call) -> tuple[int, Any]:
        """As the platform answers a request; orders that it takes it ``take``\\ s. Raises Wrong for what is against its rules."""

    @abstractmethod
    def bad_token(self) -> tuple[int, Any]:
        """How it refuses a credential."""

    @abstractmethod
    def throttled(self) -> tuple[int, Any]:
        """How it asks to be left alone for a while."""

    def unwell(self) -> tuple[int, Any]:
        """How it answers on a bad day."""
        return 500, None

    def hear(self, call: Call) -> tuple[int, Any]:
        """Answers, one call at a time."""
        with self.changed:
            self.requests += 1
            try:
                if EMAIL.encode() in call.body.lower():
                    raise Wrong("an e-mail address in clear")
                return self.trouble or self.answer(call)
            except Wrong as wrong:
                self.faults.append(str(wrong))
                return 400, {"error": {"message": str(wrong)}}
            finally:
                self.changed.notify_all()

    def take(self, orders: Iterator[str] | list[str]) -> None:
        """These it has now."""
        self.taken.update(orders)

    @staticmethod
    def refuses(order: str) -> bool:
        """Every tenth."""
        return order.endswith("7")

    def wait_for(self, orders: set[str], seconds: float) -> set[str]:
        """Waits until it has taken all of these; what is still missing after that time."""
        with self.changed:
            self.changed.wait_for(lambda: orders <= self.taken.keys(), seconds)
            return orders - self.taken.keys()


def hashed(value: Any) -> None:
    """Raises Wrong for what is no hash, nor a list of hashes."""
    for each in value if isinstance(value, list) else [value]:
        if not isinstance(each, str) or not HASH.fullmatch(each):
            raise Wrong(f"{each!r} is no hash")
