"""Stitching in a fraction of the work: a smooth field, with a closed form or a few steps of the generator before it."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
from jaxtyping import Int, UInt8
from pytorch_lightning import Trainer
from torch import Tensor
from torch.utils.data import DataLoader

from stitch_exp.fitting.keyframes import keyframes
from stitch_exp.fitting.progress import Progress
from stitch_exp.fitting.trainer import fit
from stitch_exp.losses.border import BorderLoss
from stitch_exp.losses.masked import Distance
from stitch_exp.networks.roles import Generator, Segmenter
from stitch_exp.ops.ranges import to_pixels
from stitch_exp.stitching.base import Stitching
from stitch_exp.stitching.frame_tuner import FrameTuner
from stitch_exp.stitching.masks import MaskRule
from stitch_exp.stitching.membrane import Membrane
from stitch_exp.stitching.scene import Preparation, Scene
from stitch_exp.stitching.schedule import FrameSchedule
from stitch_exp.stitching.settings import ClosedForm, FrameSteps, SharedSteps
from stitch_exp.stitching.shared_tuner import SharedTuner
from stitch_exp.stitching.solver import BorderSolver
from stitch_exp.types import AlignedClip, EditedLatents, StitchedCrops, TunedGenerator, Workspace, WPlus


class FastBorderStitching(Stitching):
    """Any of: shared tuning of the clip, a few steps for each frame, a closed-form solution, a smooth field at the end.

    The field alone is the default; docs/performance.md has what each of the others adds.

    Args:
        solve: The closed form; null leaves it out.
        membrane_px: Widths of the smooth field that takes up what is left of the seam, coarse to fine, in pixels of a
            1024 px crop; empty leaves it out.
        shared: Updates that serve all frames.
        frames: Updates of each frame after that.
        content_weight: Weight of keeping the edit, in all updates.
        distance: `l2` or `l1`, in all updates.
        masks: How regions are made from the head's outline.
        render_batch: Frames rendered at once.
        generator: The model's generator.
        segmenter: Outlines of heads.
        trainer: Makes the Trainer.
        device: Where networks run.

    Reference: objective of Stitch it in Time (Tzaban et al. 2022), section 4.5; schedule ours, docs/performance.md.
    """

    def __init__(
        self,
        *,
        solve: ClosedForm | None,
        membrane_px: Sequence[float],
        shared: SharedSteps,
        frames: FrameSteps,
        content_weight: float,
        distance: Distance,
        masks: MaskRule,
        render_batch: int,
        generator: Generator,
        segmenter: Segmenter,
        trainer: Callable[..., Trainer],
        device: torch.device,
    ) -> None:
        self.prepare = Preparation(generator, segmenter, masks, render_batch, device)
        self.loss = BorderLoss(distance, content_weight)
        self.membrane = Membrane(tuple(membrane_px))
        self.solve, self.shared, self.frames = solve, shared, frames
        self.trainer = trainer

    def __call__(
        self, aligned: AlignedClip, tuned: TunedGenerator, edited: EditedLatents, work: Workspace
    ) -> StitchedCrops:
        scene = self.prepare(aligned, tuned, edited, work)
        steps = np.zeros(len(scene), dtype=np.int64)
        if self.shared.passes:
            frames = self._representatives(scene)
            steps[frames] += self._tune_together(scene, frames, work)
        solved = self._finish(scene)

        def finish(part: slice) -> Tensor:
            return self.membrane(solved(part), scene.source(part), scene.regions(part))

        out = work.allocate("crops", aligned.crops.shape)
        if self.frames.steps:
            steps += self._tune_each(scene, finish, out, work)
        else:
            self._finish_all(finish, out, work)
        return scene.finished(out, steps, work)

    def _representatives(self, scene: Scene) -> list[int]:
        codes = scene.latents.codes if isinstance(scene.latents, WPlus) else torch.cat(scene.latents.styles, dim=1)
        return keyframes(codes.cpu(), self.shared.num_keyframes)

    def _tune_together(self, scene: Scene, frames: list[int], work: Workspace) -> int:
        order = torch.Generator().manual_seed(self.shared.seed)
        batches = DataLoader(
            frames,  # pyright: ignore[reportArgumentType]
            batch_size=self.shared.batch,
            shuffle=True,
            generator=order,
        )
        num_updates = self.shared.passes * math.ceil(len(frames) / self.shared.batch)
        tuner = SharedTuner(scene, self.loss, self.shared.learning_rate, num_updates)
        progress = Progress(work, "stitching", "stitching, all frames", num_updates)
        trainer = self.trainer(own_precision=self.shared.precision, max_epochs=self.shared.passes, callbacks=[progress])
        fit(trainer, tuner, batches)
        scene.generator.synthesis.to(scene.device)
        return self.shared.passes

    def _finish(self, scene: Scene) -> Callable[[slice], Tensor]:
        """What turns the weights of the moment into final images."""
        if self.solve is None:
            return scene.render if self.shared.passes or self.frames.steps else scene.target
        solver = BorderSolver(scene, self.solve.from_px, self.solve.content_weight, self.solve.ridge)
        if self.solve.each_frame:
            return solver.solve_each
        solver.solve_together(self._representatives(scene))
        return scene.render

    def _tune_each(
        self, scene: Scene, finish: Callable[[slice], Tensor], out: UInt8[np.ndarray, "N S S 3"], work: Workspace
    ) -> Int[np.ndarray, " N"]:
        schedule = FrameSchedule(len(scene), self.frames.steps)
        ratio = self.frames.stop_ratio
        stop = ratio * scene.border_error(scene.edited, work) if ratio else np.zeros(len(scene))
        rate, carry = self.frames.learning_rate, self.frames.carry
        tuner = FrameTuner(scene, self.loss, schedule, rate, stop, False, carry, finish, out)
        progress = Progress(work, "stitching", "stitching, frame by frame", len(schedule))
        fit(self.trainer(max_epochs=1, callbacks=[progress]), tuner, DataLoader(schedule, batch_size=None))
        return tuner.steps

    def _finish_all(
        self, finish: Callable[[slice], Tensor], out: UInt8[np.ndarray, "N S S 3"], work: Workspace
    ) -> None:
        starts = range(0, len(out), self.prepare.render_batch)
        for start in work.track(starts, "stitching", len(starts)):
            part = slice(start, min(start + self.prepare.render_batch, len(out)))
            out[part] = to_pixels(finish(part))
