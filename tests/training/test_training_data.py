"""Training images of a folder and of an archive."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from stitch_exp.errors import ConfigError, DataError
from stitch_exp.training.data import EpochSampler, FaceData, ImageSource, given_codes, held_out


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, level in (("00021.png", 10), ("deep/00002.PNG", 200)):
        path = tmp_path / "faces" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (4, 4), level).save(path)
    (tmp_path / "faces" / "codes.safetensors").touch()
    return tmp_path / "faces"


def test_a_folder_and_an_archive_of_it_are_the_same(folder: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "faces.zip", "w") as archive:
        for path in sorted(folder.rglob("*.*")):
            archive.write(path, path.relative_to(folder).as_posix())
    for source in (ImageSource(folder), ImageSource(tmp_path / "faces.zip")):
        assert source.names == ["00021.png", "deep/00002.PNG"]
        assert np.array_equal(source.read("deep/00002.PNG", 2), np.full((2, 2, 3), 200))
        assert np.array_equal(source.read("00021.png", 4), np.full((4, 4, 3), 10))


def test_nothing_to_train_on_is_said(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere does not exist; set data="):
        ImageSource(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="empty holds no image"):
        ImageSource(tmp_path / "empty")


@pytest.mark.parametrize(
    ("name", "held"), [("a/00021.png", True), ("41_age.jpg", True), ("20.png", False), ("face.png", False)]
)
def test_one_face_of_twenty_is_kept_for_measurement(name: str, held: bool) -> None:
    assert held_out(name) is held


def test_codes_are_picked_or_missed() -> None:
    codes = torch.arange(3.0)[:, None, None].expand(3, 2, 1)
    assert given_codes(codes, torch.tensor([2, 0]))[:, 0, 0].tolist() == [2.0, 0.0]
    with pytest.raises(ConfigError, match=r"stage\.codes=FILE"):
        given_codes(None, torch.tensor([0]))


@pytest.mark.parametrize(
    ("name", "expected"),
    [("faces/1.jpg", True), ("a/21.png", True), ("edited/1281_age_0.jpg", True), ("2.jpg", False), ("me.jpg", False)],
)
def test_held_out_rule(name: str, expected: bool) -> None:
    assert held_out(name) is expected


def test_held_out_faces_are_never_trained_on(faces: Path) -> None:
    data = FaceData(str(faces), side=32, batch_size=4, steps_per_epoch=2, seed=1, in_memory=True)
    assert sorted(data.held_set.names) == ["faces/1.png", "faces/21.png"]
    assert not set(data.held_set.names) & set(data.train_set.names)
    assert len(data.train_set) == 22


def test_sampler_repeats_an_epoch_and_changes_the_next() -> None:
    first, second = EpochSampler(10, 25, seed=1), EpochSampler(10, 25, seed=1)
    assert list(first) == list(second)
    second.set_epoch(1)
    assert list(first) != list(second)
    assert len(list(first)) == 25
    assert set(first) == set(range(10))


def test_a_plan_without_the_codes_it_needs_says_so() -> None:
    codes = torch.arange(12.0).view(3, 2, 2)
    assert torch.equal(given_codes(codes, torch.tensor([2, 0])), codes[[2, 0]])
    with pytest.raises(ConfigError, match=r"set stage\.codes=FILE"):
        given_codes(None, torch.tensor([0]))
