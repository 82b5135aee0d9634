"""Every format is read by its contents; what is no weight file is named for what it is."""

import argparse
import os
import pathlib
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from stitch_exp.errors import WeightsError
from stitch_exp.weights.reading import read_tensors

VALUE = torch.arange(6.0).reshape(2, 3)


def test_safetensors_with_a_config(tmp_path: Path) -> None:
    save_file({"a": VALUE}, tmp_path / "x.safetensors", {"config": '{"z_dim": 4}', "kind": "e4e"})
    tensors, metadata = read_tensors(tmp_path / "x.safetensors")
    assert torch.equal(tensors["a"], VALUE) and metadata == {"config": {"z_dim": 4}, "kind": "e4e"}


@pytest.mark.parametrize("as_zip", [True, False])
def test_torch_files_new_and_old(tmp_path: Path, as_zip: bool) -> None:
    opts = argparse.Namespace(encoder_type="Encoder4Editing", out=pathlib.Path("a/b"), sizes=[1, 2])
    content = {"state_dict": {"encoder.w": VALUE}, "latent_avg": VALUE[0], "opts": opts, "global_step": 7}
    torch.save(content, tmp_path / "x.pt", _use_new_zipfile_serialization=as_zip)
    tensors, metadata = read_tensors(tmp_path / "x.pt")
    assert sorted(tensors) == ["latent_avg", "state_dict.encoder.w"]
    assert torch.equal(tensors["state_dict.encoder.w"], VALUE)
    assert metadata["opts"] == {"encoder_type": "Encoder4Editing", "out": "a/b", "sizes": [1, 2]}
    assert metadata["global_step"] == 7


def test_nvidia_snapshot(golden: Path) -> None:
    tensors, metadata = read_tensors(golden / "nvidia_layout_mini.pkl")
    assert len(tensors) == 56 and metadata["G_ema"]["class_name"] == "Generator"
    assert metadata["G_ema"]["init_args"] == [16, 0, 16, 16, 3]


@pytest.mark.parametrize("as_zip", [True, False])
def test_hostile_torch_file_is_refused(tmp_path: Path, as_zip: bool) -> None:
    class Call:
        def __reduce__(self) -> tuple:
            return os.system, (f"touch {tmp_path}/ran",)

    torch.save({"w": VALUE, "x": Call()}, tmp_path / "x.pt", _use_new_zipfile_serialization=as_zip)
    with pytest.raises(WeightsError, match=r"refused: it names (posix|os)\.system"):
        read_tensors(tmp_path / "x.pt")
    assert not (tmp_path / "ran").exists()


def test_pickled_module_is_refused(tmp_path: Path) -> None:
    torch.save(torch.nn.Linear(2, 2), tmp_path / "x.pt")
    with pytest.raises(WeightsError, match=r"torch\.nn\.modules\.linear\.Linear"):
        read_tensors(tmp_path / "x.pt")


@pytest.mark.parametrize("name", ["x.safetensors", "x.pt", "x.npy", "x.pkl", "old.pt"])
@pytest.mark.parametrize("share", [0.4, 0.95])
def test_cut_files_are_errors_of_ours(tmp_path: Path, golden: Path, name: str, share: float) -> None:
    path = tmp_path / name
    state = {"a": torch.zeros(100, 100)}
    if name == "x.pkl":
        path.write_bytes((golden / "nvidia_layout_mini.pkl").read_bytes())
    elif name == "x.npy":
        np.save(path, state["a"].numpy())
    elif name.endswith(".pt"):
        torch.save(state, path, _use_new_zipfile_serialization=name == "x.pt")
    else:
        save_file(state, path)
    os.truncate(path, int(path.stat().st_size * share))
    with pytest.raises(WeightsError, match="fetch it again"):
        read_tensors(path)


def test_missing_file_tells_licence_and_command(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"weights fetch bisenet") as caught:
        read_tensors(tmp_path / "79999_iter.pth")
    assert "licence" in str(caught.value)
    with pytest.raises(WeightsError, match="check the path"):
        read_tensors(tmp_path / "mine.pt")
    with pytest.raises(WeightsError, match="folder"):
        read_tensors(tmp_path)
