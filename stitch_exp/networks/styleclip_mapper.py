"""StyleCLIP's latent mapper: a small network trained for one text, which predicts the step of each W+ row.

Reference: Patashnik et al., "StyleCLIP: Text-Driven Manipulation of StyleGAN Imagery", ICCV 2021, section 5; SPEC 9.3.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from stitch_exp.networks.stylegan2_layers import FullyConnected

LEVELS = {"course_mapping": slice(0, 4), "medium_mapping": slice(4, 8), "fine_mapping": slice(8, None)}
"""Rows of each level; the first name is spelt as in the published checkpoints."""
NUM_LAYERS = 4


class RowNorm(nn.Module):
    """Divides by the RMS over dimension 1.

    For a code [B, rows, D] that is the RMS over the rows of a level, not over the channels; the published weights were
    trained with this.
    """

    def forward(self, x: Float[Tensor, "B R D"]) -> Float[Tensor, "B R D"]:
        return x * (x.square().mean(dim=1, keepdim=True) + 1e-8).rsqrt()


class LevelMapper(nn.Module):
    """Four layers, applied to each row of one level."""

    def __init__(self, w_dim: int) -> None:
        super().__init__()
        layers = [FullyConnected(w_dim, w_dim, lr_multiplier=0.01, activate=True) for _ in range(NUM_LAYERS)]
        self.mapping = nn.Sequential(RowNorm(), *layers)

    def forward(self, rows: Float[Tensor, "B R D"]) -> Float[Tensor, "B R D"]:
        return self.mapping[1:](self.mapping[0](rows).flatten(0, 1)).unflatten(0, rows.shape[:2])


class LevelsMapper(nn.Module):
    """One mapper for the coarse, the middle and the fine rows; a level that was left out does not move.

    Args:
        levels: Names out of `LEVELS` that this mapper has.
        w_dim: Width of a row.
    """

    def __init__(self, *, levels: tuple[str, ...] = tuple(LEVELS), w_dim: int = 512) -> None:
        super().__init__()
        self.levels = levels
        for name in levels:
            setattr(self, name, LevelMapper(w_dim))

    def forward(self, codes: Float[Tensor, "B L D"]) -> Float[Tensor, "B L D"]:
        """The raw step; the published edit is `codes + 0.1 * step`."""
        parts = [
            getattr(self, name)(codes[:, rows]) if name in self.levels else torch.zeros_like(codes[:, rows])
            for name, rows in LEVELS.items()
        ]
        return torch.cat(parts, dim=1)
