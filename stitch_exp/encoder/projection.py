"""Optimises one W row and the noise maps of each image until the generator reproduces it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float
from pytorch_lightning import LightningModule
from torch import Tensor, nn
from torch.optim import Adam
from torch.optim.lr_scheduler import LambdaLR

from stitch_exp.encoder.schedule import ProjectionSchedule, ProjectionUpdates
from stitch_exp.encoder.w_space import WSpace
from stitch_exp.networks.roles import Generator, Perceptual
from stitch_exp.networks.tuned import render_with

SMALLEST_NOISE_PX = 8


@dataclass(frozen=True, slots=True)
class Sides:
    """Sides in pixels of what a projection draws and of what it compares."""

    drawn: int | None
    """None for the generator's own."""
    compared: int

    @classmethod
    def of(cls, resolution: int, perceptual_px: int, render_px: int | None) -> Sides:
        """The sides that settings come to with a generator of this resolution; comparing never enlarges."""
        if render_px is None or render_px >= resolution:
            return cls(None, perceptual_px)
        return cls(render_px, min(perceptual_px, render_px))


class Projection(LightningModule):
    """A batch of independent projections; Adam works number by number, so that neighbours have no influence.

    Args:
        generator: The model's generator; its stored noise is replaced, nothing of it is changed.
        space: Where W lies: all images start from its mean.
        targets: Features of the images.
        perceptual: Network that compares.
        sides: Of the pictures drawn and compared.
        schedule: Learning rate and noise over the steps.
        updates: The optimiser.
        seeds: One an image, for its noise.

    Reference: Karras et al. 2020 (StyleGAN2), appendix D; Roich et al. 2021 (PTI), section 3.1; SPEC 5.7.
    """

    def __init__(
        self,
        *,
        generator: Generator,
        space: WSpace,
        targets: list[Tensor],
        perceptual: Perceptual,
        sides: Sides,
        schedule: ProjectionSchedule,
        updates: ProjectionUpdates,
        seeds: list[int],
    ) -> None:
        super().__init__()
        self._unregistered = (generator, perceptual, targets)
        self.schedule, self.updates, self.sides = schedule, updates, sides
        self.random = [torch.Generator().manual_seed(seed) for seed in seeds]
        self.last_distance = float("nan")
        self.space = space
        self.w = nn.Parameter(space.mean.detach().cpu().repeat(len(seeds), 1)[:, None])
        self.noise_keys = [key for key, _ in generator.named_buffers() if key.endswith("noise_const")]
        shapes = [generator.get_buffer(key).shape for key in self.noise_keys]
        self.noises = nn.ParameterList(self._normals((1, *shape)) for shape in shapes)

    def _normals(self, shape: tuple[int, ...]) -> Float[Tensor, "B ..."]:
        return torch.stack([torch.randn(shape, generator=random) for random in self.random])

    @property
    def codes(self) -> Float[Tensor, "B L D"]:
        """The rows found so far, repeated for every layer."""
        return self.w.detach().repeat(1, self._unregistered[0].num_ws, 1)

    def training_step(self, batch: Any, step: int) -> dict[str, Tensor]:
        generator, perceptual, targets = self._unregistered
        spread = self.space.spread * self.schedule.noise(step)
        w = self.w + spread * self._normals(tuple(self.w.shape[1:])).to(self.w)
        images = _render(generator, dict(zip(self.noise_keys, self.noises, strict=True)), w, self.sides.drawn)
        distance = perceptual.compare(perceptual.features(shrunk(images, self.sides.compared)), targets).sum()
        structure = sum((noise_structure(noise) for noise in self.noises), distance.new_zeros(()))
        return {"loss": distance + self.updates.noise_weight * structure, "distance": distance.detach()}

    @torch.no_grad()
    def on_train_batch_end(self, outputs: Any, batch: Any, batch_idx: int) -> None:
        self.last_distance = float(outputs["distance"]) / len(self.w)
        for noise in self.noises:
            noise -= noise.mean(dim=(2, 3), keepdim=True)
            noise *= noise.square().mean(dim=(2, 3), keepdim=True).rsqrt()

    def configure_optimizers(self) -> dict[str, Any]:
        optimiser = Adam([self.w, *self.noises], lr=self.updates.learning_rate, betas=(0.9, 0.999))
        schedule = LambdaLR(optimiser, self.schedule.rate)
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def _render(
    generator: Generator, noises: Mapping[str, Tensor], w: Float[Tensor, "B 1 D"], px: int | None
) -> Float[Tensor, "B 3 S S"]:
    frozen = {key: parameter.detach() for key, parameter in generator.named_parameters()}
    codes = w.repeat(1, generator.num_ws, 1)
    return render_with(generator, {**frozen, **noises}, codes, resolution=px)


def shrunk(images: Float[Tensor, "B 3 S S"], size: int) -> Float[Tensor, "B 3 S2 S2"]:
    """Area-averaged down to `size`; smaller images stay as they are."""
    return F.interpolate(images, (size, size), mode="area") if images.shape[-1] > size else images


def noise_structure(noise: Float[Tensor, "B 1 S S"]) -> Float[Tensor, ""]:
    """Squared correlation of noise maps with themselves shifted by one pixel, at every scale; summed over the batch.

    Reference: StyleGAN2, appendix D, equation 5.
    """
    total = noise.new_zeros(())
    while True:
        for axis in (2, 3):
            total = total + (noise * noise.roll(1, dims=axis)).mean(dim=(1, 2, 3)).square().sum()
        if noise.shape[-1] <= SMALLEST_NOISE_PX:
            return total
        noise = F.avg_pool2d(noise, 2)
