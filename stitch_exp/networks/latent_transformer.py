"""Latent Transformer: one linear map a row that moves a pSp code along one attribute, and its attribute classifier.

Reference: Yao et al., "A Latent Transformer for Disentangled Face Editing in Images and Videos", ICCV 2021; SPEC 9.4.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from stitch_exp.networks.e4e import EqualLinear

LEAK = 0.2


class LatentTransformer(nn.Module):
    """Predicts the step of each W+ row from that row alone.

    Args:
        num_ws: Rows of a code.
        w_dim: Width of a row.
    """

    def __init__(self, *, num_ws: int = 18, w_dim: int = 512) -> None:
        super().__init__()
        self.dense = nn.ModuleList(EqualLinear(w_dim, w_dim) for _ in range(num_ws))

    @property
    def num_ws(self) -> int:
        """Rows of a code."""
        return len(self.dense)

    def forward(self, codes: Float[Tensor, "B L D"]) -> Float[Tensor, "B L D"]:
        """The step of strength 1; an edit is `codes + strength * step` (paper, equation 1)."""
        steps = [layer(row) for layer, row in zip(self.dense, codes.unbind(dim=1), strict=True)]
        return torch.stack(steps, dim=1)


class LatentClassifier(nn.Module):
    """Attribute logits of a W+ code (the 40 attributes of CelebA), with which the transformer was trained.

    Args:
        widths: Of the flattened code, the hidden layers and the output.
    """

    def __init__(self, *, widths: Sequence[int] = (9216, 2048, 512, 40)) -> None:
        super().__init__()
        self.fcs = nn.ModuleList(nn.Linear(before, after) for before, after in pairwise(widths))

    def forward(self, codes: Float[Tensor, "B L D"]) -> Float[Tensor, "B A"]:
        """Logits, one an attribute."""
        x = codes.flatten(1)
        for layer in self.fcs[:-1]:
            x = F.leaky_relu(layer(x), LEAK)
        return self.fcs[-1](x)
