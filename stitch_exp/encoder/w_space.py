"""Where the W of a generator lies: the start of a projection and the size of its noise."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from stitch_exp.networks.roles import Generator

SAMPLING_SEED = 123
"""Of the z whose W rows give mean and spread; the published constant, so that all clips start alike."""


@dataclass(frozen=True, slots=True, eq=False)
class WSpace:
    """Where W lies, from random samples."""

    mean: Float[Tensor, " D"]
    spread: float
    """Root mean squared distance from the mean."""


@torch.no_grad()
def measure_w(generator: Generator, num_samples: int, device: torch.device) -> WSpace:
    """Mean and spread of the mapping network's output."""
    z = np.random.RandomState(SAMPLING_SEED).randn(num_samples, generator.z_dim)
    rows = generator.map(torch.from_numpy(z).to(device, torch.float32))[:, 0]
    mean = rows.mean(dim=0)
    return WSpace(mean, float((rows - mean).square().sum().div(num_samples).sqrt()))
