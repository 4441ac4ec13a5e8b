"""What pyproject.toml cannot say: with TAGYARD_COMPILED=1 in the environment its compiled modules become machine code."""

import os
import tomllib
from pathlib import Path

from setuptools import Extension, setup

HERE = Path(__file__).parent


def extensions() -> list[Extension]:
    """By mypyc, which checks types while the program runs, too. None of them for a wheel of pure Python."""
    if os.environ.get("TAGYARD_COMPILED") != "1":
        return []
    from mypyc.build import mypycify

    table = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["tagyard"]
    return mypycify(["--config-file=pyproject.toml", *table["compiled"]], opt_level="1", debug_level="0", multi_file=True)


setup(ext_modules=extensions())
