"""Conversions between 8-bit pixels and the networks' float range, in one place."""

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor


def to_unit(pixels: UInt8[np.ndarray, "... H W 3"], device: torch.device | str = "cpu") -> Float[Tensor, "... 3 H W"]:
    """8-bit RGB, channels last, to float32 in [-1, 1], channels first."""
    # A copy, since torch warns about the read-only arrays that artefacts are.
    tensor = torch.from_numpy(np.array(pixels, order="C")).to(device)
    return tensor.movedim(-1, -3).to(torch.float32) / 127.5 - 1.0


def to_pixels(images: Float[Tensor, "... 3 H W"]) -> UInt8[np.ndarray, "... H W 3"]:
    """Float [-1, 1], channels first, to 8-bit RGB, channels last; halves round to even.

    Reference: Stitch it in Time, the rounding of the published implementation (0.0 becomes 128).
    """
    scaled = (images.detach().to(torch.float32) + 1.0) * (255.0 / 2.0)
    return scaled.round().clamp_(0.0, 255.0).to(torch.uint8).movedim(-3, -1).cpu().numpy()
