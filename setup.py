"""What pyproject.toml cannot say.

With TAGYARD_COMPILED=1 in the environment its compiled modules become machine code. What is built holds the commit that it was
built from: that of TAGYARD_COMMIT, or of the checkout; where neither tells, it holds what lay here. Of a checkout
whose files are not as the commit has them that is said behind it.
"""

import os
import re
import sys
import tomllib
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

HERE = Path(__file__).parent
sys.path.append(str(HERE))

from server.system.checkout import state_of  # noqa: E402  found by the line above


def extensions() -> list[Extension]:
    """By mypyc, which checks types while the program runs, too. None of them for a wheel of pure Python."""
    if os.environ.get("TAGYARD_COMPILED") != "1":
        return []
    from mypyc.build import mypycify

    table = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["tagyard"]
    return mypycify(["--config-file=pyproject.toml", *table["compiled"]], opt_level="1", debug_level="0", multi_file=True)


def note_commit(folder: Path) -> None:
    """Writes the commit into the copy of core/commit.py in this folder."""
    commit = os.environ.get("TAGYARD_COMMIT") or state_of(HERE)
    if commit and re.fullmatch(r"[0-9a-f]{7,64}(-dirty)?", commit):
        file = folder / "core" / "commit.py"
        text = file.read_text(encoding="utf-8")
        file.unlink()  # it may be a link to the source
        file.write_text(re.sub(r"^COMMIT: .*$", f'COMMIT: str | None = "{commit}"', text, flags=re.MULTILINE), encoding="utf-8")


class Build(build_py):
    """Of a wheel."""

    def run(self) -> None:
        """Copies the modules."""
        super().run()
        if not self.editable_mode:
            note_commit(Path(self.build_lib))


class Archive(sdist):
    """Of the sources."""

    def make_release_tree(self, base_dir: str, files: list[str]) -> None:
        """Copies what goes into it."""
        super().make_release_tree(base_dir, files)
        note_commit(Path(base_dir))


setup(ext_modules=extensions(), cmdclass={"build_py": Build, "sdist": Archive})
