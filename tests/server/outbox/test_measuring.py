"""How much of the disk the files of a folder take."""

from __future__ import annotations

from pathlib import Path

from server.outbox.sqlite import OutboxFile

MB = 10**6


def test_every_file_of_the_folder_counts(tmp_path: Path) -> None:
    (tmp_path / "outbox-3.db").write_bytes(bytes(10 * MB))
    (tmp_path / "outbox-3.db-wal").write_bytes(bytes(MB))
    (tmp_path / "other").write_bytes(bytes(MB))
    file = OutboxFile.open(tmp_path, 0)
    found = file.measure_now()
    assert 11 * MB < found.used < 12 * MB
    assert 0 < found.free <= found.total
    file.shut()


def test_spare_pages_go_back_to_the_disk(tmp_path: Path) -> None:
    file = OutboxFile.open(tmp_path, 0)
    connection = file._connection
    connection.execute("CREATE TABLE big (x)")
    connection.executemany("INSERT INTO big VALUES (zeroblob(4000))", [()] * 6000)
    connection.execute("DELETE FROM big")
    (before,) = connection.execute("PRAGMA page_count").fetchone()
    file.measure_now()
    (after,) = connection.execute("PRAGMA page_count").fetchone()
    assert before - after >= 512
    file.shut()
