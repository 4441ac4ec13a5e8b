"""Loads: as much as goes, by wrk; a fixed number; and a steady rate whose replies are timed."""

from __future__ import annotations

import asyncio
import re
import subprocess
import tempfile
import time
from dataclasses import dataclass
from typing import Final

from bench.hits import Hit
from bench.processes import pinned

CONNECTIONS: Final = 64


@dataclass(frozen=True)
class Answers:
    """What wrk saw: requests a second, and how many got a 2xx."""

    rate: float
    answered: int
    refused: int


def full(port: int, hit: Hit, seconds: float, core: str) -> Answers:
    """As many as 64 connections can send, each waiting for its reply."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        headers = "".join(f"wrk.headers[{_lua(name.title())}] = {_lua(value)}\n" for name, value in hit.headers.items())
        script.write(f"wrk.method = 'POST'\nwrk.body = {_lua(hit.body.decode())}\n{headers}{_COUNTING}")
        script.flush()
        wrk = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}s", "-s", script.name]
        command = pinned([*wrk, f"http://127.0.0.1:{port}{hit.target}"], core)
        return _answers(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


_COUNTING: Final = "done = function(s) io.write(string.format('counted %d %d\\n', s.requests, s.errors.status)) end\n"


def _lua(text: str) -> str:
    """As Lua writes it, each byte that is no letter or digit by its number."""
    return "'" + "".join(chr(byte) if chr(byte).isalnum() and byte < 128 else f"\\{byte:03}" for byte in text.encode()) + "'"


def _answers(output: str) -> Answers:
    rate = re.search(r"Requests/sec:\s+([\d.]+)", output)
    counted = re.search(r"counted (\d+) (\d+)", output)
    if not rate or not counted:
        raise SystemExit(f"wrk said something unexpected:\n{output}")
    requests, errors = int(counted[1]), int(counted[2])
    if requests == errors:
        raise SystemExit(f"none of {requests} requests was accepted")
    return Answers(float(rate[1]), requests - errors, errors)


def fixed(port: int, hit: Hit, times: int, connections: int = 32) -> None:
    """So many requests, each connection waiting for its reply. Raises SystemExit at one that is not accepted."""
    left = iter(range(times))

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in left:
            writer.write(hit.message)
            await _reply(reader)
        writer.close()

    async def all() -> None:
        await asyncio.gather(*(one() for _ in range(connections)))

    asyncio.run(all())


def paced(port: int, hit: Hit, rate: float, seconds: float) -> list[float]:
    """How long each reply took, in ms from when its request was due, at so many requests a second in even steps."""
    took: list[float] = []

    async def one(first: int, start: float) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in range(first, int(rate * seconds), CONNECTIONS):
            due = start + number / rate
            await asyncio.sleep(due - time.perf_counter())
            writer.write(hit.message)
            await _reply(reader)
            took.append((time.perf_counter() - due) * 1000)
        writer.close()

    async def all() -> None:
        start = time.perf_counter() + 0.2
        await asyncio.gather(*(one(first, start) for first in range(CONNECTIONS)))

    asyncio.run(all())
    return sorted(took)


async def _reply(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 204"):
        raise SystemExit(f"the answer was {head!r}")
