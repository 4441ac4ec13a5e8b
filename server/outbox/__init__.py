"""The outbox: what was accepted is on this machine's disk, and stays there until somebody has it.

A row is one payload for one tag. It holds what the tag mapped and no secret; secrets are put in when it is packed.

What always holds
-----------------

1. An acceptance is confirmed only after a flushed commit holds every row of it; one that is refused left no row. (The one
   exception is in "Keys".)
2. A request leaves only for rows whose lease, with its attempt counted, is committed.
3. A row leaves the table only when it was delivered, or when an operator drops it: by a command, or, as a dead letter, by the age
   that the configuration sets.
4. At any time a row is in one state, and only the moves below change it.
5. One connection writes and checkpoints a file, in one thread, under a lock that is held for the life of the process.
6. Opening a file ends every lease in it and counts a crash for those rows and no others.
7. From its second crash on a row is sent alone, with nothing else of its file on the wire; after five crashes alone it is a
   dead letter. So a payload that kills the process is found, and condemns nobody else.
8. After a write or a flush has failed nothing more is written by this process; only "no room" is not a failure.
9. A damaged file is set aside, never deleted; so is one that was salvaged.
10. A file is removed only when it is adopted, empty and under its lock. One that holds nothing but dead letters is kept,
    and its rows can be reached through the process that adopted it.
11. Of two payloads with one key, the second within the window is left out, whichever worker gets it.
12. A row with a key leaves only after its key is confirmed, and it is confirmed only after the row is flushed.
13. What was refused, dropped or given up suppresses nothing.
14. Opening a file settles its claims: confirmed where the row is there, given back where it is not. A file that is set aside
    takes none of its keys with it.

A row's states, and who may move it
-----------------------------------

========  =========  =================================================================================
from      to         when
========  =========  =================================================================================
(none)    queued     it is accepted, and cannot leave at once, or lingers: it waits for others to leave with it
(none)    leased     it is accepted, and a slot is free for it: its first attempt has begun
(none)    claimed    it is in a request with a key, and the keys are not confirmed yet
claimed   queued     they are; or the file was opened anew
queued    leased     it is due and a slot is free
leased    gone       delivered
leased    queued     not now; due again after the delay, or the file was opened anew
leased    dead       rejected, too old, nothing to send it with, unreadable, poison
queued    dead       too old
queued    held       it was written by a later version of Tagyard: it waits for that version
held      queued     that version, or a later one, has opened the file
dead      queued     an operator: retry
queued    queued     an operator: retry, due at once
dead      gone       an operator: drop; queued and held rows likewise; or given up longer ago than `dead_letters` are kept
========  =========  =================================================================================

Keys
----

A payload may have a key, and a window in which no second payload with that key is wanted. Rows are a worker's own; keys are
everybody's, in one ``keys.db``. So an acceptance with a key takes four steps: it claims the keys, for the ids that its rows
will have; it commits the rows, as claimed; it confirms the keys; it answers, and queues the rows. Of all its rows either every
one is written or none is, but for the duplicates, which are left out.

* Somebody else's claim is waited for, for a second; then the sender is refused and may come again.
* A key is given back when its row has become a dead letter or was dropped, a second or two later; what is still to be given
  back is kept in the outbox file, so a crash in between forgets nothing. A delivered row's key stays until its window ends.
* An operator's retry of a dead letter is not stopped by its key, which may be another row's by then, and does not take it
  again: what an operator asks for is done, and what the sender sends again is heard.
* A file that is set aside gives all its keys back, since nobody knows which of its rows were delivered. So does a ``keys.db``
  that is damaged itself.
* The exception to 1: a sender is refused although the rows are there, where the disk under ``keys.db`` fails, or holds it up
  for seconds, between the commit and the confirmation. The rows go out when that is settled, at the latest after the next
  start. Whoever sends the same again meanwhile is refused, and after that left out.

What a crash costs, by where it comes
-------------------------------------

=================  ====================================================================================
before the commit  the sender got no confirmation; no row, or none that it was told of
after the commit   the row goes out although the sender may not know, and may send again
after a claim      the sender got no confirmation; the key is given back when the file is opened
before a key is    the same as after the commit: the claim is confirmed when the file is opened, and what the sender sends
confirmed          again is left out
after a lease      an attempt is counted; the row is sent after the next start
after sending      the destination may get it twice
during a settle    the same
adopting, undoing  nothing: the lock falls with the process, and the next one begins again
=================  ====================================================================================

What is not promised
--------------------

Order. A single delivery: duplicates are possible, silence is not; a key keeps out what a sender sends twice, not what a crash
repeats. Anything at all on a disk that loses what it has flushed: the folder is the one copy. A row that is delivered, but
whose removal could not be committed, is sent again.
"""

from __future__ import annotations

from server.outbox.data_folder import claim as claim_folder
from server.outbox.data_folder import warn as warn_of_folder
from server.outbox.errors import KeyTaken, OutboxError, OutboxFailed, OutboxFull
from server.outbox.folder import FolderOutbox
from server.outbox.installed import check_installed
from server.outbox.offline import operate_offline
from server.outbox.outbox import Outbox
from server.outbox.salvage import Salvaged, salvage

__all__ = [
    "FolderOutbox",
    "KeyTaken",
    "Outbox",
    "OutboxError",
    "OutboxFailed",
    "OutboxFull",
    "Salvaged",
    "check_installed",
    "claim_folder",
    "operate_offline",
    "salvage",
    "warn_of_folder",
]
