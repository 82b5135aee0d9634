"""Pivots without an encoder: every crop's W row is optimised by itself, for the ablation and as a baseline."""

from collections.abc import Callable
from typing import Annotated

import numpy as np
import torch
from pytorch_lightning import Trainer
from torch.utils.data import DataLoader

from stitch_exp.encoder.base import Encoder, check_crops, num_batches
from stitch_exp.encoder.projection import Projection, Sides, shrunk
from stitch_exp.encoder.schedule import ProjectionSchedule, ProjectionUpdates
from stitch_exp.encoder.w_space import WSpace, measure_w
from stitch_exp.fitting.trainer import fit
from stitch_exp.networks.roles import Generator, Perceptual
from stitch_exp.ops.ranges import to_unit
from stitch_exp.settings import Count, Range, checked
from stitch_exp.types import AlignedClip, Pivots, Workspace


@checked
class Optimise(Encoder):
    """PTI's W projector on each crop, from the mean of W.

    Args:
        schedule: How many steps there are, and how rate and noise run over them.
        updates: How an update is made: rate, weight of the noise maps, crops at once.
        num_samples: How many random z give the mean and the spread of W, 2 or more; 600 as in PTI's projector.
        perceptual_px: The side, in pixels, to which larger images are shrunk before they are compared; 256 as
            published.
        render_px: The side, in pixels, at which the generator draws, 4 or more; None draws at its own, as published. A
            quarter of the pixels is a quarter of the time where images are compared at that size anyway.
        generator: The model's generator; it is not changed.
        perceptual: Network that compares. The published projector uses LPIPS with VGG16.
        trainer: Makes the Trainer.
        device: Where networks run.

    Reference: Roich et al. 2021 (PTI), section 3.1; Karras et al. 2020 (StyleGAN2), appendix D; SPEC 5.7.
    """

    def __init__(
        self,
        *,
        schedule: ProjectionSchedule,
        updates: ProjectionUpdates,
        num_samples: Annotated[int, Range(2)],
        perceptual_px: Count,
        render_px: Count | None,
        generator: Generator,
        perceptual: Perceptual,
        trainer: Callable[..., Trainer],
        device: torch.device,
    ) -> None:
        self.schedule, self.updates = schedule, updates
        self.num_samples = num_samples
        self.sides = Sides.of(generator.resolution, perceptual_px, render_px)
        self.generator, self.perceptual = generator, perceptual
        self.trainer, self.device = trainer, device

    def __call__(self, aligned: AlignedClip, work: Workspace) -> Pivots:
        check_crops(aligned)
        space = measure_w(self.generator, self.num_samples, self.device)
        starts = range(0, len(aligned.crops), self.updates.batch_size)
        codes = []
        for start in work.track(starts, "optimising codes", num_batches(aligned, self.updates.batch_size)):
            projection = self._projection(aligned.crops[start : start + self.updates.batch_size], start, space)
            trainer = self.trainer(max_epochs=1)
            steps = DataLoader(range(self.schedule.num_steps), batch_size=None)  # pyright: ignore[reportArgumentType]
            fit(trainer, projection, steps)
            work.log("encoder", {"distance": projection.last_distance, "step": start})
            codes.append(projection.codes.cpu())
        return Pivots(torch.cat(codes))

    def _projection(self, crops: np.ndarray, start: int, space: WSpace) -> Projection:
        with torch.no_grad():
            images = shrunk(to_unit(crops, self.device), self.sides.compared)
            targets = self.perceptual.features(images)
        return Projection(
            generator=self.generator, space=space, targets=targets, perceptual=self.perceptual,
            sides=self.sides, schedule=self.schedule, updates=self.updates,
            seeds=[self.updates.seed + start + index for index in range(len(crops))],
        )  # fmt: skip
