"""The limits stand in one place: with others, the whole contract holds as well."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from server.outbox import limits

CHILD = """
import sys, types
import pytest

limits = types.ModuleType("server.outbox.limits")
exec(sys.argv[1], limits.__dict__)
sys.modules["server.outbox.limits"] = limits
from server.outbox import statements
assert f"crashes < {limits.LONE_FROM} " in statements._NEXT
folder = sys.argv[2]
which = "file and (crash or apart or lease or queue or later)"
tests = [f"{folder}/{name}.py" for name in ("test_contract", "test_contract_opening")]
sys.exit(pytest.main(["-p", "no:cacheprovider", "-k", which, *tests]))
"""


@pytest.mark.process
@pytest.mark.parametrize("lone_from", [3, 4])
def test_another_limit_works_everywhere(lone_from: int) -> None:
    source = Path(limits.__file__).read_text(encoding="utf-8")
    other = source.replace(f"LONE_FROM = {limits.LONE_FROM}\n", f"LONE_FROM = {lone_from}\n")
    command = [sys.executable, "-c", CHILD, other, str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
