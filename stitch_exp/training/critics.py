"""The two adversaries of training: one looks at images, one at latent rows."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm


class ImageCritic(nn.Module):
    """Discriminator with a verdict on patches and one on the whole face.

    The first layer folds 2x2 pixels into channels, which loses nothing and makes full resolution affordable.

    Args:
        resolution: Side of the images, px.
        width: Channels after the fold; doubled at each halving.
        max_width: Upper limit of the channels.
        patch_side: Side of the feature map that gives the patch verdict.
    """

    def __init__(self, resolution: int, width: int, max_width: int, patch_side: int) -> None:
        super().__init__()
        self.fold = nn.PixelUnshuffle(2)
        self.first = nn.Conv2d(12, width, 3, 1, 1)
        sides, channels = resolution // 2, width
        self.downs, self.patch_index = nn.ModuleList(), -1
        while sides > 4:
            wider = min(channels * 2, max_width)
            self.downs.append(nn.Conv2d(channels, wider, 4, 2, 1))
            sides, channels = sides // 2, wider
            if sides == patch_side:
                self.patch_index = len(self.downs) - 1
                self.patch = nn.Conv2d(channels, 1, 3, 1, 1)
        self.last = nn.Conv2d(channels + 1, channels, 3, 1, 1)
        self.verdict = nn.Linear(channels * sides * sides, 1)

    def forward(self, images: Float[Tensor, "B 3 S S"]) -> tuple[list[Tensor], list[Tensor]]:
        """Verdicts (patches, whole) and the features between."""
        x = F.leaky_relu(self.first(self.fold(images)), 0.2)
        features, verdicts = [x], []
        for index, down in enumerate(self.downs):
            x = F.leaky_relu(down(x), 0.2)
            features.append(x)
            if index == self.patch_index:
                verdicts.append(self.patch(x))
        x = F.leaky_relu(self.last(torch.cat([x, _batch_spread(x)], dim=1)), 0.2)
        return [*verdicts, self.verdict(x.flatten(1))], features


def _batch_spread(x: Tensor) -> Tensor:
    # One channel that says how different the images of the batch are: a collapsed batch is easy to see.
    groups = x.view(min(4, len(x)), -1, *x.shape[1:]) if len(x) % min(4, len(x)) == 0 else x[None]
    spread = (groups.var(dim=0, unbiased=False) + 1e-8).sqrt().mean(dim=(1, 2, 3))
    return spread.repeat(len(x) // len(spread))[:, None, None, None].expand(-1, 1, *x.shape[2:])


class LatentCritic(nn.Module):
    """Tells rows of W made by one network from rows made by another.

    Reference: Nitzan et al. 2020 (latent discriminator), as used by e4e, section 5.2.
    """

    def __init__(self, w_dim: int, width: int = 256) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            spectral_norm(nn.Linear(w_dim, width)),
            nn.LeakyReLU(0.2),
            spectral_norm(nn.Linear(width, width)),
            nn.LeakyReLU(0.2),
            nn.Linear(width, 1),
        )

    def forward(self, rows: Float[Tensor, "N D"]) -> Float[Tensor, "N 1"]:
        return self.layers(rows)
