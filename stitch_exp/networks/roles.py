"""What a network must be able to do to be handed to a stage: one contract for each keyword that the builder fills.

Stages name these, never the classes behind them. Networks arrive on the device, frozen and in evaluation mode, and are
shared: whoever changes one works on a copy. Tests may hand over any object with these members.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Float32, UInt8
from torch import Tensor, nn


@runtime_checkable
class Generator(Protocol):
    """Codes in, pictures out. Images are about [-1, 1], float32 whatever the autocast.

    A generator is an `nn.Module`, too; of its tensors a stage tunes those of `synthesis` and may replace those whose
    name ends in `noise_const`.
    """

    z_dim: int
    w_dim: int
    num_ws: int
    """Rows of a W+ code."""
    resolution: int
    """Side of the images in px."""
    w_avg: Float[Tensor, " D"]
    """Mean of W over random z."""
    synthesis: nn.Module
    """Everything after the mapping network."""

    def __call__(
        self, ws: Float[Tensor, "B L D"], noise_mode: str = "const", resolution: int | None = None
    ) -> Float[Tensor, "B 3 S S"]:
        """Images of W+ codes; `noise_mode` is `const`, `none` or `random`, `resolution` a smaller side to stop at."""
        ...

    def map(
        self, z: Float[Tensor, "B Z"], truncation_psi: float = 1.0, truncation_cutoff: int | None = None
    ) -> Float[Tensor, "B L D"]:
        """Random z to W+ codes with equal rows."""
        ...

    def style_space(self, ws: Float[Tensor, "B L D"]) -> list[Float[Tensor, "B _"]]:
        """Styles of all layers, in the order of published StyleSpace directions."""
        ...

    def from_styles(
        self, styles: list[Float[Tensor, "B _"]], noise_mode: str = "const", resolution: int | None = None
    ) -> Float[Tensor, "B 3 S S"]:
        """Images of styles; `from_styles(style_space(ws))` is the image of `ws`."""
        ...

    def layers_below(self, side: int) -> list[nn.Module]:
        """Parts of `synthesis` whose output has fewer pixels a side than `side`."""
        ...

    def stop_at(self, resolution: int) -> None:
        """Leave out for good what comes after the image of this side; codes keep their rows."""
        ...

    def state_dict(self) -> Any: ...

    def named_parameters(self) -> Iterator[tuple[str, Tensor]]: ...

    def named_buffers(self) -> Iterator[tuple[str, Tensor]]: ...


@runtime_checkable
class Inverter(Protocol):
    """An encoder network and the average code it works around; `inverters.inverter.Inverter` is the real one."""

    latent_avg: Float[Tensor, "L D"]
    input_size: int
    """Side in px of the images it takes."""
    kind: str
    """How it is driven, one of `inverters.inverter.KINDS`."""

    def __call__(self, images: Float[Tensor, "B 3 S S"]) -> Float[Tensor, "B L D"]:
        """Codes, the average included."""
        ...

    def offsets(self, images: Float[Tensor, "B C S S"]) -> Float[Tensor, "B L D"]:
        """Codes without the average; ReStyle's take six channels, crop and reconstruction."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Heads:
    """What a segmenter finds in face crops, 0 to 1."""

    outline: Float[np.ndarray, "N S S"]
    """Head 1, everything else 0."""
    hair: Float[np.ndarray, "N S S"] | None = None
    """Hair 1, everything else 0; None where it is not told from the rest of the head. Outlines of a segmenter that
    knows hair follow it to where it ends; those of one that does not are cut at the height of the chin."""


@runtime_checkable
class Segmenter(Protocol):
    """Finds the head in face crops; a plain function will do."""

    def __call__(self, crops: UInt8[np.ndarray, "N S S 3"], landmarks: Float[np.ndarray, "N K 2"]) -> Heads:
        """Where heads are; landmarks are in pixel indices of the crop."""
        ...


@runtime_checkable
class Identity(Protocol):
    """Recognises a person."""

    name: str
    weight_hash: str
    crop: str
    """How the face is cut out, in words: what a number depends on besides the weights."""

    def embed(
        self, frame: UInt8[np.ndarray, "H W 3"], landmarks: Float[np.ndarray, "K 2"]
    ) -> Float32[np.ndarray, " D"]:
        """Unit vector of the face with these landmarks, which are in pixel indices of the frame."""
        ...


@runtime_checkable
class Perceptual(Protocol):
    """Compares images as the eye does, by their features; those of a target are made once and kept."""

    def features(self, images: Float[Tensor, "B 3 S S"]) -> list[Tensor]:
        """What it sees in images of [-1, 1]."""
        ...

    def compare(self, features_a: list[Tensor], features_b: list[Tensor]) -> Float[Tensor, " B"]:
        """Distance of each pair."""
        ...


@runtime_checkable
class Detector(Protocol):
    """Finds faces with the 68 iBUG landmarks."""

    def detect(self, frame: UInt8[np.ndarray, "H W 3"]) -> list[Any]:
        """All faces of a frame (`Face`: landmarks, box, score), the same ones whenever it is asked."""
        ...
