"""The linear layer of encoders and edit networks, with a run-time weight scale (Karras et al. 2018, section 4.1)."""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn


class EqualLinear(nn.Module):
    """Linear layer with run-time weight scale `1 / sqrt(in)`."""

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(out_features, in_features))
        self.bias = nn.Parameter(torch.zeros(out_features))
        self.gain = 1.0 / math.sqrt(in_features)

    def forward(self, x: Float[Tensor, "B I"]) -> Float[Tensor, "B O"]:
        return F.linear(x, self.weight * self.gain, self.bias)
