"""Files of numpy: every layout of numbers, and nothing but numbers."""

import struct
from pathlib import Path

import numpy as np
import pytest
import torch

from stitch_exp.errors import WeightsError
from stitch_exp.weights.limits import Refused
from stitch_exp.weights.numpy_files import read_npy, read_npz
from stitch_exp.weights.reading import read_tensors

VALUE = torch.arange(6.0).reshape(2, 3)


def npy(header: str, data: bytes = b"") -> bytes:
    padded = header.ljust(118 - 1) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(padded)) + padded.encode() + data


def test_numpy_layouts(tmp_path: Path) -> None:
    value = np.arange(6, dtype=np.float32).reshape(2, 3)
    np.savez_compressed(tmp_path / "x.npz", plain=value, turned=np.asfortranarray(value), big=value.astype(">f8"))
    tensors, _ = read_tensors(tmp_path / "x.npz")
    assert all(np.array_equal(tensor.numpy(), value) for tensor in tensors.values()) and len(tensors) == 3
    np.save(tmp_path / "scalar.npy", np.float64(3.0))
    assert read_tensors(tmp_path / "scalar.npy")[0]["scalar"].item() == 3.0


def test_numpy_files(tmp_path: Path) -> None:
    np.save(tmp_path / "age.npy", VALUE.double().numpy())
    np.savez(tmp_path / "two.npz", a=VALUE.numpy(), meta="text")
    assert read_tensors(tmp_path / "age.npy")[0]["age"].dtype == torch.float64
    assert list(read_tensors(tmp_path / "two.npz")[0]) == ["a"]


def test_numpy_file_of_objects_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(WeightsError, match="is refused: it is a numpy file of object, not of numbers"):
        read_tensors(tmp_path / "x.npy")


KINDS = ["bool", "int8", "uint8", "int16", "uint16", "int32", "int64", "float16", "float32", "float64", "complex64"]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", KINDS)
def test_numbers_of_every_kind_and_byte_order(tmp_path: Path, kind: str, order: str) -> None:
    values = np.array([[0, 1, 2], [100, 1, 0]]).astype(np.dtype(kind).newbyteorder(order))
    np.save(tmp_path / "x.npy", values)
    tensor = read_npy(tmp_path / "x.npy")["x"]
    assert str(tensor.dtype) == f"torch.{kind}" and tensor.tolist() == values.tolist()


@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (1,), (2, 3, 4)])
@pytest.mark.parametrize("fortran", [False, True])
def test_every_shape(tmp_path: Path, shape: tuple[int, ...], fortran: bool) -> None:
    values = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    np.save(tmp_path / "x.npy", np.array(values, order="F" if fortran else "C"))
    tensor = read_npy(tmp_path / "x.npy")["x"]
    assert tuple(tensor.shape) == shape and tensor.tolist() == values.tolist()


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_every_version_of_the_header(tmp_path: Path, version: tuple[int, int]) -> None:
    with (tmp_path / "x.npy").open("wb") as file:
        np.lib.format.write_array(file, np.arange(3.0), version=version)
    assert read_npy(tmp_path / "x.npy")["x"].tolist() == [0.0, 1.0, 2.0]


@pytest.mark.parametrize("kind", ["U1", "S1", "datetime64[s]", "f4,f4"])
def test_what_is_no_number_is_refused(tmp_path: Path, kind: str) -> None:
    np.save(tmp_path / "x.npy", np.zeros(2, kind))
    with pytest.raises(Refused, match="not of numbers"):
        read_npy(tmp_path / "x.npy")


def test_numbers_beside_text_are_read_and_text_alone_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", text=np.array("words"), sub=np.float32(2))
    assert list(read_npz(tmp_path / "x.npz")) == ["sub"]
    np.savez(tmp_path / "y.npz", text=np.array("words"))
    with pytest.raises(Refused, match="no array of numbers"):
        read_npz(tmp_path / "y.npz")


@pytest.mark.parametrize("shape", ["(2, -3)", "(-1,)", "(5,)", "(9223372036854775807, 4)"])
def test_a_shape_that_its_bytes_do_not_hold_is_said(tmp_path: Path, shape: str) -> None:
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"
    (tmp_path / "x.npy").write_bytes(npy(header, bytes(16))[: 128 + 16])
    with pytest.raises((ValueError, EOFError), match=r"announces an array|of \d+ bytes are there"):
        read_npy(tmp_path / "x.npy")


def test_a_cut_array_is_said(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros(1000))
    content = (tmp_path / "x.npy").read_bytes()
    (tmp_path / "x.npy").write_bytes(content[:-8])
    with pytest.raises((ValueError, EOFError), match=r"7,992 of 8,000 bytes are there|announces"):
        read_npy(tmp_path / "x.npy")


def test_what_is_read_can_be_written_to(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros(2))
    tensor = read_npy(tmp_path / "x.npy")["x"]
    tensor += 1
    assert tensor.tolist() == [1, 1] and read_npy(tmp_path / "x.npy")["x"].tolist() == [0, 0]
