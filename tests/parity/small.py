"""The small generator, codes and images of the golden optimiser runs (SPEC 13)."""

from functools import cache

import torch
from torch import Tensor

from stitch_exp.networks.stylegan2 import Generator
from tests.golden.fill import fill_state_dict, rand, smooth_image


@cache
def small_generator() -> Generator:
    """64 px, filled by the recipe, frozen."""
    generator = Generator(z_dim=64, w_dim=64, img_resolution=64, channel_base=2048, channel_max=64)
    generator.load_state_dict(fill_state_dict(generator, "sg2ada"))
    return generator.requires_grad_(False).eval()


def pivots() -> Tensor:
    """Codes of the three frames."""
    return torch.cat([0.7 * rand(f"pivot{index}", (1, 10, 64)) for index in range(3)])


def frames() -> Tensor:
    """The three frames, in [-1, 1]."""
    return torch.cat([smooth_image(f"frame{index}", 64, 64) for index in range(3)])


def edited_code() -> Tensor:
    """Code of the edit of frame 0."""
    return 0.7 * rand("pivot0", (1, 10, 64)) + 0.4 * rand("edit_dir", (1, 1, 64))
