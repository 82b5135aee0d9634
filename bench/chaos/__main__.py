"""Kill, damage, fill and crowd a tiny run (model=mini); the same command must then give the same frames.

    python -m bench.chaos --seed 0 --kills 40 [--only kills damage together disk] [--harms N]

Prints one line a fault. Exits with 1 if frames differ, a finished stage is made again, half a file is left, a signal or
a full disk ends in anything but one sentence, or damage goes unnoticed. About 20 s a fault on two cores.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bench.chaos.damage import harms
from bench.chaos.disk import full
from bench.chaos.kills import MOMENTS, kills, watched
from bench.chaos.room import Room, complaints, frames
from bench.chaos.together import together

PARTS = ("kills", "damage", "together", "disk")


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the faults and exit with 1 if one of them cost something."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        template = Room(Path(scratch) / "whole")
        ended, lasting = watched(template)
        expected = frames(template.runs()[-1] / "edited.mp4") if not ended.code else ""
        told = Told()
        told.add("undisturbed", "run", complaints(template, ended, expected))
        for part in options.only if expected else ():
            _PARTS[part](told, template, Path(scratch), expected, lasting, options)
    sys.exit(told.summary())


class Told:
    """What has been tried, printed as it comes."""

    def __init__(self) -> None:
        self.tried: Counter[str] = Counter()
        self.bad: Counter[str] = Counter()

    def add(self, kind: str, what: str, wrong: Sequence[str]) -> None:
        """One fault and what was wrong after it."""
        self.tried[kind] += 1
        self.bad[kind] += bool(wrong)
        print(f"{kind}: {what}: {'; '.join(wrong) or 'nothing lost'}", flush=True)

    def summary(self) -> int:
        """Print counts; 1 if anything was lost."""
        parts = [f"{self.bad[kind]} of {count} {kind}" for kind, count in self.tried.items()]
        print(f"lost something: {', '.join(parts)}")
        return int(self.bad.total() > 0)


def _kills(told: Told, template: Room, folder: Path, expected: str, lasting: dict[str, float], options) -> None:
    numbers = range(options.first, options.first + options.kills)
    for kill in kills(folder, lasting, expected, options.seed, numbers, options.moments or ()):
        what = f"{kill.number} {kill.name} in {kill.moment}, exit code {kill.code}, {kill.kept} stages complete"
        told.add("kills", what, kill.wrong)


def _damage(told: Told, template: Room, folder: Path, expected: str, lasting: dict[str, float], options) -> None:
    for harm in harms(template, folder, expected, options.seed, options.harms):
        told.add("damages", f"{harm.kind}: {', '.join(harm.files)}", harm.wrong)


def _together(told: Told, template: Room, folder: Path, expected: str, lasting: dict[str, float], options) -> None:
    room = Room(folder / "together")
    told.add("pairs", "two runs at once", together(room, expected))
    room.remove()


def _disk(told: Told, template: Room, folder: Path, expected: str, lasting: dict[str, float], options) -> None:
    for disk in full(template, folder, expected):
        told.add("disks", f"{disk.bytes >> 10} KiB ({disk.means}), exit code {disk.code}", disk.wrong)


_PARTS = dict(zip(PARTS, (_kills, _damage, _together, _disk), strict=True))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--first", type=int, default=0, help="number of the first signal")
    parser.add_argument("--harms", type=int, help="at most so many rounds of damage; all by default")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--moments", nargs="+", choices=["start", *MOMENTS], help="when to kill; all by default")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
