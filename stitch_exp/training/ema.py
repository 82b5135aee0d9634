"""Exponential moving averages of networks, and their small image grids."""

import copy
from pathlib import Path
from typing import TypeVar

import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor, nn
from torchvision.utils import make_grid

from stitch_exp.ops.ranges import to_pixels

Network = TypeVar("Network", bound=nn.Module)


def frozen_copy(network: Network) -> Network:
    """A copy without gradients, in evaluation mode."""
    return copy.deepcopy(network).eval().requires_grad_(False)


@torch.no_grad()
def update_average(average: nn.Module, network: nn.Module, decay: float, step: int) -> None:
    """Moves `average` towards `network`; early steps use a shorter memory so that the start is forgotten soon."""
    decay = min(decay, (1 + step) / (10 + step))
    means, values = average.state_dict(), network.state_dict()
    floating = [key for key, mean in means.items() if mean.is_floating_point()]
    torch._foreach_lerp_([means[key] for key in floating], [values[key] for key in floating], 1 - decay)
    for key in means.keys() - set(floating):
        means[key].copy_(values[key])


def save_grid(images: Float[Tensor, "N 3 S S"], path: Path, columns: int) -> None:
    """Writes images in [-1, 1] as one picture, row by row."""
    path.parent.mkdir(parents=True, exist_ok=True)
    grid = make_grid(images.float().clamp(-1, 1).cpu(), nrow=columns, padding=1)
    Image.fromarray(to_pixels(grid)).save(path)
