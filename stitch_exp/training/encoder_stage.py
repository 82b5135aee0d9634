"""stage=encoder: e4e on the frozen generator, kept editable.

Reference: Tov et al. 2021, "Designing an Encoder for StyleGAN Image Manipulation", sections 4 and 5: offsets of later
rows are few at first (progressive training), small (delta regularisation), and rows must look like rows of W to a
latent critic.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from stitch_exp.fitting.schedules import half_cosine
from stitch_exp.inverters.e4e import Encoder4Editing
from stitch_exp.networks.stylegan2 import Generator
from stitch_exp.training import objectives
from stitch_exp.training.augment import Degrade, RandomView, as_float, shrink
from stitch_exp.training.critics import ImageCritic, LatentCritic
from stitch_exp.training.data import given_codes
from stitch_exp.training.ema import frozen_copy, save_grid, update_average
from stitch_exp.training.manual import ManualUpdates
from stitch_exp.training.recognition import IdentityLoss


@dataclass(frozen=True, slots=True)
class EncoderPlan:
    """Settings of the stage.

    Args:
        code_steps: First steps, in which the base row alone regresses the given codes: fast, as nothing is rendered.
        code_weight: Afterwards half of every batch is left as it is and keeps to its given code with this weight.
        render_side: Side at which reconstructions are compared, px; a lower one than the model's saves time.
        learning_rate: Adam learning rate of the encoder.
        critic_lr: Adam learning rate of the latent critic.
        first_rows: Rows with an offset of their own at the start; 0 starts from pure W.
        steps_per_row: Steps between two more rows.
        pixel_gradient_weight: Weight of first differences inside the pyramid loss.
        matching_weight: Weight of feature matching in the frozen discriminator of stage=generator, if there is one.
        identity_weight: Weight of the squared distance of dlib descriptors.
        delta_weight: Weight of the mean squared offsets.
        latent_weight: Weight of the latent critic.
        cycle_weight: Weight of recovering f(z) from its image.
        mixed_part: Share of a batch replaced by renderings of two of its faces mixed, which are people no one
            has a picture of; it keeps the identity loss from learning the training faces by heart.
        decay_steps: Steps over which the learning rate falls to 0 along half a cosine; 0 keeps it.
        average_decay: Memory of the moving average, a step.
        smallest_scale: Smallest side of the pyramid loss, px.
    """

    code_steps: int
    code_weight: float
    render_side: int
    learning_rate: float
    critic_lr: float
    first_rows: int
    steps_per_row: int
    pixel_gradient_weight: float
    matching_weight: float
    identity_weight: float
    delta_weight: float
    latent_weight: float
    cycle_weight: float
    mixed_part: float
    decay_steps: int
    average_decay: float
    smallest_scale: int


class EncoderStage(ManualUpdates):
    """Trains the encoder and the latent critic; batches are (uint8 images, indices).

    Args:
        critic: Frozen discriminator whose features judge texture; None leaves that term out.
        latent_avg: Code the encoder's offsets are added to.
        codes: Optional regression targets, one W+ code an image of the training set.
    """

    latent_avg: Tensor
    step: Tensor

    def __init__(
        self,
        generator: Generator,
        encoder: Encoder4Editing,
        critic: ImageCritic | None,
        view: RandomView,
        plan: EncoderPlan,
        *,
        latent_avg: Float[Tensor, "L D"],
        codes: Float[Tensor, "N L D"] | None,
        grid_folder: Path,
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.generator = generator.eval().requires_grad_(False)
        self.critic = None if critic is None else critic.eval().requires_grad_(False)
        self.identity = IdentityLoss() if plan.identity_weight else None
        self.encoder, self.latent_critic = encoder, LatentCritic(generator.w_dim)
        self.average, self.codes = frozen_copy(encoder), codes
        self.view, self.degrade, self.plan, self.grid_folder = view, Degrade(), plan, grid_folder
        self.register_buffer("latent_avg", latent_avg)
        self.register_buffer("step", torch.zeros((), dtype=torch.long))

    def configure_optimizers(self) -> list[torch.optim.Optimizer]:
        encoder = torch.optim.Adam(self.encoder.parameters(), lr=self.plan.learning_rate, betas=(0.9, 0.99), fused=True)
        critic = torch.optim.Adam(self.latent_critic.parameters(), lr=self.plan.critic_lr, betas=(0.5, 0.99))
        return [encoder, critic]

    def training_step(self, batch: list[Tensor], _: int) -> None:
        self._decay(self._optimizer(0))
        loss = self._regression(*batch) if self.step < self.plan.code_steps else self._inversion(*batch)
        self._update(self._optimizer(0), loss)
        update_average(self.average, self.encoder, self.plan.average_decay, int(self.step))
        self.step += 1

    def _decay(self, optimizer: torch.optim.Optimizer) -> None:
        if self.plan.decay_steps:
            done = min(int(self.step) / self.plan.decay_steps, 1.0)
            for group in optimizer.param_groups:
                group["lr"] = self.plan.learning_rate * half_cosine(done)

    def _regression(self, images: Tensor, indices: Tensor) -> Tensor:
        inputs = shrink(self.degrade(as_float(images, self.view.side)), self.encoder.input_size)
        rows = self.encoder(inputs, stage=0)[:, 0] + self.latent_avg[0]
        loss = F.mse_loss(rows, given_codes(self.codes, indices)[:, 0].to(rows))
        self.log("code_mse", loss)
        return loss

    def _inversion(self, images: Tensor, indices: Tensor) -> Tensor:
        targets, plain = self.view(images), self._plain_part(len(images))
        targets[plain] = as_float(images[plain], self.view.side)
        self._mix(targets)
        num_rows = self.plan.first_rows + int(self.step) // max(self.plan.steps_per_row, 1)
        offsets = self.encoder(shrink(self.degrade(targets), self.encoder.input_size), stage=num_rows)
        codes = offsets + self.latent_avg
        side = self.plan.render_side
        loss = self._fidelity(self.generator(codes, resolution=side), shrink(targets, side)) + self._editability(codes)
        if plain.stop:
            wanted = given_codes(self.codes, indices[plain]).to(codes)
            regression = F.mse_loss(codes[plain], wanted)
            self.log("code_mse", regression)
            loss = loss + self.plan.code_weight * regression
        return loss + self._cycle(len(codes)) if self.plan.cycle_weight else loss

    @torch.no_grad()
    def _mix(self, targets: Float[Tensor, "B 3 S S"]) -> None:
        """Writes mixtures over the last part of the batch; shares whose squares sum to 1 keep the codes' spread."""
        count = int(len(targets) * self.plan.mixed_part)
        if not count:
            return
        offsets = self.average(shrink(targets, self.encoder.input_size))
        angle = torch.rand(count, 1, 1, device=targets.device) * (math.pi / 2)
        mixed = angle.cos() * offsets[-count:] + angle.sin() * offsets.roll(1, dims=0)[-count:]
        targets[-count:] = self.generator(mixed + self.latent_avg)

    def _plain_part(self, count: int) -> slice:
        return slice(0, count // 2 if self.codes is not None and self.plan.code_weight else 0)

    def _fidelity(self, images: Tensor, targets: Tensor) -> Tensor:
        plan = self.plan
        loss = objectives.pyramid_loss(
            images, targets, smallest=plan.smallest_scale, gradient_weight=plan.pixel_gradient_weight
        )
        self.log("pixels", loss)
        if self.identity is not None:
            identity = self.identity(images, targets)
            self.log("identity", identity)
            loss = loss + self.plan.identity_weight * identity
        if self.critic is None or not plan.matching_weight or images.shape[-1] != self.generator.resolution:
            return loss
        matching = objectives.feature_matching(self.critic(images)[1], self.critic(targets)[1])
        self.log("matching", matching)
        return loss + plan.matching_weight * matching

    def _editability(self, codes: Tensor) -> Tensor:
        delta = (codes - codes[:, :1]).square().mean()
        self.log("delta", delta)
        if not self.plan.latent_weight:
            return self.plan.delta_weight * delta
        self._train_latent_critic(codes.detach().flatten(0, 1))
        verdict = F.softplus(-self.latent_critic(codes.flatten(0, 1))).mean()
        self.log("latent", verdict)
        return self.plan.delta_weight * delta + self.plan.latent_weight * verdict

    def _train_latent_critic(self, rows: Tensor) -> None:
        with torch.no_grad():
            real = self._random_rows(len(rows))
        loss = F.softplus(-self.latent_critic(real)).mean() + F.softplus(self.latent_critic(rows)).mean()
        self._update(self._optimizer(1), loss)

    def _random_rows(self, count: int) -> Float[Tensor, "N D"]:
        return self.generator.mapping(torch.randn(count, self.generator.z_dim, device=self.device))

    def _cycle(self, count: int) -> Tensor:
        with torch.no_grad():
            rows = self._random_rows(count)[:, None].repeat(1, self.generator.num_ws, 1)
            images = self.generator(rows)
        found = self.encoder(shrink(images, self.encoder.input_size)) + self.latent_avg
        return self.plan.cycle_weight * F.mse_loss(found, rows)

    def validation_step(self, batch: list[Tensor], index: int) -> None:
        targets = as_float(batch[0], self.view.side)
        stage = 0 if self.step <= self.plan.code_steps else None
        codes = self.average(shrink(targets, self.encoder.input_size), stage=stage) + self.latent_avg
        images = self.generator(codes)
        error = (images.clamp(-1, 1) - targets).square().mean(dim=(1, 2, 3)) / 4
        self.log("held_out/psnr", (-10 * error.log10()).mean(), prog_bar=True)
        if self.identity is not None:
            self.log_dict(self.identity.agreement(images, targets))
        if index == 0 and not self.trainer.sanity_checking:
            save_grid(torch.cat([targets[:8], images[:8]]), self.grid_folder / f"encoder-{int(self.step):06d}.png", 8)
