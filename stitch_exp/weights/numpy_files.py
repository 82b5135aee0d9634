"""Reads numpy's files. Shapes are believed only as far as there are bytes for them; objects are never unpickled."""

import math
import zipfile
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor

from stitch_exp.weights.limits import Budget, Refused

HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


@runtime_checkable
class Stream(Protocol):
    """Bytes to read: an open file, or one inside an archive."""

    def read(self, count: int = ..., /) -> bytes: ...


def read_npy(path: Path) -> dict[str, Tensor]:
    """The array of a `.npy` file under the file's stem.

    Raises:
        Refused: It holds text or objects.
        ValueError: It is damaged.
    """
    with path.open("rb") as stream:
        return {path.stem: _array(stream, path.stat().st_size)}


def read_npz(path: Path) -> dict[str, Tensor]:
    """The arrays of numbers of a `.npz` file; text and objects beside them are left out.

    Raises:
        Refused: It unpacks to more than a weight file does, or holds no numbers.
        ValueError: It is damaged.
    """
    budget, arrays = Budget(path.stat().st_size), {}
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            budget.spend(info.file_size)
        for info in archive.infolist():
            with archive.open(info) as stream:
                try:
                    arrays[info.filename.removesuffix(".npy")] = _array(stream, info.file_size)
                except Refused:
                    continue
    if not arrays:
        raise Refused("it holds no array of numbers")
    return arrays


def _array(stream: Stream, size: int) -> Tensor:
    version = np.lib.format.read_magic(stream)
    # Version 3 differs from 2 in the spelling of text fields only, which no numbers have.
    shape, fortran, dtype = HEADERS.get(version, np.lib.format.read_array_header_2_0)(stream)
    if dtype.kind not in "biufc" or dtype.itemsize > 16 or dtype.name in ("longdouble", "float128"):
        raise Refused(f"it is a numpy file of {dtype}, not of numbers")
    num_bytes = math.prod(shape) * dtype.itemsize
    if any(length < 0 for length in shape) or num_bytes > size:
        raise ValueError(f"it announces an array of shape {shape}, more than its {size:,} bytes hold")
    flat = np.frombuffer(
        bytearray(_exactly(stream, num_bytes)), dtype.newbyteorder("<" if dtype.byteorder == "<" else "=")
    )
    if dtype.byteorder == ">":
        flat = flat.byteswap()
    array = flat.reshape(shape[::-1]).T if fortran else flat.reshape(shape)
    return torch.from_numpy(np.ascontiguousarray(array).reshape(shape))


def _exactly(stream: Stream, count: int) -> bytes:
    data = stream.read(count)
    if len(data) != count:
        raise EOFError(f"{len(data):,} of {count:,} bytes are there")
    return data
