"""Large arrays of artefacts are files."""

import contextlib
import errno
import math
import os

import numpy as np
import pytest

from stitch_exp import types
from stitch_exp.errors import StorageError
from stitch_exp.store import Made, Store, mapped
from tests.made_artefacts import made_tuning, stitched


def test_large_arrays_are_memory_mapped(tmp_path):
    def stage(source: str, work: types.Workspace) -> types.StitchedCrops:
        return stitched(work, count=60_000)

    made = Store(tmp_path, {}).make("stitching", stage, types.Workspace(), [Made("clip", "k", False)])
    assert isinstance(made.value.crops, np.memmap)


def test_room_is_taken_before_an_array_is_mapped(tmp_path):
    array = mapped.allocator(tmp_path)("crops", (64, 64, 64, 3))
    assert (tmp_path / "crops.npy").stat().st_blocks * 512 >= array.nbytes
    array[:] = 3
    array.flush()
    assert (np.load(tmp_path / "crops.npy") == 3).all()


def test_a_full_disk_is_one_sentence(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full, raising=False)
    with pytest.raises(StorageError, match=r"No space left on device; free some space"):
        made_tuning(Store(tmp_path, {}))
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".lock"]


@pytest.mark.parametrize("shape", [(0,), (0, 4, 4, 3), (1,), (7, 3, 5), (2, 16, 16, 3)])
def test_an_allocated_array_is_zeroed_and_is_a_plain_npy_file(tmp_path, shape):
    if 0 in shape and not math.prod(shape):
        with contextlib.suppress(ValueError):  # an empty file cannot be mapped by every system
            assert mapped.allocator(tmp_path)("a", shape).shape == shape
        return
    array = mapped.allocator(tmp_path)("a", shape)
    assert array.shape == shape and array.dtype == np.uint8 and not array.any()
    array[...] = np.arange(math.prod(shape), dtype=np.uint64).reshape(shape).astype(np.uint8)
    mapped.write(array, tmp_path / "a.npy")
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy"), array)


def test_an_array_of_another_place_is_written_and_one_allocated_there_is_not_copied(tmp_path):
    allocate = mapped.allocator(tmp_path)
    here = allocate("here", (4,))
    here[:] = 3
    before = (tmp_path / "here.npy").stat().st_ino
    mapped.write(here, tmp_path / "here.npy")
    mapped.write(here, tmp_path / "there.npy")
    mapped.write(np.arange(3.0), tmp_path / "floats.npy")
    assert (tmp_path / "here.npy").stat().st_ino == before
    assert np.load(tmp_path / "there.npy").tolist() == [3] * 4 and np.load(tmp_path / "floats.npy").tolist() == [
        0,
        1,
        2,
    ]


def test_small_arrays_are_read_and_large_ones_mapped_and_both_are_safe(tmp_path):
    np.save(tmp_path / "small.npy", np.arange(10))
    np.save(tmp_path / "large.npy", np.zeros(mapped.SMALL_BYTES, np.uint8))
    small, large = (mapped.read(tmp_path / f"{name}.npy") for name in ("small", "large"))
    assert not isinstance(small, np.memmap) and isinstance(large, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        large[0] = 1
    np.save(tmp_path / "pickled.npy", np.array([{}], object), allow_pickle=True)
    with pytest.raises(ValueError, match="pickle"):
        mapped.read(tmp_path / "pickled.npy")


def test_what_was_released_is_still_there(tmp_path):
    array = mapped.allocator(tmp_path)("a", (1 << 16,))
    array[:] = 9
    array.flush()
    mapped.release()
    assert (array == 9).all()


def test_loops_give_all_items_and_release_now_and_then(monkeypatch):
    released = []
    monkeypatch.setattr(mapped, "release", lambda: released.append(len(seen)))
    seen = []
    track = mapped.releasing(lambda items, description, total: iter(items))
    for item in track(range(40), "reading", 40):
        seen.append(item)
    assert seen == list(range(40)) and released == [16, 32]
