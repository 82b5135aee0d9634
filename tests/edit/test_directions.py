"""Named directions from the files they are published in."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from stitch_exp.edit.directions import Directions, unknown_name
from stitch_exp.errors import ConfigError, WeightsError


def test_directions_have_to_be_finite_vectors(tmp_path: Path) -> None:
    for value, told in {
        torch.tensor([1.0, torch.nan]): "1 of 2 numbers that are NaN or infinite",
        torch.ones(2, dtype=torch.complex64): "complex",
        torch.ones(100, 3): r"of shape \(100, 3\) is no direction",
        torch.tensor(1.0): "is no direction",
    }.items():
        save_file({"age": value}, tmp_path / "d.safetensors")
        with pytest.raises(WeightsError, match=told):
            Directions(tmp_path / "d.safetensors")["age"]
    torch.save({"lat_comp": torch.zeros(2, 3)}, tmp_path / "pca.pt")
    with pytest.raises(WeightsError, match="GANSpace"):
        Directions(tmp_path / "pca.pt")["age"]


@pytest.mark.parametrize(("shape", "rows"), [((4,), 1), ((1, 4), 1), ((3, 4), 3), ((1, 3, 4), 3), ((64, 4), 64)])
def test_vectors_of_every_published_shape_are_rows(tmp_path: Path, shape: tuple[int, ...], rows: int) -> None:
    values = torch.arange(float(np.prod(shape))).reshape(shape)
    save_file({"age": values}, tmp_path / "d.safetensors")
    found = Directions(tmp_path / "d.safetensors")["age"]
    assert found.shape == (rows, 4) and torch.equal(found.flatten(), values.flatten())


@pytest.mark.parametrize("shape", [(), (65, 4), (0,), (0, 4), (3, 0)])
def test_what_is_no_direction_is_said(tmp_path: Path, shape: tuple[int, ...]) -> None:
    save_file({"age": torch.zeros(shape)}, tmp_path / "d.safetensors")
    with pytest.raises(WeightsError, match=r"'age' of shape \(.*\) is no direction"):
        Directions(tmp_path / "d.safetensors")["age"]


def test_a_folder_names_its_vectors_by_file_and_leaves_other_files_alone(tmp_path: Path) -> None:
    np.save(tmp_path / "age.npy", np.float64([1, 2]))
    torch.save(torch.tensor([[3.0, 4.0]]), tmp_path / "smile.pt")
    save_file({"yaw": torch.ones(2), "pitch": torch.zeros(2)}, tmp_path / "pose.safetensors")
    (tmp_path / "README.md").write_text("directions")
    found = Directions(tmp_path)
    assert set(found.vectors) == {"age", "smile", "yaw", "pitch"}
    assert found["age"].tolist() == [[1, 2]] and found["age"].dtype == torch.float32
    assert found["smile"].tolist() == [[3, 4]]


def test_an_empty_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(WeightsError, match=r"no directions in .*; put one \.npy or \.pt or \.safetensors file"):
        Directions(tmp_path)


def test_an_unknown_name_says_the_nearest_and_all() -> None:
    assert unknown_name("smiel", ["age", "smile"], "x") == (
        "no edit direction 'smiel' in x; did you mean 'smile'? there are: age, smile"
    )
    assert unknown_name("qqq", ["age"], "x").endswith("in x; there are: age")


def test_a_name_is_looked_up_only_when_asked_for(tmp_path: Path) -> None:
    save_file({"age": torch.ones(2), "broken": torch.tensor([torch.nan])}, tmp_path / "d.safetensors")
    found = Directions(tmp_path / "d.safetensors")
    assert found["age"].tolist() == [[1, 1]]
    with pytest.raises(WeightsError, match="broken holds 1 of 1 numbers"):
        found["broken"]
    with pytest.raises(ConfigError, match="no edit direction 'smile'"):
        found["smile"]
