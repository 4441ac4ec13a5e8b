"""What docs/privacy.md says of deleted rows."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from core.types import Payload
from server.outbox.row import COLUMNS, State, record
from server.outbox.schema import connect

PAGE = Path("docs/privacy.md").read_text()


def test_what_is_deleted_stays_in_the_file_until_the_command_of_the_page_has_run(tmp_path: Path) -> None:
    file = tmp_path / "outbox-0.db"
    connection = connect(file)
    insert = f"INSERT INTO rows ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
    for number in range(200):
        payload = Payload({"text": "x" * 300}, "https://vendor.example", client_id=f"visitor-{number}.")
        connection.execute(insert, record(number, "ga4", payload, State.QUEUED, 0))
    connection.execute("DELETE FROM rows WHERE id % 3")
    connection.close()
    gone = [f"visitor-{number}.".encode() for number in range(200) if number % 3]
    assert any(name in file.read_bytes() for name in gone)
    (program,) = re.findall(r"-c '(.*)'$", PAGE, re.MULTILINE)
    subprocess.run([sys.executable, "-c", program.replace("/data", str(tmp_path))], check=True)
    assert list(tmp_path.iterdir()) == [file]
    kept = file.read_bytes()
    assert b"visitor-3." in kept
    assert not [name for name in gone if name in kept]
