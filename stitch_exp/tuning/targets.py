"""The source crops as targets."""

import numpy as np
import torch
from jaxtyping import Int, UInt8
from torch import Tensor

from stitch_exp.losses.reconstruction import Reconstruction, Target
from stitch_exp.networks.roles import Perceptual
from stitch_exp.ops.ranges import to_unit


class Targets:
    """Crops by index, with their perceptual features.

    Args:
        crops: All crops of the clip; only those asked for are read.
        loss: Says at which size features are wanted.
        perceptual: The network that makes them.
        device: Where targets live.
        cache: Keep each frame's features after their first use. Costs memory for every frame tuned on.
    """

    def __init__(
        self,
        crops: UInt8[np.ndarray, "N S S 3"],
        loss: Reconstruction,
        perceptual: Perceptual,
        device: torch.device,
        cache: bool,
    ) -> None:
        self.crops, self.loss, self.perceptual, self.device, self.cache = crops, loss, perceptual, device, cache
        self._known: dict[int, list[Tensor]] = {}

    @torch.no_grad()
    def __call__(self, index: Int[Tensor, " B"]) -> Target:
        """Targets of these frames."""
        frames = index.tolist()
        images = to_unit(np.stack([self.crops[frame] for frame in frames]), self.device)
        if not self.cache:
            return Target(images, self.loss.features(images, self.perceptual))
        for position, frame in enumerate(frames):
            if frame not in self._known:
                self._known[frame] = self.loss.features(images[position : position + 1], self.perceptual)
        layers = zip(*(self._known[frame] for frame in frames), strict=True)
        return Target(images, [torch.cat(layer) for layer in layers])
