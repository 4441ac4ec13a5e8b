"""An outbox in streams of NATS JetStream, which any number of replicas share.

A row is one message of the stream of rows, and holds all that is known of it; what changes it is a message that replaces it. A
consumer for each tag and destination gives rows to whichever replica asks first, and to nobody else until that one is done.
``names`` says what everything is called.

What always holds
-----------------

1. An acceptance is confirmed only after the servers have confirmed all of its rows, which they write together or not at all.
2. A row leaves only after its replica has written down, where the others can read it, that it has it on the wire.
3. A row is gone only when it was delivered, or when an operator or the age of dead letters drops it.
4. A key of ``deduplicate`` is written together with its row, or neither is; it goes when it is decided that nobody sends the row.
5. What a dead replica had on the wire is sent by the others, with a crash counted for those rows and no others; from its second
   crash on a row is alone on the wire of its replica, and after five more it is a dead letter.

What the end of a replica costs, by where it comes
--------------------------------------------------

=======================  ==================================================================================================
before the servers have  the sender got no confirmation, and there is no row and no key
written the rows
after that               the row goes out although the sender may not know, and may send again; a key keeps that out
before it has told what  nobody has sent the row: the others get it when the servers have not heard of it for ``WAIT``; so it
it leases                is with all that it held ready
after that               a crash is counted; the others send the row when the replica is silent for ``LIVES``; the destination
                         may get it twice
while a row is given up, the first step decides, and whoever finds what is left does the rest: see ``ending``
dropped, tried again
=======================  ==================================================================================================

What is not promised
--------------------

Order; a single delivery. A sender that is refused because no server answered in time may have been heard all the same: its rows
go out, and if it sends again, twice, but where a key keeps that out. A row that a cut-off replica has on the wire for longer than
``WAIT`` may be sent by another one too. Streams that lose what they have confirmed: ``judging`` says which those are.
"""

from __future__ import annotations

from server.outbox.jetstream.declaring import declared
from server.outbox.jetstream.judging import Kept, examined
from server.outbox.jetstream.names import Names
from server.outbox.jetstream.offline import operate_streams
from server.outbox.jetstream.opening import connect, open_store
from server.outbox.jetstream.outbox import StreamOutbox
from server.outbox.jetstream.store import JetStreamStore
from server.outbox.jetstream.streams import wanted

__all__ = [
    "JetStreamStore",
    "Kept",
    "Names",
    "StreamOutbox",
    "connect",
    "declared",
    "examined",
    "open_store",
    "operate_streams",
    "wanted",
]
