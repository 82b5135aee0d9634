"""A damaged artefact is named, set aside and made again."""

import json
import os

import pytest

from stitch_exp import types
from stitch_exp.errors import StorageError
from stitch_exp.store import Store
from stitch_exp.store.integrity import SEAL, damage, seal, set_aside
from tests.made_artefacts import SOURCE, made_tuning, tuned_generator


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
    first = made_tuning(store)
    folder = tmp_path / "tuning" / first.key
    harm(folder / name)
    assert damage(folder) is not None
    second = made_tuning(store)
    assert not second.reused and (second.value.inversions == 7).all()
    assert (tmp_path / "tuning" / f"{first.key}.damaged").is_dir()
    assert name in caplog.text and "set aside" in caplog.text
    assert made_tuning(store).reused


def test_what_is_damaged_twice_is_kept_twice(tmp_path):
    store = Store(tmp_path, {})
    for _ in range(2):
        flip(tmp_path / "tuning" / made_tuning(store).key / "meta.json")
    made_tuning(store)
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
        return tuned_generator(source, work)

    with pytest.raises(KeyboardInterrupt):
        store.make("tuning", resuming, types.Workspace(), SOURCE)
    store.make("tuning", resuming, types.Workspace(), SOURCE)
    assert attempts == [False, True, False]
    assert "starting anew" in caplog.text


@pytest.fixture
def sealed(tmp_path):
    folder = tmp_path / "k"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.bin").write_bytes(b"abc")
    (folder / "b.bin").write_bytes(b"")
    seal(folder)
    return folder


def test_a_seal_has_sizes_and_checksums_that_other_programs_give_too(sealed):
    parts = json.loads((sealed / SEAL).read_text())
    assert parts["a.bin"] == {
        "bytes": 3, "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    }  # fmt: skip
    assert list(parts) == ["a.bin", "b.bin"] and damage(sealed) is None


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda folder: (folder / "a.bin").unlink(), "a.bin is gone"),
        (lambda folder: (folder / "a.bin").write_bytes(b"abcd"), "a.bin has 4 bytes instead of 3"),
        (lambda folder: (folder / "a.bin").write_bytes(b"abd"), "a.bin has other content than what was written"),
        (lambda folder: (folder / SEAL).unlink(), f"{SEAL} cannot be read"),
        (lambda folder: (folder / SEAL).write_text("[]"), f"{SEAL} cannot be read"),
        (lambda folder: (folder / SEAL).write_text('{"a.bin": {}}'), f"{SEAL} cannot be read"),
        (lambda folder: (folder / SEAL).write_bytes(b"\xff"), f"{SEAL} cannot be read"),
    ],
)
def test_damage_names_the_file_and_what_is_wrong_with_it(sealed, harm, said):
    harm(sealed)
    assert damage(sealed) == said


def test_a_file_that_was_added_later_is_no_damage(sealed):
    (sealed / "note.txt").write_text("mine")
    assert damage(sealed) is None


def test_the_thousandth_damage_is_the_last(sealed):
    for number in range(1000):
        sealed.with_name(f"k.damaged{number or ''}").touch()
    with pytest.raises(StorageError, match=r"k is damaged, and so were 1000 before it; check the disk"):
        set_aside(sealed)
    assert sealed.is_dir()
