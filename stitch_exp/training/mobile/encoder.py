"""stage=mobile_encoder: the W+ encoder, from renderings whose codes are known.

Every row of the code weighs the same, by its distance alone: no picture is rendered, so a step costs the encoder only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from jaxtyping import Float, Int, UInt8
from torch import Tensor, nn

from stitch_exp.fitting.schedules import half_cosine
from stitch_exp.inverters.mobile_encoder import LiteTrunk, MobileEncoder
from stitch_exp.training.ema import frozen_copy, update_average
from stitch_exp.training.mobile.codes import Codes
from stitch_exp.training.mobile.filmed import Filmed

COARSE_ROWS = 7
"""Rows up to 32 px: pose and shape; the others paint."""


@dataclass(frozen=True, slots=True)
class MobileEncoderPlan:
    """Settings of the stage.

    Args:
        num_steps: Updates over which the rate falls to 0 along half a cosine; one more stays at 0.
        warmup_steps: First updates, over which it rises.
        trunk_rate: AdamW's rate for the ImageNet trunk.
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


class MobileEncoderStage(pl.LightningModule):
    """Trains the encoder; batches are (uint8 images, indices).

    Args:
        encoder: With the trunk it starts from.
        filmed: What is done to the pictures; None for nothing.
        train_codes: The code of every training picture, by index.
        held_codes: The same of the held-out pictures.
    """

    errors: Tensor
    sizes: Tensor

    def __init__(
        self, encoder: MobileEncoder, filmed: Filmed | None, plan: MobileEncoderPlan, *, train_codes: Codes,
        held_codes: Codes,
    ) -> None:  # fmt: skip
        super().__init__()
        self.encoder, self.filmed, self.plan = encoder, filmed, plan
        self.train_codes, self.held_codes = train_codes, held_codes
        self.average = frozen_copy(encoder)
        self.register_buffer("errors", torch.zeros(encoder.num_styles), persistent=False)
        self.register_buffer("sizes", torch.zeros(encoder.num_styles), persistent=False)

    def configure_optimizers(self) -> dict:
        trunk = list(self.encoder.trunk.parameters())
        head = [value for name, value in self.encoder.named_parameters() if not name.startswith("trunk.")]
        groups = [{"params": trunk, "lr": self.plan.trunk_rate}, {"params": head, "lr": self.plan.head_rate}]
        optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.98), weight_decay=self.plan.weight_decay)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: self._rate(step))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _rate(self, step: int) -> float:
        done = min(1.0, step / self.plan.num_steps)
        return min(1.0, (step + 1) / self.plan.warmup_steps) * half_cosine(done)

    def configure_gradient_clipping(self, optimizer: torch.optim.Optimizer, *_: object, **__: object) -> None:
        self.clip_gradients(optimizer, gradient_clip_val=self.plan.largest_gradient, gradient_clip_algorithm="norm")

    def training_step(self, batch: Sequence[Tensor], _: int) -> Tensor:
        images, indices = batch
        inputs = shrunk(images, self.encoder.input_size)
        found = self.encoder(inputs if self.filmed is None else self.filmed(inputs))
        loss = row_errors(found, self._targets(self.train_codes, indices), self.encoder.num_styles).mean()
        loss = loss / self.train_codes.spread().to(loss)
        self.log("loss", loss)
        return loss

    def on_train_batch_end(self, *_: object) -> None:
        update_average(self.average, self.encoder, self.plan.average_decay, self.global_step - 1)

    def on_validation_epoch_start(self) -> None:
        self.errors.zero_()
        self.sizes.zero_()

    def validation_step(self, batch: Sequence[Tensor], _: int) -> None:
        images, indices = batch
        targets, rows = self._targets(self.held_codes, indices), self.encoder.num_styles
        found = self.average(shrunk(images, self.encoder.input_size))
        self.errors += row_errors(found, targets, rows) * len(images)
        self.sizes += row_errors(torch.zeros_like(targets), targets, rows) * len(images)

    def on_validation_epoch_end(self) -> None:
        left = self.errors / self.sizes
        self.log("held_out_unexplained_coarse", left[:COARSE_ROWS].mean())
        self.log("held_out_unexplained_fine", left[COARSE_ROWS:].mean())

    def _targets(self, codes: Codes, indices: Int[Tensor, " B"]) -> Float[Tensor, "B L D"]:
        return (codes.rows(indices.cpu()) - codes.average).to(self.device)


def fresh_encoder(trunk: LiteTrunk, **arguments: int) -> MobileEncoder:
    """An encoder on a trained trunk, whose first answer is close to the average face."""
    encoder = MobileEncoder(**arguments)
    encoder.trunk.load_state_dict(trunk.state_dict())
    for layer in (encoder.base, encoder.deltas):
        nn.init.normal_(layer.weight, std=0.005)
        nn.init.zeros_(layer.bias)
    return encoder


def shrunk(images: UInt8[Tensor, "B 3 S S"], side: int) -> Float[Tensor, "B 3 R R"]:
    """Stored pixels to [-1, 1] at the encoder's side, as inversion brings crops to it."""
    x = F.interpolate(images.float() / 127.5 - 1, (side, side), mode="bilinear", antialias=True)
    return x.contiguous(memory_format=torch.channels_last)


def row_errors(found: Float[Tensor, "B L D"], wanted: Float[Tensor, "B L D"], rows: int) -> Float[Tensor, " R"]:
    """Mean squared difference of each of the first rows."""
    return (found - wanted)[:, :rows].square().mean((0, 2))
