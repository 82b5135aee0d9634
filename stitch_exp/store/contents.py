"""What lies in a store: how much, how old, whole or not, and what may go."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from stitch_exp.store.integrity import SEAL, damage

State = Literal["complete", "unfinished", "damaged"]
DAY = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Kept:
    """One folder of the store.

    Args:
        stage: Which stage made it.
        folder: Where it lies.
        state: `unfinished` is what an interrupted stage left to go on from; `damaged` was set aside.
        size: In bytes.
        age: Days since it was last made or used.
    """

    stage: str
    folder: Path
    state: State
    size: int
    age: float


def contents(root: Path) -> list[Kept]:
    """Everything in the store, by stage, the least used last."""
    found = [_kept(folder) for folder in sorted(root.glob("*/*")) if folder.is_dir()]
    return sorted(found, key=lambda item: (item.stage, item.age))


def damages(items: Sequence[Kept]) -> Iterator[tuple[Kept, str | None]]:
    """Each complete artefact with what is wrong with it, or None."""
    for item in items:
        if item.state == "complete":
            yield item, damage(item.folder)


def superfluous(items: Sequence[Kept], older_than: float, at_most: int | None) -> list[Kept]:
    """What `prune` removes: all that is damaged, all that is old, then the least used until the rest is small enough.

    Args:
        items: Of `contents`.
        older_than: Days.
        at_most: Bytes that may stay; None for any number.
    """
    gone = [item for item in items if item.state == "damaged" or item.age > older_than]
    rest = sorted((item for item in items if item not in gone), key=lambda item: item.age)
    left = sum(item.size for item in rest)
    while at_most is not None and left > at_most and rest:
        gone.append(rest.pop())
        left -= gone[-1].size
    return gone


def remove(item: Kept) -> bool:
    """Delete one folder; False if a run is using it."""
    lock = item.folder.with_suffix(".lock")
    try:
        with FileLock(lock, timeout=0):
            shutil.rmtree(item.folder)
    except Timeout:
        return False
    if not item.folder.with_suffix(".partial").exists():
        lock.unlink(missing_ok=True)
    return True


def _kept(folder: Path) -> Kept:
    sealed = folder / SEAL
    state: State = "damaged"
    if ".damaged" not in folder.name:
        state = "unfinished" if folder.suffix == ".partial" else "complete"
    newest = sealed if sealed.is_file() else folder
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return Kept(folder.parent.name, folder, state, size, max(0.0, time.time() - newest.stat().st_mtime) / DAY)
