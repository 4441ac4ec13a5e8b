"""What every command of the benchmark takes, and how each tells what it found."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.cases import CASES
from bench.figures import Figures, Row, machine, printed, read, told, untold, write


@dataclass(frozen=True)
class Options:
    """Which case, and what is written and compared."""

    case: str | None = None
    json: Path | None = None
    compare: Figures | None = None
    rounds: int = 8
    seconds: float = 2

    def names(self, usual: Sequence[str]) -> Sequence[str]:
        """The cases to measure."""
        return usual if self.case is None else [self.case]


def options(program: str, says: str | None) -> Options:
    """From the command line."""
    parser = argparse.ArgumentParser(prog=program, description=says)
    parser.add_argument("--case", choices=CASES, help="This one alone.")
    parser.add_argument("--json", type=Path, help="Write the figures here.")
    parser.add_argument("--compare", type=Path, help="Tell the change since this earlier JSON.")
    parser.add_argument("--rounds", type=int, default=Options.rounds)
    parser.add_argument("--seconds", type=float, default=Options.seconds, help="Of load, in a round, for each case.")
    given = parser.parse_args()
    return Options(given.case, given.json, given.compare and read(given.compare), given.rounds, given.seconds)


def tell(rows: tuple[Row, ...], figures: Figures, asked: Options) -> None:
    """Prints the table, and writes the JSON that was asked for."""
    print("  ".join(f"{name}: {value}" for name, value in machine().items()))
    shown = rows if asked.case is None else untold(figures)
    print(printed(told(shown, figures, asked.compare)))
    if asked.json is not None:
        write(asked.json, figures)
