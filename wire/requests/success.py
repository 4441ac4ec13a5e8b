"""What counts as delivered: by an answer's status, and by what the answer says, of the request and of each of its events."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, Final, TypeAlias

import orjson
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from core.component import judge_by_status
from core.context import Answered, Context, Shared
from core.expressions import Decided, Expression, explain
from core.expressions.names import ANSWERED
from core.fields import Condition, Many
from core.pairs import first_values
from core.types import Delivered, OutboundRequest, Outcome, Rejected, Request, Response, Retry
from core.undefined import UNDEFINED
from wire.depth import is_deep

_STATUSES: Final = re.compile(r"([1-5]\d\d)(?:-([1-5]\d\d))?", re.ASCII)
_LONGEST: Final = 200
"""Characters of a condition that are told."""

_EXPLAINED: Final = 100
"""Rows of one answer of which it is told what was missing: to find that out takes ten times as long as to judge."""

_OF_ROWS: Final = frozenset({"row", "index"})
_KNOWN: Final = frozenset({*ANSWERED, "env"})


def _status(text: str) -> str:
    found = _STATUSES.fullmatch(text)
    if not found or int(found[2] or found[1]) < int(found[1]):
        raise ValueError(f"{text!r} is no status: write 404 or a range such as 200-299; a condition is written under `when`")
    return text


Statuses = Annotated[
    str,
    BeforeValidator(lambda value: str(value) if type(value) is int else value, json_schema_input_type=int | str),
    AfterValidator(_status),
]


def _named(condition: Condition) -> Iterator[str]:
    return (root for expression in condition.expressions for root, _ in expression.references)


def _of_an_answer(condition: Condition) -> Condition:
    for root in sorted(set(_named(condition)) - _KNOWN):
        told = f"there is no {root} any more when an answer comes: name `answer`, `status`, `headers`, `row`, `index` or `env`"
        raise PydanticCustomError("name", "{told}", {"told": told})
    return condition


def _of_all(condition: Condition) -> Condition:
    for root in sorted(_OF_ROWS.intersection(_named(condition))):
        told = f"this is about the request as a whole: {root} means something in `row` and in `retry`"
        raise PydanticCustomError("name", "{told}", {"told": told})
    return _of_an_answer(condition)


OfAnswer: TypeAlias = Annotated[Condition, AfterValidator(_of_all)]
OfRow: TypeAlias = Annotated[Condition, AfterValidator(_of_an_answer)]


class SuccessSettings(BaseModel):
    """What counts as delivered. Conditions name ``answer`` (its JSON), ``status``, ``headers`` and ``env``.

    Those of a row name ``index`` besides, its place in the request from 0 on, and ``row``, its body. What a condition looks
    for and does not find is no success.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    status: Many[Statuses] = Field(["200-299"], min_length=1, description="The statuses of success, such as `[200-299, 404]`.")
    when: OfAnswer | None = Field(None, description="What holds of the answer besides: `answer.code == 0`.")
    row: OfRow | None = Field(
        None, description="With `batch`: what holds for each event that was taken: `answer.results[index].ok`."
    )
    retry: OfRow | None = Field(
        None,
        description="When to try again what is no success: `true`, or `answer.code == 429`. Else it is kept as a dead letter, "
        "with the beginning of the answer.",
    )


def _written_short(value: Any) -> Any:
    if isinstance(value, bool) or (isinstance(value, str) and re.search("[A-Za-z]", value)):
        return {"when": value}
    return {"status": value} if isinstance(value, int | str | list) else value


Success: TypeAlias = Annotated[
    SuccessSettings,
    BeforeValidator(_written_short, json_schema_input_type=SuccessSettings | str | int | list[str | int]),
]
"""The same, where a text is short for ``when``, and a status or a list of them for ``status``."""


