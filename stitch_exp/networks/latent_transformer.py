"""Latent Transformer: one linear map a row that moves a pSp code along one attribute.

Reference: Yao et al., "A Latent Transformer for Disentangled Face Editing in Images and Videos", ICCV 2021; SPEC 9.4.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from stitch_exp.networks.equal_linear import EqualLinear

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
