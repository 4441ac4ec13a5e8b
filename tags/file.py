"""Writes events to files of a folder, as JSON lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile
from posixpath import normpath
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from core.component import Batch, Doubt, EventPart, Setup, Tag, TagExample, TagSettings, WholeFile, judge_by_status
from core.context import Context
from core.fields import OpenTemplate, Size
from core.lines import FileSet
from core.types import Event, Outbound, Outcome, Payload, Response, Rows, Skip
from core.undefined import UNDEFINED
from wire.bodies import as_json
from wire.conversions.moment import iso, micros
from wire.own_data import own_data

MOST: Final = 1000
ID: Final = "id"
"""By which whoever reads the lines knows one that is there twice."""


class RotateSettings(BaseModel):
    """When a file is finished and the next one begins."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: Annotated[Size, Field(ge=1 << 10)] = Field(
        128 << 20, description="A file that has so many bytes, as they lie on the disk, is finished."
    )
    day: bool = Field(True, description="A file is finished at midnight, UTC.")


class FileSettings(TagSettings):
    """Writes events to files of a folder, as JSON lines."""

    path: str = Field(
        min_length=1,
        pattern=r"^[^\x00]*$",
        description="The folder, which the start makes if need be. A relative one starts at this file, as the outbox's does.",
    )
    name: str | None = Field(
        None, pattern="^[A-Za-z0-9_-]{1,100}$", description="What the names of its files begin with; default: the tag's name."
    )
    compress: Literal["none", "gzip"] = Field("none", description="`gzip` writes `.jsonl.gz`.")
    rotate: RotateSettings = Field(RotateSettings(), description="When a file is finished and the next one begins.")
    columns: dict[str, OpenTemplate] | None = Field(
        None,
        description="What a line has besides its `id`; undefined: nothing. Default: `event_name`, `event_timestamp`, "
        "`client_id`, and `event`, the event data without `user_data`, `x-ga-*` and `x-sst-*`.",
    )

    @field_validator("columns")
    @classmethod
    def _leave_the_id(cls, columns: dict[str, OpenTemplate] | None) -> dict[str, OpenTemplate] | None:
        if columns is not None and ID in columns:
            raise ValueError(f"the {ID} is the line's own, by which one that is there twice is known: take another name")
        return columns

    def composes(self) -> bool:
        return self.columns is not None

    def folders(self) -> Sequence[str]:
        return (self.path,)

    def doubts(self, file: WholeFile) -> Iterator[Doubt]:
        files = {name: tag.settings for name, tag in file.tags.items() if isinstance(tag.settings, FileSettings)}
        own = next((name for name, settings in files.items() if settings is self), "")
        for other in takewhile(lambda name: name != own, files):
            if own and files[other]._names(other) == self._names(own):
                yield Doubt(
                    ("path",),
                    f"writes into the files of tags.{other}, where a line of an event that both write has the same `{ID}`: "
                    "give one of them another `name`",
                )

    def _names(self, tag: str) -> tuple[str, str, str]:
        return normpath(self.path), self.name or tag, self.compress


class File(Tag):
    """Writes events to files of a folder, as JSON lines, for whoever loads them elsewhere.

    A file that is being written ends in ``.part``; without that it is finished, and nobody changes it any more. The names have
    the day on which a file was begun, the host, the worker and a number, and sort in the order in which one worker wrote them:
    ``orders-2026-12-01-web1-0-0001.jsonl``. A file is finished when it is large enough, at midnight, and when the server stops
    or reads its configuration again.

    An event counts as delivered once its line is flushed to the disk. After a crash a line may be there twice, in two files
    perhaps, with the same ``id``; half a line never is: what was cut off is taken away at the next start. Where the folder
    cannot be written, as on a full disk, events wait in the outbox.
    """

    Settings: ClassVar[type[TagSettings]] = FileSettings

    examples: ClassVar[Sequence[TagExample]] = (
        TagExample(
            title="Every event, compressed",
            settings={"path": "/events", "name": "events", "compress": "gzip"},
            event={"event_name": "page_view", "client_id": "1.2", "page_title": "Shoes", "user_data": {"email": "a@b.example"}},
            sends=(
                Rows(
                    FileSet("/events", "events", gzip=True, size=128 << 20, daily=True),
                    (
                        b'{"id":"r1-0","event_name":"page_view","event_timestamp":"2023-11-14T22:13:20.000Z","client_id":"1.2",'
                        b'"event":{"event_name":"page_view","client_id":"1.2","page_title":"Shoes"}}',
                    ),
                    (0,),
                ),
            ),
        ),
        TagExample(
            title="Orders in columns of one's own",
            settings={
                "path": "events",
                "name": "orders",
                "rotate": {"size": "16 MiB"},
                "columns": {"order": "{{ event.transaction_id }}", "value": "{{ event.value }}", "coupon": "{{ event.coupon }}"},
            },
            event={"event_name": "purchase", "transaction_id": "A-2040", "value": 48.5},
            sends=(
                Rows(
                    FileSet("events", "orders", gzip=False, size=16 << 20, daily=True),
                    (b'{"id":"r1-0","order":"A-2040","value":48.5}',),
                    (0,),
                ),
            ),
        ),
    )

    def __init__(self, settings: FileSettings, setup: Setup) -> None:
        self._columns = settings.columns
        rotate = settings.rotate
        self._into = FileSet(settings.path, settings.name or setup.name, settings.compress == "gzip", rotate.size, rotate.day)
        self._destination = f"file:{settings.path}"

    @property
    def batch(self) -> Batch:
        """What is flushed together."""
        return Batch(most_payloads=MOST)

    def map(self, event: Event, context: Context) -> Payload | Skip:
        """The line without its id."""
        if self._columns is None:
            row = _usual(event, context)
        else:
            scope = context.on(event)
            values = {name: template.evaluate(scope) for name, template in self._columns.items()}
            row = {name: value for name, value in values.items() if value is not UNDEFINED}
        return context.payload({"row": row}, self._destination) if row else Skip("every column is undefined")

    def pack(self, payloads: Sequence[Payload], now: int) -> Sequence[Outbound]:  # noqa: ARG002  files have a clock of their own
        """All of them together."""
        return [Rows(self._into, tuple(map(_line, payloads)), tuple(range(len(payloads))))] if payloads else []

    def judge(self, request: Outbound, response: Response) -> Outcome | Sequence[Outcome]:  # noqa: ARG002
        """Flushed is delivered."""
        return judge_by_status(response)

    def parts(self, request: Outbound) -> Sequence[EventPart]:
        """Each line by itself."""
        return [EventPart(body=line) for line in request.lines] if isinstance(request, Rows) else ()


def _usual(event: Event, context: Context) -> dict[str, Any]:
    row = {
        "event_name": event.get("event_name"),
        "event_timestamp": iso(micros(event, context)),
        "client_id": event.get("client_id"),
        "event": own_data(event),
    }
    return {name: value for name, value in row.items() if value is not None}


def _line(payload: Payload) -> bytes:
    return as_json({ID: f"{payload.group}-{payload.position}", **payload.body["row"]})
