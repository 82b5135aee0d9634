"""Linear directions of W or W+ from the files they are published in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from jaxtyping import Float
from torch import Tensor

from stitch_exp.errors import ConfigError, WeightsError, did_you_mean
from stitch_exp.weights.contents import describe
from stitch_exp.weights.filling import finite
from stitch_exp.weights.reading import read_tensors

MAX_ROWS = 64
"""More layers than any generator has."""
SUFFIXES = (".npy", ".pt", ".safetensors")


class Directions:
    """Named directions, read once.

    Args:
        path: A safetensors file whose tensors are named after their attributes, or a folder with one `.npy` or `.pt`
            vector an attribute (`age.npy`). Vectors may be [D], [1 D], [L D] or [1 L D].

    Raises:
        WeightsError: Nothing there, or not vectors.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self.vectors: Mapping[str, Tensor] = _folder(self.path) if self.path.is_dir() else read_tensors(self.path)[0]
        if not self.vectors:
            raise WeightsError(f"no directions in {self.path}; put one {' or '.join(SUFFIXES)} file an attribute there")

    def __contains__(self, name: object) -> bool:
        return name in self.vectors

    def __getitem__(self, name: str) -> Float[Tensor, "R D"]:
        """One row for all layers, or one row a layer.

        Raises:
            ConfigError: No such attribute; says the nearest name.
            WeightsError: It is no direction, or not finite.
        """
        if "lat_comp" in self.vectors or "act_comp" in self.vectors:
            raise WeightsError(f"'{self.path}' is {describe(self.vectors)}")
        if name not in self.vectors:
            raise ConfigError(unknown_name(name, sorted(self.vectors), str(self.path)))
        vector = finite(name, self.vectors[name], self.path)
        if vector.ndim == 0 or not 0 < vector.numel() <= MAX_ROWS * vector.shape[-1]:
            raise WeightsError(
                f"'{self.path}': {name!r} of shape {tuple(vector.shape)} is no direction, which is one row of W or one "
                f"a layer; the file holds {describe(self.vectors)}"
            )
        return vector.reshape(-1, vector.shape[-1])


def unknown_name(name: str, known: list[str], place: str) -> str:
    """Message for an attribute that is not there: the nearest name, then all of them."""
    hint = did_you_mean(name, known, 0.5) or ";"
    return f"no edit direction {name!r} in {place}{hint} there are: {', '.join(known)}"


def _folder(path: Path) -> dict[str, Tensor]:
    vectors = {}
    for file in sorted(file for file in path.iterdir() if file.suffix in SUFFIXES):
        tensors, _ = read_tensors(file)
        vectors |= {file.stem: next(iter(tensors.values()))} if len(tensors) == 1 else tensors
    return vectors
