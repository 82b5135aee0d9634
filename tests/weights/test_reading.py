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
from stitch_exp.weights.digests import file_digest
from stitch_exp.weights.reading import read_tensors

VALUE = torch.arange(6.0).reshape(2, 3)
HTML = b"\n<!DOCTYPE html><html><title>Google Drive - Quota exceeded</title></html>"


def test_safetensors_with_a_config(tmp_path: Path) -> None:
    save_file({"a": VALUE}, tmp_path / "x.safetensors", {"config": '{"z_dim": 4}', "kind": "e4e"})
    tensors, metadata = read_tensors(tmp_path / "x.safetensors")
    assert torch.equal(tensors["a"], VALUE) and metadata == {"config": {"z_dim": 4}, "kind": "e4e"}


@pytest.mark.parametrize("looks_like", [b"P", b"(", b"\x80", b"PK"])
def test_the_length_of_a_safetensors_header_is_no_other_format(tmp_path: Path, looks_like: bytes) -> None:
    path = tmp_path / "x.safetensors"
    for padding in range(0, 20_000, 8):
        header = 64 + padding
        if header.to_bytes(8, "little").startswith(looks_like):
            break
    plain = b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'
    path.write_bytes(header.to_bytes(8, "little") + plain.ljust(header) + bytes(8))
    assert torch.equal(read_tensors(path)[0]["a"], torch.zeros(2))


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


def test_numpy_files(tmp_path: Path) -> None:
    np.save(tmp_path / "age.npy", VALUE.double().numpy())
    np.savez(tmp_path / "two.npz", a=VALUE.numpy(), meta="text")
    assert read_tensors(tmp_path / "age.npy")[0]["age"].dtype == torch.float64
    assert list(read_tensors(tmp_path / "two.npz")[0]) == ["a"]


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


def test_numpy_file_of_objects_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(WeightsError, match="is refused: it is a numpy file of object, not of numbers"):
        read_tensors(tmp_path / "x.npy")


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"", "empty"),
        (HTML, "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1", "Git LFS"),
        (b'{"error": {"code": 403}}', "web service"),
        (b"plain text", "holds no tensors"),
        (b"PK\x03\x04 not a zip", "cut short"),
    ],
)
def test_what_is_no_weight_file_is_named(tmp_path: Path, content: bytes, named: str) -> None:
    (tmp_path / "x.pt").write_bytes(content)
    with pytest.raises(WeightsError, match=named) as caught:
        read_tensors(tmp_path / "x.pt")
    assert str(tmp_path / "x.pt") in str(caught.value)


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


def test_a_tree_that_repeats_itself_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stitch_exp.weights.trees.MAX_ENTRIES", 2000)
    loop: dict = {}
    for _ in range(40):
        loop = {"a": loop, "b": loop}
    torch.save(loop, tmp_path / "x.pt")
    with pytest.raises(WeightsError, match="more entries"):
        read_tensors(tmp_path / "x.pt")


def test_digest_follows_the_content(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"abc")
    assert file_digest(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    path.write_bytes(b"abcd")
    assert file_digest(path).startswith("88d4266f")
