"""The outbox: what was accepted is on this machine's disk, and stays there until somebody has it.

A row is one payload for one tag. It holds what the tag mapped and no secret; secrets are put in when it is packed.

What always holds
-----------------

1. An acceptance is confirmed only after a flushed commit holds every row of it; one that is refused left no row.
2. A request leaves only for rows whose lease, with its attempt counted, is committed.
3. A row leaves the table only when it was delivered, or when an operator drops it.
4. At any time a row is in one state, and only the moves below change it.
5. One connection writes and checkpoints a file, in one thread, under a lock that is held for the life of the process.
6. Opening a file ends every lease in it and counts a crash for those rows and no others.
7. From its second crash on a row is sent alone, with nothing else of its file on the wire; after five crashes alone it is a
   dead letter. So a payload that kills the process is found, and condemns nobody else.
8. After a write or a flush has failed nothing more is written by this process; only "no room" is not a failure.
9. A damaged file is set aside, never deleted.
10. A file is removed only when it is adopted, empty and under its lock. One that holds nothing but dead letters is kept,
    and its rows can be reached through the process that adopted it.

A row's states, and who may move it
-----------------------------------

========  =========  =================================================================================
from      to         when
========  =========  =================================================================================
(none)    queued     it is accepted, and cannot leave at once
(none)    leased     it is accepted, and a slot is free for it: its first attempt has begun
queued    leased     it is due and a slot is free
leased    gone       delivered
leased    queued     not now; due again after the delay, or the file was opened anew
leased    dead       rejected, too old, nothing to send it with, unreadable, poison
queued    dead       too old
queued    held       it was written by a later version of Tagyard: it waits for that version
held      queued     that version, or a later one, has opened the file
dead      queued     an operator: retry
queued    queued     an operator: retry, due at once
dead      gone       an operator: drop; queued and held rows likewise
========  =========  =================================================================================

What a crash costs, by where it comes
-------------------------------------

=================  ====================================================================================
before the commit  the sender got no confirmation; no row, or none that it was told of
after the commit   the row goes out although the sender may not know, and may send again
after a lease      an attempt is counted; the row is sent after the next start
after sending      the destination may get it twice
during a settle    the same
adopting, undoing  nothing: the lock falls with the process, and the next one begins again
=================  ====================================================================================

What is not promised
--------------------

Order. A single delivery: duplicates are possible, silence is not. Anything at all on a disk that loses what it has flushed:
the folder is the one copy. A row that is delivered, but whose removal could not be committed, is sent again.
"""

from __future__ import annotations

from server.outbox.errors import OutboxError, OutboxFailed, OutboxFull
from server.outbox.files import claim as claim_folder
from server.outbox.operator import operate_offline
from server.outbox.outbox import Outbox

__all__ = ["Outbox", "OutboxError", "OutboxFailed", "OutboxFull", "claim_folder", "operate_offline"]
