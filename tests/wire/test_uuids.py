"""UUIDs that follow from other ids."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from wire.conversions.uuids import uuid_at, uuid_of


@given(id=st.text(min_size=1))
def test_an_id_has_one_uuid_which_stays(id: str) -> None:
    found = uuid_of(id)
    assert str(UUID(found)) == found == uuid_of(id) == uuid_of(found) == uuid_of(found.upper())


@given(at=st.integers(0, (1 << 48) - 1), id=st.text(min_size=1))
def test_one_with_a_time_begins_with_it(at: int, id: str) -> None:
    found = UUID(uuid_at(at, id))
    assert (found.version, found.int >> 80) == (7, at)
    assert found.variant == "specified in RFC 4122"
