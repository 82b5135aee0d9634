"""Large arrays that live on disk, and the bound on how much of them sits in memory."""

from __future__ import annotations

import math
import mmap
import os
import weakref
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

SMALL_BYTES = 1 << 20
RELEASE_EVERY = 16
_CHUNK = 1 << 24

_open: weakref.WeakValueDictionary[int, np.memmap] = weakref.WeakValueDictionary()


def allocator(folder: Path) -> Callable[[str, tuple[int, ...]], np.ndarray]:
    """Makes zeroed uint8 arrays as `<folder>/<name>.npy`.

    All of the room is taken before the array is mapped: writing to a page of a sparse file that no longer fits on the
    disk would kill the process.
    """

    def allocate(name: str, shape: tuple[int, ...]) -> np.ndarray:
        path = folder / f"{name}.npy"
        with path.open("wb") as file:
            np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": tuple(shape)})
            file.flush()
            start = file.tell()
            _take_room(file, start, math.prod(shape))
        array = np.memmap(path, dtype=np.uint8, mode="r+", offset=start, shape=shape)
        _open[id(array)] = array
        return array

    return allocate


def _take_room(file: BinaryIO, start: int, size: int) -> None:
    """Make `size` zero bytes behind `start` that are really on the disk.

    Raises:
        OSError: The disk has no such room.
    """
    if hasattr(os, "posix_fallocate"):
        if size:
            os.posix_fallocate(file.fileno(), start, size)
        return
    for _ in range(size // _CHUNK):
        file.write(bytes(_CHUNK))
    file.write(bytes(size % _CHUNK))
    file.flush()


def write(array: np.ndarray, path: Path) -> None:
    """Store an array; one that was allocated there is only flushed."""
    if isinstance(array, np.memmap) and array.filename and path.exists() and path.samefile(array.filename):
        array.flush()
    else:
        np.save(path, array)


def read(path: Path) -> np.ndarray:
    """Read-only and memory-mapped when large; small ones are read so that no file stays open."""
    if path.stat().st_size < SMALL_BYTES:
        return np.load(path, allow_pickle=False)
    array = np.load(path, mmap_mode="r", allow_pickle=False)
    _open[id(array)] = array
    return array


def release() -> None:
    """Hand the pages of all mapped arrays back to the system, which keeps them on disk."""
    for array in list(_open.values()):
        pages = getattr(array, "_mmap", None)
        if pages is not None and hasattr(mmap, "MADV_DONTNEED"):
            pages.madvise(mmap.MADV_DONTNEED)


def releasing(track: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    """Wrap a `Workspace.track` so that the loops it drives keep memory flat in the number of frames."""

    def tracked(items: Iterable[Any], description: str, total: int | None = None) -> Iterator[Any]:
        for count, item in enumerate(track(items, description, total), start=1):
            yield item
            if count % RELEASE_EVERY == 0:
                release()

    return tracked
