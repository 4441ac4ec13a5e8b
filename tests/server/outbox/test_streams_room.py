"""What fills a stream: keys take room beside the rows, and whoever finds it full is told how many they are."""

from __future__ import annotations

import asyncio

from structlog.testing import capture_logs

from core.types import Sender
from server.outbox.durability import Durability
from server.outbox.jetstream import StreamOutbox
from server.outbox.keyfile import KeyClaim
from tests.server.outbox.played import Put
from tests.server.outbox.stores import lease, payload
from tests.server.outbox.streams import Server, StreamPlace

HOUR = 3_600_000_000


def test_keys_are_counted_once_where_the_stream_is_full(nats: Server) -> None:
    place = StreamPlace(nats)

    async def run() -> None:
        store = await place.open()
        store.start(asyncio.get_running_loop())
        outbox = StreamOutbox(store, 900, Durability(), speaks=True)
        for key in ("a" * 64, "b" * 64, "c" * 64):
            id, receipt = store.take_id(), Put()
            await store.keys.claim(0, [KeyClaim(key, id, HOUR, Sender(("1234567890.1234567890",), False))], 1)
            store.insert_claimed(id, "ga4", payload(1), 0, key)
            store.put(receipt)
            await receipt.future
            await store.keys.confirm(0, [(id, key)])
        store.remove([row.id for row in (await lease(store)).rows])
        await store.flush()
        assert 3 * 300 < (await store.measure()).used < 3 * 360
        with capture_logs() as logs:
            for _ in range(3):
                await outbox.measure({})
        assert outbox.full
        assert [line["keys"] for line in logs if "keys" in line] == [3]
        await store.close()

    asyncio.run(run())
