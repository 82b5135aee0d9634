"""What an ImageNet network sees in a face: one vector a picture, from which ratings of people can be read linearly."""

import torch
import torch.nn.functional as F
from jaxtyping import Float, UInt8
from torch import Tensor

from stitch_exp.inverters.mobile_encoder import TAPS, LiteTrunk
from stitch_exp.training.mobile.encoder import shrunk

GRIDS = ((TAPS[0], 6), (TAPS[1], 6), (TAPS[2], 3), (TAPS[2], 1))
"""Blocks, and the side of the grid their output is averaged to: where things are, and what is there at all."""
PICTURE_GRID = 12
SIDE = 192
"""Side in px at which the network looks."""
FEWEST = 1e-3
"""Added to a feature's deviation, so that a dead one stays small."""
LARGEST = 5.0
"""Features further out than this many deviations are brought back to it."""


@torch.no_grad()
def picture_features(trunk: LiteTrunk, images: UInt8[Tensor, "B 3 S S"]) -> list[Float[Tensor, "B _"]]:
    """Blocks of features: of `GRIDS`, and the picture itself on a coarse grid."""
    x = shrunk(images, SIDE)
    found = trunk(x)
    grids = [F.adaptive_avg_pool2d(found[tap], grid).flatten(1) for tap, grid in GRIDS]
    return [*grids, F.adaptive_avg_pool2d(x, PICTURE_GRID).flatten(1)]


def comparable(
    blocks: list[Float[Tensor, "N _"]], rated: list[Float[Tensor, "M _"]]
) -> tuple[Float[Tensor, "N F"], Float[Tensor, "M F"]]:
    """Features of samples and of rated faces, to be compared by inner products.

    Each set is centred by itself: what compression and cropping change in all of its pictures is no trait of a face.
    The scale is the rated faces'. All blocks weigh the same, whatever their length.
    """
    ours, theirs = [], []
    for block, reference in zip(blocks, rated, strict=True):
        scale = (reference.std(0, correction=0) + FEWEST) * block.shape[1] ** 0.5
        limit = LARGEST / block.shape[1] ** 0.5
        ours.append(((block - block.mean(0)) / scale).clamp(-limit, limit))
        theirs.append(((reference - reference.mean(0)) / scale).clamp(-limit, limit))
    return torch.cat(ours, dim=1), torch.cat(theirs, dim=1)
