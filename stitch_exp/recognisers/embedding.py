"""From a face chip to a unit vector: the last steps that all recognisers share."""

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from stitch_exp.ops.chips import unit


def as_batch(chip: UInt8[np.ndarray, "S S 3"], network: nn.Module) -> Float[Tensor, "1 3 S S"]:
    """A chip's 8-bit values as float32, where the network is."""
    return torch.from_numpy(chip).movedim(-1, 0)[None].to(_device(network), torch.float32)


def unit_embedding(network: nn.Module, images: Float[Tensor, "1 3 S S"]) -> Float[np.ndarray, " D"]:
    """What the network makes of one picture, of length 1."""
    return unit(network(images.to(_device(network)))[0].float().cpu().numpy())


def _device(network: nn.Module) -> torch.device:
    return next(network.parameters()).device
