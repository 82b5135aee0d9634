"""Pivotal tuning: the published schedule and the fast one are the same class with other settings."""

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pytorch_lightning import Trainer
from pytorch_lightning.callbacks import ModelCheckpoint
from torch.utils.data import DataLoader

from stitch_exp.errors import ConfigError
from stitch_exp.fitting.keyframes import keyframes
from stitch_exp.fitting.progress import Progress
from stitch_exp.fitting.trainer import fit
from stitch_exp.losses.reconstruction import Reconstruction
from stitch_exp.networks.roles import Generator, Perceptual
from stitch_exp.networks.tuned import detached_state, render_into
from stitch_exp.settings import Count, checked
from stitch_exp.tuning.base import Tuning, starting_generator
from stitch_exp.tuning.locality import Locality
from stitch_exp.tuning.sanity import Beginning
from stitch_exp.tuning.search import PivotFinder, PivotSearch
from stitch_exp.tuning.settings import Frames, LocalityRule, Stop, Updates
from stitch_exp.tuning.targets import Targets
from stitch_exp.tuning.tuner import PassEnd, PivotTuner, Rate
from stitch_exp.types import AlignedClip, Pivots, TunedGenerator, Workspace, WPlus

CHECKPOINT = "tuning"


@checked
class PivotalTuning(Tuning):
    """Tunes one generator on all (crop, pivot) pairs of the clip.

    Args:
        num_passes: How often all frames are gone through (the paper's "steps"), 1 or more; 80 as published. See also
            `updates.at_least`.
        from_px: The side, in pixels, below which layers keep the model's weights; 4 tunes all, as published. Coarse
            layers hold what edits move: left alone, they take the edit as the model does, and cost no gradient.
        search: What brings the pivots closer first.
        frames: Which frames are tuned on, and in which order.
        updates: The optimiser and its rate.
        loss: The weights of the reconstruction.
        cache_features: Whether the targets' features are computed once, and not in every update.
        stop: When to stop early.
        locality: The regulariser.
        render_batch: How many frames are rendered at once when the inversions are made, 1 or more; more take more
            memory.
        checkpoint_passes: After how many passes a checkpoint is written, from which an interrupted tuning goes on.
        generator: The model's generator; it is not changed.
        perceptual: Network of the perceptual term.
        trainer: Makes the Trainer.
        device: Where networks run.

    Raises:
        ConfigError: Nothing left to tune.
        DivergenceError: On a call: the tuned faces are farther from the clip than the untuned ones.

    Reference: PTI (Roich et al. 2021); Stitch it in Time (Tzaban et al. 2022), section 4.3; SPEC 6.
    """

    def __init__(
        self,
        *,
        num_passes: Count,
        from_px: Count,
        search: PivotSearch,
        frames: Frames,
        updates: Updates,
        loss: Reconstruction,
        cache_features: bool,
        stop: Stop,
        locality: LocalityRule,
        render_batch: Count,
        checkpoint_passes: Count,
        generator: Generator,
        perceptual: Perceptual,
        trainer: Callable[..., Trainer],
        device: torch.device,
    ) -> None:
        if from_px > generator.resolution:
            raise ConfigError(f"tuning.from_px is {from_px}; the generator has {generator.resolution} px, use less")
        self.num_passes, self.from_px, self.search = num_passes, from_px, search
        self.frames, self.updates = frames, updates
        self.loss, self.cache_features, self.stop, self.locality = loss, cache_features, stop, locality
        self.render_batch, self.checkpoint_passes = render_batch, checkpoint_passes
        self.generator, self.perceptual, self.trainer, self.device = generator, perceptual, trainer, device

    def __call__(self, aligned: AlignedClip, pivots: Pivots, work: Workspace) -> TunedGenerator:
        generator = starting_generator(self.generator, pivots.weight_offsets, self.device)
        targets = Targets(aligned.crops, self.loss, self.perceptual, self.device, self.cache_features)
        beginning = Beginning()
        if self.search.num_updates:
            finder = PivotFinder(self.search, generator, aligned, self.perceptual, self.trainer, self.device)
            pivots = dataclasses.replace(pivots, codes=finder(pivots.codes, work))
        for layers in generator.layers_below(self.from_px):
            layers.requires_grad_(False)
        frames = keyframes(pivots.codes, self.frames.num_keyframes)
        tuner = self._tuner(generator, targets, pivots, self._rate(len(frames)))
        self._fit(tuner, frames, beginning, work)
        generator.synthesis.to(self.device)
        inversions = work.allocate("inversions", aligned.crops.shape)
        codes = WPlus(pivots.codes.to(self.device))
        render_into(inversions, codes, generator, self.render_batch, work.track, "rendering inversions")
        beginning.check(aligned.crops, inversions)
        return TunedGenerator(detached_state(generator), pivots.codes, inversions, np.array(tuner.pass_losses))

    def _rate(self, num_frames: int) -> Rate:
        batches_per_pass = math.ceil(num_frames / self.frames.batch_size)
        num_passes = max(self.num_passes, math.ceil(self.updates.at_least / batches_per_pass))
        return Rate(self.updates, num_passes, batches_per_pass)

    def _tuner(self, generator: Generator, targets: Targets, pivots: Pivots, rate: Rate) -> PivotTuner:
        locality = None
        if self.locality.weight:
            locality = Locality(
                self.locality.weight, self.locality.distance, self.frames.seed, self.generator, self.perceptual
            )
        return PivotTuner(generator, pivots.codes, targets, self.loss, self.perceptual, rate, locality)

    def _fit(self, tuner: PivotTuner, frames: list[int], beginning: Beginning, work: Workspace) -> None:
        order = torch.Generator().manual_seed(self.frames.seed)
        batches = DataLoader(
            frames,  # pyright: ignore[reportArgumentType]
            batch_size=self.frames.batch_size,
            shuffle=self.frames.shuffle,
            generator=order,
        )
        total = tuner.rate.num_passes * len(batches)
        passes = PassEnd(self.stop.loss, self.stop.gain)
        callbacks: list[Any] = [Progress(work, "tuning", "tuning", total), passes, beginning]
        if work.scratch is not None:
            callbacks.append(self._checkpoints(work.scratch))
        trainer = self.trainer(
            own_precision=self.updates.precision,
            max_epochs=tuner.rate.num_passes,
            callbacks=callbacks,
            enable_checkpointing=work.scratch is not None,
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
