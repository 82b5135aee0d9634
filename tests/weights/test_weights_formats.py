"""The first bytes say what a file is, whatever its name."""

import io
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from stitch_exp.errors import WeightsError
from stitch_exp.weights.formats import cut_short, detect, not_a_file
from stitch_exp.weights.reading import read_tensors


def refusal(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(WeightsError) as caught:
        read_tensors(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\x80\x03cdnnlib.tflib.network\nNetwork\nq\x00)\x81.", "a TensorFlow snapshot of NVIDIA's first StyleGAN"),
        (b"\x80\x02csklearn.svm.classes\nLinearSVC\n)\x81.", "a scikit-learn object"),
        (b"\x1f\x8b\x08\x00data", "a gzip archive; unpack it"),
        (b"BZh91AY&SY", "a bzip2 archive; unpack it"),
        (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
        (b"\x1c\x00\x00\x00TFL3rest", "a TensorFlow Lite model"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"\x00\x00\x00\x20ftypisom", "a video"),
        (b"%PDF-1.7", "a PDF document"),
        (bytes(5000), "nothing but zeros"),
        ("stitch: config\nä: 1\n".encode(), "a text file (it begins 'stitch: config"),
    ],
)
def test_what_else_a_file_is(tmp_path: Path, content: bytes, told: str) -> None:
    message = refusal(tmp_path / "x.pt", content)
    assert told in message and len(message) < 400


def test_a_zip_with_something_else(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("weights/e4e.pt", b"")
    with pytest.raises(WeightsError, match=r"a zip archive of \['weights/e4e.pt'\]"):
        read_tensors(tmp_path / "x.zip")


HTML = b"\n<!DOCTYPE html><html><title>Google Drive - Quota exceeded</title></html>"


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


def saved(folder: Path, kind: str) -> Path:
    """A file of each format, all of them under the same name."""
    path = folder / "x.bin"
    if kind == "safetensors":
        save_file({"a": torch.zeros(1)}, path)
    elif kind == "npy":
        path.write_bytes(_written(lambda file: np.save(file, np.zeros(2))))
    elif kind == "npz":
        path.write_bytes(_written(lambda file: np.savez(file, a=np.zeros(2))))
    elif kind == "torch-script":
        torch.jit.trace(torch.nn.Identity(), torch.zeros(1)).save(str(path))
    elif kind in ("torch-zip", "torch-legacy"):
        torch.save({"a": torch.zeros(1)}, path, _use_new_zipfile_serialization=kind == "torch-zip")
    elif kind == "tfjs":
        path.write_text('\n {"format": "graph-model", "weightsManifest": []}')
    else:
        path.write_bytes(pickle.dumps({"a": 1}, int(kind[-1])))
    return path


def _written(save) -> bytes:
    buffer = io.BytesIO()
    save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["safetensors", "npy", "npz", "torch-zip", "torch-legacy", "torch-script", "tfjs"])
def test_a_format_is_known_by_its_content(tmp_path: Path, kind: str) -> None:
    assert detect(saved(tmp_path, kind)) == kind


@pytest.mark.parametrize("protocol", range(6))
def test_pickles_of_every_protocol_are_known(tmp_path: Path, protocol: int) -> None:
    assert detect(saved(tmp_path, f"pickle{protocol}")) == "pickle"


@pytest.mark.parametrize("kind", ["safetensors", "npz", "torch-zip"])
def test_a_cut_file_is_said_with_its_size(tmp_path: Path, kind: str) -> None:
    path = saved(tmp_path, kind)
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(WeightsError, match=r"x\.bin' \(40 bytes\) is damaged or was cut short; delete it and fetch"):
        detect(path)


def test_what_may_be_a_weight_file_is_not_spoken_of() -> None:
    assert not_a_file(b"\x93NUMPY", 100) == ""
    assert not_a_file(b'{"modelTopology": {}}', 100) == ""
    assert not_a_file(b"", 0) == "empty (0 bytes)"


def test_a_long_reason_is_kept_short(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"12345")
    message = str(cut_short(tmp_path / "x", ValueError("too\n  long " * 100)))
    assert "(5 bytes) is damaged or was cut short (too long too long" in message and len(message) < 350


def test_a_model_of_dlib_is_left_to_dlib(tmp_path: Path) -> None:
    (tmp_path / "shape_predictor.dat").write_bytes(b"\x01\x81\xff\x00" * 8)
    with pytest.raises(WeightsError, match="is a dlib model; only dlib reads it"):
        detect(tmp_path / "shape_predictor.dat")


def test_unknown_bytes_are_shown(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"\xfe\xed\x00\x01" * 4)
    with pytest.raises(WeightsError, match=r"first bytes b'\\xfe\\xed"):
        detect(tmp_path / "x")
