"""How weights of the encoder are updated, whatever the loss: two rates, a half cosine, a moving average."""

from dataclasses import dataclass

import pytorch_lightning as pl
import torch

from stitch_exp.fitting.schedules import half_cosine
from stitch_exp.inverters.mobile_encoder import MobileEncoder
from stitch_exp.training.ema import frozen_copy, update_average


@dataclass(frozen=True, slots=True)
class UpdatesPlan:
    """Settings of the updates.

    Args:
        num_steps: Updates over which the rate falls to 0 along half a cosine; one more stays at 0.
        warmup_steps: First updates, over which it rises.
        trunk_rate: AdamW's rate for the trunk that began at ImageNet.
        head_rate: Its rate for the rest.
        weight_decay: Its weight decay.
        largest_gradient: Longer gradients are cut to this length.
        average_decay: Memory of the moving average, a step.
    """

    num_steps: int
    warmup_steps: int
    trunk_rate: float
    head_rate: float
    weight_decay: float
    largest_gradient: float
    average_decay: float


class EncoderUpdates(pl.LightningModule):
    """What the stages of the encoder share; a stage adds its `training_step`.

    Attributes:
        encoder: The network that is trained.
        average: The moving average of its weights, which is what a stage writes.
    """

    def __init__(self, encoder: MobileEncoder, plan: UpdatesPlan) -> None:
        super().__init__()
        self.encoder, self.updates = encoder, plan
        self.average = frozen_copy(encoder)

    def configure_optimizers(self) -> dict:
        trunk = list(self.encoder.trunk.parameters())
        head = [value for name, value in self.encoder.named_parameters() if not name.startswith("trunk.")]
        groups = [{"params": trunk, "lr": self.updates.trunk_rate}, {"params": head, "lr": self.updates.head_rate}]
        optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.98), weight_decay=self.updates.weight_decay)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: self._rate(step))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _rate(self, step: int) -> float:
        done = min(1.0, step / self.updates.num_steps)
        return min(1.0, (step + 1) / self.updates.warmup_steps) * half_cosine(done)

    def configure_gradient_clipping(self, optimizer: torch.optim.Optimizer, *_: object, **__: object) -> None:
        self.clip_gradients(optimizer, gradient_clip_val=self.updates.largest_gradient, gradient_clip_algorithm="norm")

    def on_train_batch_end(self, *_: object) -> None:
        update_average(self.average, self.encoder, self.updates.average_decay, self.global_step - 1)
