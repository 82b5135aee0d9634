"""Pivotal tuning: the published schedule and the fast one are the same class with other settings."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pytorch_lightning import Trainer
from pytorch_lightning.callbacks import ModelCheckpoint
from torch import nn
from torch.utils.data import DataLoader

from stitch_exp.errors import ConfigError
from stitch_exp.fitting.keyframes import keyframes
from stitch_exp.fitting.progress import Progress
from stitch_exp.fitting.schedules import SCHEDULES, ScheduleName
from stitch_exp.fitting.trainer import fit
from stitch_exp.losses.reconstruction import Perceptual, Reconstruction
from stitch_exp.networks.tuned import detached_state, render_into
from stitch_exp.tuning.base import Tuning, starting_generator
from stitch_exp.tuning.locality import Locality
from stitch_exp.tuning.targets import Targets
from stitch_exp.tuning.tuner import PassEnd, PivotTuner, Rate
from stitch_exp.types import AlignedClip, Pivots, TunedGenerator, Workspace, WPlus

CHECKPOINT = "tuning"


class PivotalTuning(Tuning):
    """Tunes one generator on all (crop, pivot) pairs of the clip.

    Args:
        num_passes: Passes over the frames (the paper's "steps").
        batch_size: Frames in an update; 1 in the paper.
        learning_rate: Of Adam.
        kernel_rate: Spectral norm of an update of a convolution kernel, by Muon; 0 leaves kernels to Adam (published).
        schedule: `constant` (published), `ramp` (the published option) or `cosine`.
        shuffle: New frame order in every pass; the published order is fixed.
        num_keyframes: Tune on so many representative frames only; null for all.
        l2_weight: Weight of the mean squared error.
        perceptual_weight: Weight of the perceptual distance.
        perceptual_px: Side at which the perceptual network looks; null for the crop's own.
        cache_features: Compute the targets' features once instead of in every update.
        stop_loss: Stop when a pass has a lower mean loss; 0 runs all passes.
        stop_gain: Stop when a pass lowers the mean loss by less than this share; 0 runs all passes.
        locality_weight: Of the locality regulariser; 0 leaves it out, as the published command line does.
        locality_distance: How far from the pivots it looks, in W+.
        render_batch: Frames rendered at once when the inversions are made.
        checkpoint_passes: A checkpoint after every so many passes, from which an interrupted tuning goes on.
        seed: Of the frame order and of the regulariser's codes.
        generator: The model's generator; it is not changed.
        perceptual: Network of the perceptual term.
        trainer: Makes the Trainer.
        device: Where networks run.

    Reference: PTI (Roich et al. 2021); Stitch it in Time (Tzaban et al. 2022), section 4.3; SPEC 6.
    """

    def __init__(
        self,
        *,
        num_passes: int,
        batch_size: int,
        learning_rate: float,
        kernel_rate: float,
        schedule: ScheduleName,
        shuffle: bool,
        num_keyframes: int | None,
        l2_weight: float,
        perceptual_weight: float,
        perceptual_px: int | None,
        cache_features: bool,
        stop_loss: float,
        stop_gain: float,
        locality_weight: float,
        locality_distance: float,
        render_batch: int,
        checkpoint_passes: int,
        seed: int,
        generator: nn.Module,
        perceptual: Perceptual,
        trainer: Callable[..., Trainer],
        device: torch.device,
    ) -> None:
        _check(num_passes, batch_size, schedule)
        self.num_passes, self.batch_size, self.shuffle, self.seed = num_passes, batch_size, shuffle, seed
        self.learning_rate, self.kernel_rate, self.schedule = learning_rate, kernel_rate, schedule
        self.num_keyframes = num_keyframes
        self.loss = Reconstruction(l2_weight, perceptual_weight, perceptual_px)
        self.cache_features, self.stop_loss, self.stop_gain = cache_features, stop_loss, stop_gain
        self.locality_weight, self.locality_distance = locality_weight, locality_distance
        self.render_batch, self.checkpoint_passes = render_batch, checkpoint_passes
        self.generator, self.perceptual, self.trainer, self.device = generator, perceptual, trainer, device

    def __call__(self, aligned: AlignedClip, pivots: Pivots, work: Workspace) -> TunedGenerator:
        generator = starting_generator(self.generator, pivots.weight_offsets, self.device)
        frames = keyframes(pivots.codes, self.num_keyframes)
        tuner = self._tuner(generator, aligned, pivots, frames)
        self._fit(tuner, frames, work)
        generator.synthesis.to(self.device)
        inversions = work.allocate("inversions", aligned.crops.shape)
        codes = WPlus(pivots.codes.to(self.device))
        render_into(inversions, codes, generator, self.render_batch, work.track, "rendering inversions")
        return TunedGenerator(detached_state(generator), pivots.codes, inversions, np.array(tuner.pass_losses))

    def _tuner(self, generator: nn.Module, aligned: AlignedClip, pivots: Pivots, frames: list[int]) -> PivotTuner:
        targets = Targets(aligned.crops, self.loss, self.perceptual, self.device, self.cache_features)
        num_batches = math.ceil(len(frames) / self.batch_size)
        rate = Rate(self.learning_rate, self.kernel_rate, self.schedule, self.num_passes, num_batches)
        locality = None
        if self.locality_weight:
            locality = Locality(
                self.locality_weight, self.locality_distance, self.seed, self.generator, self.perceptual
            )
        return PivotTuner(generator, pivots.codes, targets, self.loss, self.perceptual, rate, locality)

    def _fit(self, tuner: PivotTuner, frames: list[int], work: Workspace) -> None:
        order = torch.Generator().manual_seed(self.seed)
        batches = DataLoader(frames, batch_size=self.batch_size, shuffle=self.shuffle, generator=order)
        total = self.num_passes * len(batches)
        callbacks: list[Any] = [Progress(work, "tuning", "tuning", total), PassEnd(self.stop_loss, self.stop_gain)]
        if work.scratch is not None:
            callbacks.append(self._checkpoints(work.scratch))
        trainer = self.trainer(
            max_epochs=self.num_passes, callbacks=callbacks, enable_checkpointing=work.scratch is not None
        )
        fit(trainer, tuner, batches, _existing(work.scratch))

    def _checkpoints(self, folder: Path) -> ModelCheckpoint:
        return ModelCheckpoint(
            dirpath=folder,
            filename=CHECKPOINT,
            every_n_epochs=self.checkpoint_passes,
            save_on_train_epoch_end=True,
            enable_version_counter=False,
        )


def _existing(scratch: Path | None) -> Path | None:
    path = scratch / f"{CHECKPOINT}.ckpt" if scratch else None
    return path if path and path.is_file() else None


def _check(num_passes: int, batch_size: int, schedule: str) -> None:
    if schedule not in SCHEDULES:
        raise ConfigError(f"tuning.schedule is {schedule!r}; use one of {', '.join(SCHEDULES)}")
    for name, value in (("num_passes", num_passes), ("batch_size", batch_size)):
        if value < 1:
            raise ConfigError(f"tuning.{name} is {value}; use 1 or more")
