"""stage=mobile_encoder: the W+ encoder, from renderings whose codes are known.

Every row of the code weighs the same, by its distance alone: no picture is rendered, so a step costs the encoder only.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor, nn

from stitch_exp.encoder.base import resized
from stitch_exp.inverters.mobile_encoder import LiteTrunk, MobileEncoder
from stitch_exp.training.mobile.codes import Codes
from stitch_exp.training.mobile.filmed import Filmed
from stitch_exp.training.mobile.updates import EncoderUpdates, UpdatesPlan

COARSE_ROWS = 7
"""Rows up to 32 px: pose and shape; the others paint."""


class MobileEncoderStage(EncoderUpdates):
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
        self, encoder: MobileEncoder, filmed: Filmed | None, plan: UpdatesPlan, *, train_codes: Codes,
        held_codes: Codes,
    ) -> None:  # fmt: skip
        super().__init__(encoder, plan)
        self.filmed, self.train_codes, self.held_codes = filmed, train_codes, held_codes
        self.register_buffer("errors", torch.zeros(encoder.num_styles), persistent=False)
        self.register_buffer("sizes", torch.zeros(encoder.num_styles), persistent=False)

    def training_step(self, batch: Sequence[Tensor], _: int) -> Tensor:
        images, indices = batch
        inputs = shrunk(images, self.encoder.input_size)
        found = self.encoder(inputs if self.filmed is None else self.filmed(inputs))
        loss = row_errors(found, self._targets(self.train_codes, indices), self.encoder.num_styles).mean()
        loss = loss / self.train_codes.spread().to(loss)
        self.log("loss", loss)
        return loss

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
    return resized(images.float() / 127.5 - 1, side).contiguous(memory_format=torch.channels_last)


def row_errors(found: Float[Tensor, "B L D"], wanted: Float[Tensor, "B L D"], rows: int) -> Float[Tensor, " R"]:
    """Mean squared difference of each of the first rows."""
    return (found - wanted)[:, :rows].square().mean((0, 2))
