"""The training of a live network as a LightningModule."""

from __future__ import annotations

from typing import Any

import torch
from pytorch_lightning import LightningModule
from torch import Tensor
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR

from stitch_exp.distill.examples import Example
from stitch_exp.distill.objective import Weights, terms
from stitch_exp.fitting.schedules import cosine_at
from stitch_exp.networks.live_unet import LiveUNet
from stitch_exp.networks.roles import Perceptual


class Distiller(LightningModule):
    """Teaches a network what the edit does.

    Args:
        network: What is trained.
        perceptual: Network of the perceptual term.
        weights: Of the terms.
        learning_rate: Of AdamW, before its cosine.
        num_updates: In all.
        seed: Of the small motions.

    Attributes:
        losses: Loss of each update.
    """

    def __init__(
        self,
        network: LiveUNet,
        perceptual: Perceptual,
        weights: Weights,
        learning_rate: float,
        num_updates: int,
        seed: int,
    ) -> None:
        super().__init__()
        self.network, self.weights = network, weights
        self.learning_rate, self.num_updates = learning_rate, num_updates
        self.losses: list[float] = []
        self._draw = torch.Generator().manual_seed(seed)
        self._unregistered = (perceptual,)

    def training_step(self, example: Example, batch_idx: int) -> dict[str, Tensor]:
        found = terms(self.network, example, self.weights, self._unregistered[0], self._draw)
        self.losses.append(float(found["loss"].detach()))
        return found

    def configure_optimizers(self) -> dict[str, Any]:
        optimiser = AdamW(self.network.parameters(), lr=self.learning_rate, betas=(0.9, 0.99), weight_decay=1e-4)
        schedule = LambdaLR(optimiser, lambda update: cosine_at(update, self.num_updates))
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
