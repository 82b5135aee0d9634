"""A generator whose pictures are a linear map of codes, and eyes that see colours alone: answers by linear algebra."""

import torch
from torch import Tensor, nn

PX = 8


def never(*_: object, **__: object) -> None:
    raise AssertionError("pivots are found by rendering alone")


class Blind:
    """Sees no features: only colours are compared."""

    def features(self, images: Tensor) -> list[Tensor]:
        return []

    compare = never


class LinearGenerator(nn.Module):
    """Pictures are a linear map of codes; W is a Gaussian of widths 3, 2 and 1."""

    num_ws, w_dim, z_dim, resolution = 2, 3, 3, PX
    matrix = torch.randn(6, 3 * PX * PX, generator=torch.Generator().manual_seed(2)) / 4
    w_avg, synthesis = torch.zeros(3), nn.Identity()
    style_space = from_styles = layers_below = stop_at = never

    def forward(self, ws: Tensor, noise_mode: str = "const", resolution: int | None = None) -> Tensor:
        assert resolution == PX
        return (ws.flatten(1) @ self.matrix).view(-1, 3, PX, PX)

    def map(self, z: Tensor, truncation_psi: float = 1.0, truncation_cutoff: int | None = None) -> Tensor:
        return (z * torch.tensor([1.0, 3.0, 2.0]))[:, None].expand(-1, 2, -1)
