"""What a draft would send differently from the configuration in force, of requests that were really received.

Both know masks for secrets, and so do the requests. What is personal in one of these is masked in what is told of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import parse_qsl

from config import Loaded, Settings
from core.types import Request
from core.undefined import UNDEFINED
from server.differences import Difference, Tallied, Tally, compare
from server.differences.compare import REQUEST
from server.differences.report import headline, label, told_value
from server.drafts.answers import MOST, Answer, Differing, Job, short
from server.drafts.draft import Draft, draft_of
from server.explain.explanation import Explainer, Explanation, explainer_of
from server.inspection import Privacy
from server.inspection.bodies import personal_of
from server.inspection.privacy import CREDENTIALS
from server.inspection.recorded import Recorded, request_of

_BASE_FAILED: Final = "the configuration in force cannot be compared with: {problem}"


@dataclass(frozen=True, slots=True)
class _Both:
    """The same request under the configuration in force and under the draft."""

    before: Explainer
    after: Explainer

    def differences(self, recorded: Recorded) -> Iterator[Difference]:
        """What differs, masked. Raises what a plugin may raise."""
        request = request_of(recorded)
        old, new = (replace(each, now=request.received_at).request(request) for each in (self.before, self.after))
        found = list(compare(old, new))
        if found:
            privacy = Privacy(_credentials(request), personal_of(request, [*_events(old), *_events(new)]))
            yield from (_masked(each, privacy) for each in found)


def compared(answer: Answer, job: Job, draft: Draft, loaded: Loaded, settings: Settings) -> None:
    """Adds what differs, tag by tag. Raises FileError."""
    base = draft_of(job["base"], job["base"]["texts"])
    in_force = base.load_masked()
    if in_force.settings is None:
        wrong = next(each for each in in_force.problems if each.severity == "error")
        answer["error"] = _BASE_FAILED.format(problem=wrong)
        return
    both = _Both(_explainer(base, in_force, in_force.settings), _explainer(draft, loaded, settings))
    tally, failed = Tally(), 0
    for recorded in job["recorded"]:
        try:
            tally.add(list(both.differences(recorded)))
        except Exception:  # a plugin's fault, whose words may quote a visitor
            tally.add(())
            failed += 1
    tags = [*both.after.assembled.tags, *both.before.assembled.tags]
    answer["headline"] = _headline(tally, failed)
    answer["differences"] = [
        {"tag": tag, "rows": [_row(each, job["recorded"]) for each in found[:MOST]]}
        for tag, found in tally.by_tag([REQUEST, *dict.fromkeys(tags)]).items()
    ]


def _explainer(draft: Draft, loaded: Loaded, settings: Settings) -> Explainer:
    """Places of visitors are those that they were found to be at then."""
    return replace(explainer_of(draft, loaded, settings, now=0), visitors=None)


def _headline(tally: Tally, failed: int) -> str:
    if not tally.requests:
        return "No request is remembered yet that could be compared: send one to the public port."
    return f"{headline(tally)} {failed} could not be run." if failed else headline(tally)


def _row(found: Tallied, requests: Sequence[Recorded]) -> Differing:
    kind, example = found.example.kind, requests[found.request - 1]
    before, after = (None if each is UNDEFINED else told_value(each) for each in (found.example.before, found.example.after))
    return {
        "how": kind.how.value,
        "what": short(label(kind)),
        "count": found.count,
        "before": before,
        "after": after,
        "worker": example["worker"],
        "id": example["id"],
    }


def _events(explanation: Explanation) -> list[dict[str, Any]]:
    events = explanation.run.events
    sent = [verdict.event for each in events for verdict in each.verdicts if verdict.event is not None]
    return [*(each.event for each in events), *sent]


def _credentials(request: Request) -> Iterator[str]:
    """What the sender has shown, which is masked wherever a draft would have it sent."""
    named = [*request.headers, *parse_qsl(request.query_string, errors="replace")]
    yield from (value for name, value in named if name.lower() in CREDENTIALS)


def _masked(difference: Difference, privacy: Privacy) -> Difference:
    kind = difference.kind
    place = kind.name.replace("[]", "").strip(".")
    before, after = (_masked_value(each, place, privacy) for each in (difference.before, difference.after))
    return Difference(replace(kind, name=privacy.text(kind.name)), before, after)


def _masked_value(value: Any, place: str, privacy: Privacy) -> Any:
    return value if value is UNDEFINED else privacy.value(value, place)
