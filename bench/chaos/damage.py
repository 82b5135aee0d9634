"""Files of the store cut, changed in one bit, or deleted; the next run must notice and mend."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from bench.chaos.room import STAGES, Room, complaints


@dataclass(frozen=True, slots=True)
class Harm:
    """What was done to files of the store, and what was wrong after the next run."""

    kind: str
    files: tuple[str, ...]
    wrong: tuple[str, ...]


def harms(template: Room, folder: Path, expected: str, seed: int, rounds: int | None = None) -> Iterator[Harm]:
    """Hurt every file of every stage's artefact in every way, one file of each stage at a time.

    Args:
        template: A room in which a run is complete.
        folder: Rooms are made in it.
        expected: Hash of the frames that every run must give.
        seed: Of the places in the files.
        rounds: How many times at most; None for all.
    """
    parts = {stage: sorted(path for path in template.store.glob(f"{stage}/*/*") if path.is_file()) for stage in STAGES}
    most = max(len(paths) for paths in parts.values())
    plan = [(kind, turn) for turn in range(most) for kind in HARMS][:rounds]
    for number, (kind, turn) in enumerate(plan):
        room = Room(folder / f"harm_{number}")
        shutil.copytree(template.outputs, room.outputs)
        victims = [paths[turn].relative_to(template.store) for paths in parts.values() if turn < len(paths)]
        for victim in victims:
            HARMS[kind](room.store / victim, Random(f"{seed}:{number}"))
        ended = room.again()
        wrong = complaints(room, ended, expected)
        unnamed = [str(victim.parent.name) for victim in victims if victim.parent.name not in _unwrapped(ended.words)]
        wrong.extend(f"nothing is said of {name}" for name in unnamed)
        yield Harm(kind, tuple(f"{victim.parts[0]}/{victim.name}" for victim in victims), tuple(wrong))
        room.remove()


def _unwrapped(words: str) -> str:
    return words.replace("\n", "")


def _cut(path: Path, rng: Random) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: rng.randrange(len(content))])


def _flip(path: Path, rng: Random) -> None:
    content = bytearray(path.read_bytes())
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    path.write_bytes(content)


def _delete(path: Path, rng: Random) -> None:
    path.unlink()


HARMS: dict[str, Callable[[Path, Random], None]] = {"cut": _cut, "bit flipped": _flip, "deleted": _delete}
