"""A damaged artefact is named, set aside and made again."""

import os

import numpy as np
import pytest
import torch

from stitch_exp import types
from stitch_exp.store import Made, Store
from stitch_exp.store.integrity import SEAL, damage

SOURCE = [Made("clip", "k", False)]


def stage(source: str, work: types.Workspace) -> types.TunedGenerator:
    inversions = work.allocate("inversions", (2, 64, 64, 3))
    inversions[:] = 7
    return types.TunedGenerator({"w": torch.ones(3)}, torch.zeros(2, 4, 8), inversions, np.zeros(2))


def made(store: Store) -> Made:
    return store.make("tuning", stage, types.Workspace(), SOURCE)


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def cut(path):
    path.write_bytes(path.read_bytes()[:-1])


FILES = ("meta.json", "tensors.safetensors", "inversions.npy", "losses.npy", SEAL)


@pytest.mark.parametrize("harm", [flip, cut, os.unlink, lambda path: path.write_bytes(b"")])
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_made_again(tmp_path, caplog, name, harm):
    store = Store(tmp_path, {})
    first = made(store)
    folder = tmp_path / "tuning" / first.key
    harm(folder / name)
    assert damage(folder) is not None
    second = made(store)
    assert not second.reused and (second.value.inversions == 7).all()
    assert (tmp_path / "tuning" / f"{first.key}.damaged").is_dir()
    assert name in caplog.text and "set aside" in caplog.text
    assert made(store).reused


def test_what_is_damaged_twice_is_kept_twice(tmp_path):
    store = Store(tmp_path, {})
    for _ in range(2):
        flip(tmp_path / "tuning" / made(store).key / "meta.json")
    made(store)
    assert len(list(tmp_path.glob("tuning/*.damaged*"))) == 2


def test_a_damaged_checkpoint_costs_only_the_checkpoint(tmp_path, caplog):
    store, attempts = Store(tmp_path, {}), []

    def resuming(source: str, work: types.Workspace) -> types.TunedGenerator:
        assert work.scratch is not None
        left = work.scratch / "last.ckpt"
        attempts.append(left.exists())
        if len(attempts) == 1:
            left.write_bytes(b"half")
            raise KeyboardInterrupt
        if left.exists():
            raise RuntimeError("failed finding central directory")
        return stage(source, work)

    with pytest.raises(KeyboardInterrupt):
        store.make("tuning", resuming, types.Workspace(), SOURCE)
    store.make("tuning", resuming, types.Workspace(), SOURCE)
    assert attempts == [False, True, False]
    assert "starting anew" in caplog.text
