"""Large arrays of artefacts are files."""

import errno
import os

import numpy as np
import pytest
import torch

from stitch_exp import types
from stitch_exp.errors import StorageError
from stitch_exp.store import Made, Store, mapped


def stitched(work: types.Workspace, count: int = 3) -> types.StitchedCrops:
    crops = work.allocate("crops", (count, 4, 4, 3))
    crops[:] = 7
    zeros = np.zeros(count, np.float32)
    return types.StitchedCrops(
        crops=crops,
        edited=np.full((count, 4, 4, 3), 9, np.uint8),
        masks=np.zeros((count, 4, 4), np.uint8),
        foreground=np.zeros((count, 4, 4), np.uint8),
        border_before=zeros,
        border_after=zeros,
        leak=zeros,
        steps=np.arange(count),
    )


def test_large_arrays_are_memory_mapped(tmp_path):
    def stage(source: str, work: types.Workspace) -> types.StitchedCrops:
        return stitched(work, count=60_000)

    made = Store(tmp_path, {}).make("stitching", stage, types.Workspace(), [Made("clip", "k", False)])
    assert isinstance(made.value.crops, np.memmap)


SOURCE = [Made("clip", "k", False)]


def stage(source: str, work: types.Workspace) -> types.TunedGenerator:
    inversions = work.allocate("inversions", (2, 64, 64, 3))
    inversions[:] = 7
    return types.TunedGenerator({"w": torch.ones(3)}, torch.zeros(2, 4, 8), inversions, np.zeros(2))


def made(store: Store) -> Made:
    return store.make("tuning", stage, types.Workspace(), SOURCE)


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
        made(Store(tmp_path, {}))
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".lock"]
