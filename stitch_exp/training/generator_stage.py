"""stage=generator: a generator and an encoder trained together as an autoencoder, then against a discriminator.

On a small data set and few cores this reaches sharp faces an order of magnitude sooner than a GAN alone; the
adversary only has to add texture. Half of the images are rendered from their base row alone, so that one row of W
by itself is a good face: mapping network and edits need that.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from stitch_exp.inverters.e4e import Encoder4Editing
from stitch_exp.networks.stylegan2 import Generator
from stitch_exp.training import objectives
from stitch_exp.training.augment import Degrade, RandomView, as_float, shrink
from stitch_exp.training.critics import ImageCritic
from stitch_exp.training.data import given_codes
from stitch_exp.training.ema import frozen_copy, save_grid, update_average
from stitch_exp.training.manual import ManualUpdates
from stitch_exp.training.recognition import IdentityLoss


@dataclass(frozen=True, slots=True)
class GeneratorPlan:
    """Settings of the stage.

    Args:
        code_steps: First steps, in which the encoder alone regresses the given codes.
        from_codes: Render the given codes instead of encoded images; the encoder rests. With good codes at hand this is
            faster, and spares the generator the blur of a half-trained encoder.
        coarse_until: Before this step only the blocks up to half the side are trained, at half the cost.
        adversarial_from: Step at which the discriminator joins.
        generator_lr: Adam learning rate of the generator.
        encoder_lr: Adam learning rate of the encoder.
        critic_lr: Adam learning rate of the discriminator.
        pixel_gradient_weight: Weight of first differences inside the pyramid loss.
        identity_weight: Weight of the squared distance of dlib descriptors.
        delta_weight: Weight of the mean squared offset of later rows from the base row.
        base_only: Fraction of images rendered from the base row alone.
        adversarial_weight: Weight of the adversarial loss.
        matching_weight: Weight of feature matching.
        penalty_weight: Weight gamma of R1.
        penalty_every: R1 is computed every so many steps, and weighs as much more.
        average_decay: Memory of the moving averages, a step.
        smallest_scale: Smallest side of the pyramid loss, px.
    """

    code_steps: int
    from_codes: bool
    coarse_until: int
    adversarial_from: int
    generator_lr: float
    encoder_lr: float
    critic_lr: float
    pixel_gradient_weight: float
    identity_weight: float
    delta_weight: float
    base_only: float
    adversarial_weight: float
    matching_weight: float
    penalty_weight: float
    penalty_every: int
    average_decay: float
    smallest_scale: int


class GeneratorStage(ManualUpdates):
    """Trains generator, encoder and discriminator; batches are (uint8 images, indices).

    Args:
        codes: Optional regression targets, one W+ code an image of the training set.
        grid_folder: Where a grid of held-out reconstructions is written after each validation.
    """

    latent_avg: Tensor
    step: Tensor

    def __init__(
        self,
        generator: Generator,
        encoder: Encoder4Editing,
        critic: ImageCritic,
        view: RandomView,
        plan: GeneratorPlan,
        *,
        codes: Float[Tensor, "N L D"] | None,
        grid_folder: Path,
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.generator, self.encoder, self.critic = generator, encoder, critic
        self.average = nn.ModuleDict({"generator": frozen_copy(generator), "encoder": frozen_copy(encoder)})
        self.identity = IdentityLoss() if plan.identity_weight else None
        self.view, self.degrade, self.plan, self.grid_folder = view, Degrade(), plan, grid_folder
        self.codes = codes
        self.register_buffer("latent_avg", generator.w_avg.repeat(generator.num_ws, 1))
        self.register_buffer("step", torch.zeros((), dtype=torch.long))
        self.grid: list[Tensor] = []

    def configure_optimizers(self) -> list[torch.optim.Optimizer]:
        plan = self.plan
        model = [
            {"params": self.generator.synthesis.parameters(), "lr": plan.generator_lr, "betas": (0.5, 0.99)},
            {"params": self.encoder.parameters(), "lr": plan.encoder_lr, "betas": (0.9, 0.99)},
        ]
        critic = torch.optim.Adam(self.critic.parameters(), lr=plan.critic_lr, betas=(0.0, 0.99), fused=True)
        return [torch.optim.Adam(model, fused=True), critic]

    def on_train_start(self) -> None:
        # A checkpoint brings its own rates along; the settings of this run win.
        model, critic = self._optimizer(0), self._optimizer(1)
        for group, rate in zip(model.param_groups, (self.plan.generator_lr, self.plan.encoder_lr), strict=True):
            group["lr"] = rate
        critic.param_groups[0]["lr"] = self.plan.critic_lr

    def training_step(self, batch: list[Tensor], _: int) -> None:
        if self.step < self.plan.code_steps:
            self._regress_codes(*batch)
        else:
            self._reconstruct(*batch)
        for name, average in self.average.items():
            update_average(average, getattr(self, name), self.plan.average_decay, int(self.step))
        self.step += 1

    def _encode(self, images: Tensor) -> Tensor:
        return self.encoder(shrink(images, self.encoder.input_size)) + self.latent_avg

    def _regress_codes(self, images: Tensor, indices: Tensor) -> None:
        codes = self._encode(as_float(images, self.view.side))
        loss = F.mse_loss(codes, given_codes(self.codes, indices).to(codes))
        self._update(self._optimizer(0), loss)
        self.log("code_mse", loss)

    def _reconstruct(self, images: Tensor, indices: Tensor) -> None:
        if self.plan.from_codes:
            targets = as_float(images, self.view.side)
            codes = given_codes(self.codes, indices).to(targets)
        else:
            targets = self.view(images)
            codes = self._encode(self.degrade(targets))
        side = self.view.side // 2 if self.step < self.plan.coarse_until else self.view.side
        targets = shrink(targets, side)
        deltas = codes - codes[:, :1]
        keep = torch.rand(len(codes), 1, 1, device=codes.device) >= self.plan.base_only
        fakes = self.generator(codes[:, :1] + deltas * keep, noise_mode="none", resolution=side)
        pixels = objectives.pyramid_loss(
            fakes, targets, smallest=self.plan.smallest_scale, gradient_weight=self.plan.pixel_gradient_weight
        )
        loss = pixels + self.plan.delta_weight * deltas.square().mean()
        self.log_dict({"pixels": pixels, "delta": deltas.square().mean()})
        if self.identity is not None and side == self.view.side:
            identity = self.identity(fakes, targets)
            self.log("identity", identity)
            loss = loss + self.plan.identity_weight * identity
        if self.step >= self.plan.adversarial_from:
            loss = loss + self._against_critic(fakes, targets)
        self._update(self._optimizer(0), loss)

    def _against_critic(self, fakes: Tensor, targets: Tensor) -> Tensor:
        self._train_critic(fakes.detach(), targets)
        self.critic.requires_grad_(False)
        verdicts, features = self.critic(fakes)
        with torch.no_grad():
            _, real_features = self.critic(targets)
        self.critic.requires_grad_(True)
        adversarial = objectives.adversarial_loss(verdicts)
        matching = objectives.feature_matching(features, real_features)
        self.log_dict({"adversarial": adversarial, "matching": matching})
        return self.plan.adversarial_weight * adversarial + self.plan.matching_weight * matching

    def _train_critic(self, fakes: Tensor, targets: Tensor) -> None:
        penalise = int(self.step) % self.plan.penalty_every == 0
        real = targets.detach().requires_grad_(penalise)
        real_verdicts, fake_verdicts = self.critic(real)[0], self.critic(fakes)[0]
        loss = objectives.discriminator_loss(real_verdicts, fake_verdicts)
        self.log("critic", loss)
        if penalise:
            penalty = objectives.gradient_penalty(real_verdicts, real)
            self.log("penalty", penalty)
            loss = loss + self.plan.penalty_weight * self.plan.penalty_every * penalty
        self._update(self._optimizer(1), loss)

    def validation_step(self, batch: list[Tensor], index: int) -> None:
        targets = as_float(batch[0], self.view.side)
        codes = self.average["encoder"](shrink(targets, self.encoder.input_size)) + self.latent_avg
        images = self.average["generator"](codes, noise_mode="none")
        base = self.average["generator"](codes[:, :1].expand_as(codes), noise_mode="none")
        for name, render in (("psnr", images), ("psnr_base", base)):
            error = (render.clamp(-1, 1) - targets).square().mean(dim=(1, 2, 3)) / 4
            self.log(f"held_out/{name}", (-10 * error.log10()).mean(), prog_bar=True)
        if self.identity is not None:
            self.log_dict(self.identity.agreement(images, targets))
        if index == 0:
            self.grid = [targets[:8], images[:8], base[:8]]

    def on_validation_epoch_end(self) -> None:
        if self.grid and not self.trainer.sanity_checking:
            save_grid(torch.cat(self.grid), self.grid_folder / f"generator-{int(self.step):06d}.png", 8)
