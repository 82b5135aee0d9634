"""A disk that fills up in the middle of a run, and is given more room afterwards."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.chaos.room import Ended, Room, complaints, leftovers, speaks

SHARES = (0.02, 0.1, 0.3, 0.5, 0.7, 0.85, 0.95)
_PAGE = 1 << 12


@dataclass(frozen=True, slots=True)
class Full:
    """One disk: how large, how it was bounded, how the run on it ended, and what was wrong then or later."""

    bytes: int
    means: str
    code: int
    wrong: tuple[str, ...]


def full(template: Room, folder: Path, expected: str, shares: tuple[float, ...] = SHARES) -> Iterator[Full]:
    """Run on disks with a share of the room that a run takes, then again with enough of it.

    A disk is a small tmpfs where this process may mount one, else a limit on the size of files.
    """
    sizes = [path.stat().st_size for path in template.outputs.rglob("*") if path.is_file()]
    total = sum(-(-size // _PAGE) * _PAGE for size in sizes)
    for number, share in enumerate(shares):
        room = Room(folder / f"disk_{number}")
        size = int(share * total) // _PAGE * _PAGE
        if _mount(room.path, size):
            try:
                yield _tried(room, size, "tmpfs", expected, partial(_mount, room.path, 4 * total, again=True))
            finally:
                subprocess.run(["umount", str(room.path)], check=False)
        else:
            limit = max(_PAGE, int(share * max(sizes)))
            yield _tried(room, limit, "limit on files", expected, bool, partial(_limit_files, limit))
        room.remove()


def _tried(
    room: Room,
    size: int,
    means: str,
    expected: str,
    grow: Callable[[], object],
    limit: Callable[[], None] | None = None,
) -> Full:
    ended = room.run(limit)
    wrong = _unseemly(room, ended)
    grow()
    return Full(size, means, ended.code, (*wrong, *complaints(room, room.run(), expected)))


def _unseemly(room: Room, ended: Ended) -> list[str]:
    wrong = speaks(ended) + leftovers(room)
    if ended.code not in (0, 1):
        wrong.append(f"it ended with {ended.code}: {ended.words[-600:]}")
    if ended.code and "error:" not in ended.words:
        wrong.append(f"it did not say why: {ended.words[-600:]}")
    return wrong


def _mount(path: Path, size: int, again: bool = False) -> bool:
    words = ["mount", "-o", f"{'remount,' if again else ''}size={size}"]
    words += [str(path)] if again else ["-t", "tmpfs", "tmpfs", str(path)]
    try:
        return os.geteuid() == 0 and subprocess.run(words, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _limit_files(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