class Judge:
    """Judges answers. ``rows`` finds the bodies of its events in a request."""

    def __init__(self, settings: SuccessSettings, shared: Shared, rows: Callable[[OutboundRequest], Sequence[Any]]) -> None:
        self._settings = settings
        self._codes = frozenset(code for text in settings.status for code in _codes(text))
        self._context = Context(Request("", 0, "", ""), "", {}, shared=shared)
        conditions = [each for each in (settings.when, settings.row, settings.retry) if each is not None]
        self._reads = bool(conditions)
        names_row = any("row" in _named(each) for each in conditions)
        self._rows: Callable[[OutboundRequest], Sequence[Any]] = rows if names_row else lambda _: ()

    def judge(self, request: OutboundRequest, response: Response) -> Outcome | Sequence[Outcome]:
        """One outcome for all where ``row`` is not asked."""
        if not self._reads:
            return Delivered() if response.status in self._codes else _by_status(response)
        answer, amiss = _read(response)
        said = self._scope(response, answer)
        settings = self._settings
        if response.status not in self._codes:
            outcome = _by_status(response)
            return Retry(outcome.why) if isinstance(outcome, Rejected) and self._again(said) else outcome
        if settings.when is not None and not settings.when.holds(said):
            why, unclear = _why(response, settings.when, said, amiss)
            return Retry(why) if self._again(said) else Rejected(why, of_all=unclear)
        if settings.row is None:
            return Delivered()
        rows = self._rows(request)
        each = range(len(request.payloads))
        scopes = [self._scope(response, answer, index, rows[index] if index < len(rows) else UNDEFINED) for index in each]
        return list(self._of_rows(settings.row, response, scopes, amiss))

    def _of_rows(self, condition: Condition, response: Response, scopes: Sequence[Answered], amiss: str) -> Iterator[Outcome]:
        failed = 0
        for scope in scopes:
            if condition.holds(scope):
                yield Delivered()
                continue
            failed += 1
            why = _why(response, condition, scope, amiss)[0] if failed <= _EXPLAINED else _short(response, condition)
            yield Retry(why) if self._again(scope) else Rejected(why)

    def _again(self, scope: Answered) -> bool:
        retry = self._settings.retry
        return retry is not None and retry.holds(scope)

    def _scope(self, response: Response, answer: Any, index: Any = UNDEFINED, row: Any = UNDEFINED) -> Answered:
        return Answered(self._context, answer, response.status, first_values(response.headers), index, row)


def _codes(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def _by_status(response: Response) -> Outcome:
    outcome = judge_by_status(response)
    return Rejected(f"HTTP {response.status} is not among success") if isinstance(outcome, Delivered) else outcome


def _read(response: Response) -> tuple[Any, str]:
    """The answer's JSON, or UNDEFINED and what is the matter with it."""
    if not response.body.strip():
        return UNDEFINED, "the answer is empty"
    try:
        found = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        return UNDEFINED, "the answer is no JSON"
    return (UNDEFINED, "the answer is nested too deep") if is_deep(response.body, found) else (found, "")


def _why(response: Response, condition: Condition, scope: Answered, amiss: str) -> tuple[str, bool]:
    """Why it is no success, and whether the answer leaves that open: then what was sent may be there all the same."""
    failed = next((each for each in condition.expressions if not each.evaluate(scope)), condition.expressions[0])
    asks = any(root == "answer" for root, _ in failed.references)
    notes = [amiss] if amiss and asks else _notes(failed, scope)
    told = f" ({'; '.join(notes)})" if notes else ""
    return f"HTTP {response.status}: no success, which is {failed.source[:_LONGEST]}{told[:_LONGEST]}", bool(notes)


def _short(response: Response, condition: Condition) -> str:
    """The same of the condition as a whole, and nothing of what was looked for."""
    written = " and ".join([each.source for each in condition.expressions])
    return f"HTTP {response.status}: no success, which is {written[:_LONGEST]}"


def _notes(failed: Expression, scope: Answered) -> list[str]:
    return list(dict.fromkeys(_missed(explain(failed, scope))))


def _missed(part: Decided) -> Iterator[str]:
    """What a part of a condition looked for that is not there, or is nothing to compare with."""
    for child in part.children:
        yield from _missed(child)
    if part.note:
        yield part.note
    elif (part.source, UNDEFINED) in part.values:
        yield f"{part.source} is undefined"
