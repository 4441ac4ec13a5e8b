"""What went to a destination in the last hour: how much, how well, how fast and how late, each as a figure and a chart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypedDict

from server.admin.charts import Chart, Layer, chart
from server.admin.figures import count, many, rate, share, time
from server.admin.lately import Lately, Times, times
from server.observe.durations import AGE, EXCHANGE
from server.observe.traffic import DELIVERED, NO_ANSWER, REJECTED, RETRIED

MOST_ANSWERS: Final = 3
"""Statuses that are told of a destination: the most frequent."""

HOUR: Final = 3_600_000_000
"""In microseconds."""


class Figure(TypedDict):
    """``value`` is what there is to say at a glance, ``more`` what there is beside it; both may be dashes or empty."""

    name: str
    value: str
    more: str
    chart: Chart


class Hour(TypedDict):
    """``answers`` are statuses and how often each came; empty where nothing was sent."""

    failed: int
    answers: str
    figures: list[Figure]


def hour(lately: Lately, tag: str, address: str, known: int) -> Hour:
    """Of this tag and destination. ``known`` are the microseconds since somebody began to count."""
    delivered = lately.of(DELIVERED, tag, address)
    failed = [sum(both) for both in zip(lately.of(RETRIED, tag, address), lately.of(REJECTED, tag, address), strict=True)]
    took = times(EXCHANGE, lately.histogram("took", tag, address, buckets=len(EXCHANGE) + 1))
    ages = times(AGE, lately.histogram("age", tag, address, buckets=len(AGE) + 1))
    return {
        "failed": sum(failed),
        "answers": _answers(lately, tag, address),
        "figures": [
            _rate(tag, delivered, failed, min(known, HOUR)),
            _success(tag, delivered, failed),
            _times("Latency", f"{tag}: how long an exchange takes, over the last hour", took),
            _times("Age", f"{tag}: the time from a request to its delivery, over the last hour", ages),
        ],
    }


def _rate(tag: str, delivered: Sequence[int], failed: Sequence[int], known: int) -> Figure:
    whole = [sum(both) for both in zip(delivered, failed, strict=True)]
    words = f"{tag}: deliveries by the minute over the last hour: {count(sum(delivered))} delivered, "
    words += f"{many(sum(failed), 'failed attempt')}, {count(max(whole))} at most in a minute"
    drawn = chart(words, Layer("bad", whole), Layer("good", delivered))
    return {
        "name": "Rate",
        "value": f"{rate(sum(delivered), known)}/min",
        "more": f"{count(sum(delivered))} sent",
        "chart": drawn,
    }


def _success(tag: str, delivered: Sequence[int], failed: Sequence[int]) -> Figure:
    good, bad = sum(delivered), sum(failed)
    value = share(good, good + bad)
    words = f"{tag}: share of attempts that succeed, by the minute over the last hour: {value or 'none was made'}"
    tried = [1 if one + other else 0 for one, other in zip(delivered, failed, strict=True)]
    shares = [one / (one + other) if one + other else 0 for one, other in zip(delivered, failed, strict=True)]
    drawn = chart(words, Layer("bad", tried), Layer("good", shares), top=1)
    return {"name": "Success", "value": value or "–", "more": f"{count(bad)} failed" if bad else "", "chart": drawn}


def _times(name: str, what: str, of: Times) -> Figure:
    told = "nothing to tell" if of.median is None else f"median {time(of.median)}, 95 of 100 below {time(of.most)}"
    drawn = chart(f"{what}: {told}", Layer("most", of.mosts), Layer("usual", of.medians))
    return {"name": name, "value": time(of.median), "more": "" if of.most is None else f"p95 {time(of.most)}", "chart": drawn}


def _answers(lately: Lately, tag: str, address: str) -> str:
    found = {key[3]: sum(numbers) for key, numbers in lately.rows.items() if key[:3] == ("status", tag, address)}
    ordered = sorted(found.items(), key=lambda item: -item[1])[:MOST_ANSWERS]
    return ", ".join(f"{_answer(status)} × {count(number)}" for status, number in ordered if number)


def _answer(status: str) -> str:
    return "no answer" if status == NO_ANSWER else f"HTTP {status}"
