"""Smooth pictures of waves, as the published numbers of recognisers were computed from."""

import numpy as np
import torch


def waves(side: int) -> torch.Tensor:
    y, x = np.mgrid[:side, :side].astype(np.float64)
    planes = [np.floor(127.5 + 100 * np.sin(x * 0.05 * (k + 1)) * np.cos(y * 0.07 + k)) for k in range(3)]
    return torch.from_numpy(np.stack(planes))[None].float()
