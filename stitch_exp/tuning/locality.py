"""The locality regulariser: around the pivots, the tuned generator stays like the original."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from stitch_exp.losses.locality import nearby_codes
from stitch_exp.losses.reconstruction import Reconstruction, Target
from stitch_exp.networks.roles import Generator, Perceptual


class Locality:
    """Compares tuned and original generator at random codes near the pivots.

    Args:
        weight: Of both terms, mean squared error and perceptual distance.
        distance: How far from the pivot, one norm over all rows of the code.
        seed: Of the random codes.
        generator: The original generator.
        perceptual: Network of the perceptual term.

    Reference: PTI (Roich et al. 2021), section 3.3; SPEC 6.
    """

    TRUNCATION = 0.5

    def __init__(self, weight: float, distance: float, seed: int, generator: Generator, perceptual: Perceptual) -> None:
        self.distance, self.generator, self.perceptual = distance, generator, perceptual
        self.loss = Reconstruction(l2_weight=weight, perceptual_weight=weight, perceptual_px=None)
        self._random = np.random.RandomState(seed)
        self.num_drawn = 0

    def __call__(self, tuned: Generator, pivots: Float[Tensor, "B L D"]) -> Float[Tensor, " B"]:
        """The regulariser's loss for each pivot."""
        with torch.no_grad():
            codes = nearby_codes(pivots, self._random_codes(pivots), self.distance)
            images = self.generator(codes, noise_mode="none")
            wanted = Target(images, self.loss.features(images, self.perceptual))
        return self.loss(tuned(codes, noise_mode="none"), wanted, self.perceptual)["loss"]

    def skip(self, count: int) -> None:
        """Draws and drops the random codes of `count` pivots, when a tuning goes on where it stopped."""
        self._draw(count)

    def _random_codes(self, pivots: Tensor) -> Tensor:
        z = torch.from_numpy(self._draw(len(pivots)))
        return self.generator.map(z.to(pivots), truncation_psi=self.TRUNCATION)

    def _draw(self, count: int) -> Float[np.ndarray, "B Z"]:
        self.num_drawn += count
        return self._random.standard_normal((count, self.generator.z_dim))
