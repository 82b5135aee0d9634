"""What every encoder shares: the call of the stage, and crops prepared for a network."""

from abc import ABC, abstractmethod
from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, UInt8
from torch import Tensor

from stitch_exp.errors import ConfigError, FaceError
from stitch_exp.networks.roles import Inverter
from stitch_exp.ops.ranges import to_unit
from stitch_exp.types import AlignedClip, Pivots, Workspace


class Encoder(ABC):
    """Finds the latent codes around which the generator is tuned."""

    @abstractmethod
    def __call__(self, aligned: AlignedClip, work: Workspace) -> Pivots:
        """Pivots of all crops, on the CPU, in the order of the crops."""


def resized(images: Float[Tensor, "B C H W"], size: int) -> Float[Tensor, "B C S S"]:
    """Bilinear with antialiasing, as the encoders were trained.

    Reference: SPEC 5.4. The published STIT code resizes a tensor without antialiasing on old versions of torchvision;
    its pivots differ from those of e4e itself, which this follows.
    """
    if images.shape[-2:] == (size, size):
        return images
    return F.interpolate(images, (size, size), mode="bilinear", align_corners=False, antialias=True)


def batches(
    crops: UInt8[np.ndarray, "N S S 3"], batch_size: int, size: int, device: torch.device
) -> Iterator[Float[Tensor, "B 3 S2 S2"]]:
    """Crops in [-1, 1] at the network's input size; only one batch is in memory."""
    for start in range(0, len(crops), batch_size):
        yield resized(to_unit(crops[start : start + batch_size], device), size)


def num_batches(aligned: AlignedClip, batch_size: int) -> int:
    """How many batches the crops make, the last one perhaps smaller."""
    return -(-len(aligned.crops) // batch_size)


def check_crops(aligned: AlignedClip) -> None:
    """Refuses a clip without a single usable face.

    Raises:
        FaceError: No crop to encode.
    """
    if len(aligned.crops) == 0:
        raise FaceError(
            f"no face to encode in {len(aligned.status)} frames; lower the aligner's score or choose other frames"
        )


def check_kind(inverter: Inverter, kinds: tuple[str, ...]) -> None:
    """Refuses an encoder network of another method.

    Raises:
        ConfigError: The network handed over is not of these kinds.
    """
    if inverter.kind not in kinds:
        raise ConfigError(f"the encoder needs a network of kind {' or '.join(kinds)}, the model has {inverter.kind}")
