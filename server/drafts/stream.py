"""A job on its way to the process that does it: lines of JSON, an empty line, and the form that somebody has sent.

Nobody on the way reads the form: it may be large, and is read where there is time for that.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import BinaryIO, Final, cast
from urllib.parse import parse_qs

from server.drafts.answers import Asked, Job
from server.inspection.recorded import Recorded

MOST_FILES: Final = 200


def written(asked: Asked, form: bytes, recorded: Sequence[Recorded] = ()) -> bytes:
    """The job as bytes."""
    return b"\n".join([*(json.dumps(each).encode() for each in (asked, *recorded)), b"", form])


def read(stream: BinaryIO) -> Job:
    """The job that another process has written."""
    asked = cast(Asked, json.loads(stream.readline()))
    recorded: list[Recorded] = []
    while (line := stream.readline()).strip():
        recorded.append(json.loads(line))
    return {**asked, "texts": {**asked["base"]["texts"], **texts_of(stream.read(), asked)}, "recorded": recorded}


def texts_of(form: bytes, asked: Asked) -> dict[str, str]:
    """The files of the draft, as the form's pairs of ``name`` and ``text`` have them, of those there are. Raises ValueError."""
    fields = parse_qs(form.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=2 * MOST_FILES)
    pairs = zip(fields.get("name", ()), fields.get("text", ()), strict=False)
    return {name: text.replace("\r\n", "\n") for name, text in pairs if name in asked["base"]["texts"]}
