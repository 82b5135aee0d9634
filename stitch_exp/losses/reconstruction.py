"""The loss of pivotal tuning: squared error and perceptual distance to the source crop."""

from dataclasses import dataclass

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from stitch_exp.networks.roles import Perceptual
from stitch_exp.settings import Count, NonNegative, checked


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """What a batch should look like: pixels, and their features, which never change during the tuning."""

    images: Float[Tensor, "B 3 S S"]
    features: list[Tensor]


@checked
@dataclass(frozen=True, slots=True)
class Reconstruction:
    """Weighted sum of mean squared error and perceptual distance.

    Args:
        l2_weight: The weight of the mean squared error in [-1, 1] units, 0 or more; 10 as published.
        perceptual_weight: The weight of the perceptual distance, 0 or more; 1 as published, 0 leaves the network out.
        perceptual_px: The side, in pixels, at which the perceptual network compares images; None compares them at their
            own, as published.

    Reference: Stitch it in Time, section 4.3; PTI (Roich et al. 2021), equation 2.
    """

    l2_weight: NonNegative
    perceptual_weight: NonNegative
    perceptual_px: Count | None

    def features(self, images: Float[Tensor, "B 3 S S"], perceptual: Perceptual) -> list[Tensor]:
        """What the perceptual network sees in `images`; nothing when its weight is 0."""
        return perceptual.features(self._shrunk(images)) if self.perceptual_weight else []

    def __call__(
        self, images: Float[Tensor, "B 3 S S"], target: Target, perceptual: Perceptual
    ) -> dict[str, Float[Tensor, " B"]]:
        """`loss`, `l2` and `perceptual` of each image."""
        l2 = (images - target.images).square().mean(dim=(1, 2, 3))
        if not self.perceptual_weight:
            return {"loss": self.l2_weight * l2, "l2": l2, "perceptual": l2.new_zeros(l2.shape)}
        distance = perceptual.compare(self.features(images, perceptual), target.features)
        return {"loss": self.l2_weight * l2 + self.perceptual_weight * distance, "l2": l2, "perceptual": distance}

    def _shrunk(self, images: Tensor) -> Tensor:
        size = self.perceptual_px
        if size is None or images.shape[-1] <= size:
            return images
        return F.interpolate(images, (size, size), mode="area")
