"""Consent in words: what the hit said, what the file filled in, and what each tag asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypedDict

from core.fields import Template
from core.trace import EventTrace
from core.types import Event, HeldBack
from server.inspection.look import Look
from server.inspection.present import value
from wire.consent import TYPES, SaidOfType, consent_of, has_opted_out, read_gcd, read_gcs, tell_gcd


class ConsentSaid(TypedDict):
    """A parameter of the hit that speaks of consent: as it was written, and sentence by sentence."""

    name: str
    raw: str
    words: list[str]


class ConsentOfType(TypedDict):
    """One type: what the hit alone says, what the file's ``consent`` says for it (empty where it has no word), what counts."""

    type: str
    hit: str
    fill: str
    filled: bool
    state: str
    words: str


class NeededType(TypedDict):
    """A type that a tag asks for."""

    type: str
    state: str
    suffices: bool


class TagConsent(TypedDict):
    """What a tag asks for, and whether it was that which held it back."""

    tag: str
    needs: list[NeededType]
    held: bool


class ConsentShown(TypedDict):
    """``opted_out`` says where the browser's Global Privacy Control was read, and is empty where it was not."""

    said: list[ConsentSaid]
    types: list[ConsentOfType]
    tags: list[TagConsent]
    opted_out: str


def consent(look: Look, position: int, traced: EventTrace) -> ConsentShown:
    """Of one event."""
    event = look.run.events[position].event
    return {
        "said": list(_said(look, event)),
        "types": list(_types(look, event, traced)),
        "tags": [
            {
                "tag": tag.tag,
                "needs": [{"type": need.type, "state": need.state, "suffices": need.suffices} for need in tag.consent],
                "held": tag.verdict.held is HeldBack.CONSENT,
            }
            for tag in traced.tags
        ],
        "opted_out": _opted_out(look, event),
    }


def _types(look: Look, event: Event, traced: EventTrace) -> Iterator[ConsentOfType]:
    fills: Mapping[str, Template] = {str(kind): fill for kind, fill in look.serving.settings.consent.items()}
    hit = consent_of(event)
    for kind, found in traced.consent.items():
        fill = look.privacy.text(_source(fills[kind])) if kind in fills else ""
        said = hit.get(kind, "unset")
        filled = bool(fill) and said == "unset" and found.state != "unset"
        yield {"type": kind, "hit": said, "fill": fill, "filled": filled, "state": found.state, "words": found.words}


def _source(fill: Template) -> str:
    """The fill as the file writes it."""
    return fill.expressions[0].source if fill.expressions else str(fill.literal)


def _said(look: Look, event: Event) -> Iterator[ConsentSaid]:
    for name, key, tell in (("gcs", "x-ga-gcs", _gcs), ("gcd", "x-ga-gcd", _gcd)):
        raw = event.get(key)
        if isinstance(raw, str):
            yield {"name": name, "raw": look.privacy.text(raw)[:100], "words": tell(raw)}
    for name, key in (("consent", "x-mp-consent"), ("consent_state", "consent_state")):
        said = event.get(key)
        if isinstance(said, dict):
            masked = look.privacy.value(said, key)
            yield {
                "name": name,
                "raw": "",
                "words": [f"{kind} is {value(text)['text'][:40]}" for kind, text in masked.items()][:8],
            }


def _gcs(raw: str) -> list[str]:
    read = read_gcs(raw)
    if read is None:
        return ["is no gcs that is known here: it says nothing"]
    return [f"{kind} is {state}" for kind, state in read.items()]


def _gcd(raw: str) -> list[str]:
    read = read_gcd(raw)
    if read is None:
        return ["is no gcd that is known here: it says nothing"]
    told = tell_gcd(raw)
    sentences = [f"{kind} is {read.effective[kind]}{_why(told[kind])}" for kind in TYPES]
    sentences.append("consent mode is active on the page" if read.active else "consent mode is not active on the page")
    if read.personalization is not None:
        sentences.append(f"personalised ads are {'allowed' if read.personalization else 'not allowed'} by the page")
    return sentences


def _why(said: SaidOfType) -> str:
    """Where the state of a type comes from, and what it was before."""
    if said.update:
        before = f"; the page’s default was {said.default}" if said.default else ""
        return f" by the visitor’s choice{before}"
    if said.default:
        return " by the page’s default; the visitor has not chosen"
    if said.declared:
        return ", as the page declares"
    return ", as is implied" if said.implied else ", since the page says nothing of it"


def _opted_out(look: Look, event: Event) -> str:
    by_gcd = ["gcd"] if has_opted_out(event) else []
    by_header = ["the header Sec-GPC: 1"] if look.record.request.header("sec-gpc") == "1" else []
    return " and ".join([*by_header, *by_gcd])
