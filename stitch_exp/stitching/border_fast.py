"""Border tuning in a fraction of the work: the linear part in closed form, the rest, if wanted, by a few steps."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
from jaxtyping import Int, UInt8
from pytorch_lightning import Trainer
from torch import Tensor, nn
from torch.utils.data import DataLoader

from stitch_exp.fitting.keyframes import keyframes
from stitch_exp.fitting.progress import Progress
from stitch_exp.fitting.trainer import fit
from stitch_exp.losses.border import BorderLoss
from stitch_exp.losses.masked import Distance
from stitch_exp.ops.ranges import to_pixels
from stitch_exp.stitching.base import Stitching
from stitch_exp.stitching.frame_tuner import FrameTuner
from stitch_exp.stitching.masks import MaskRule, MaskSource
from stitch_exp.stitching.membrane import Membrane
from stitch_exp.stitching.scene import Preparation, Scene, Segmenter
from stitch_exp.stitching.schedule import FrameSchedule
from stitch_exp.stitching.shared_tuner import SharedTuner
from stitch_exp.stitching.solver import BorderSolver
from stitch_exp.types import AlignedClip, EditedLatents, StitchedCrops, TunedGenerator, Workspace, WPlus


class FastBorderStitching(Stitching):
    """Any of: shared tuning of the clip, a few steps for each frame, and a closed-form solution at the end.

    The closed form does nearly all of it, see docs/performance.md; the steps are for generators that have none.

    Args:
        solve_px: Torgb weights of this resolution and above are solved for; null leaves the closed form out.
        solve_content_weight: Weight of keeping the edit in the closed form. May be larger than in gradient tuning at
            the same border error, since the solution is exact.
        solve_ridge: How strongly the closed form keeps the weights, relative to the mean energy of a feature.
        membrane_px: Widths of the smooth field that takes up what is left of the seam, coarse to fine, in pixels of a
            1024 px crop; empty leaves it out.
        each_frame: Solve for every frame on its own; false solves once for the clip's representative frames.
        shared_passes: Passes of the shared tuning over its frames.
        shared_batch: Frames in an update of the shared tuning.
        shared_learning_rate: Of Adam, at its peak; it falls to 0 along half a cosine.
        num_keyframes: What is shared sees so many representative frames; null for all.
        frame_steps: Most updates a frame gets after that.
        frame_learning_rate: Of Adam in these updates.
        carry: Each frame goes on from the frame before instead of from the shared weights.
        stop_ratio: Stop a frame when its border loss is below this share of what it was without stitching.
        content_weight: Weight of keeping the edit.
        distance: `l2` or `l1`.
        mask: See `stitching.masks.MaskRule`, as the next four.
        border_px: Strip along the crop's edge that belongs to the border, in pixels of a 1024 px crop.
        inner_px: Growth of the outline before the ring begins, in the same pixels.
        outer_px: Width of the ring, in the same pixels.
        whole_border: Everything outside the outline is the border.
        render_batch: Frames rendered at once.
        seed: Of the order of frames in the shared tuning.
        generator: The model's generator.
        segmenter: Outlines of heads.
        trainer: Makes the Trainer.
        device: Where networks run.

    Reference: objective of Stitch it in Time (Tzaban et al. 2022), section 4.5; schedule ours, docs/performance.md.
    """

    def __init__(
        self,
        *,
        solve_px: int | None,
        solve_content_weight: float,
        solve_ridge: float,
        membrane_px: Sequence[float],
        each_frame: bool,
        shared_passes: int,
        shared_batch: int,
        shared_learning_rate: float,
        num_keyframes: int | None,
        frame_steps: int,
        frame_learning_rate: float,
        carry: bool,
        stop_ratio: float,
        content_weight: float,
        distance: Distance,
        mask: MaskSource,
        border_px: int,
        inner_px: int,
        outer_px: int,
        whole_border: bool,
        render_batch: int,
        seed: int,
        generator: nn.Module,
        segmenter: Segmenter,
        trainer: Callable[..., Trainer],
        device: torch.device,
    ) -> None:
        rule = MaskRule(mask, border_px, inner_px, outer_px, whole_border)
        self.prepare = Preparation(generator, segmenter, rule, render_batch, device)
        self.loss = BorderLoss(distance, content_weight)
        self.solve_px, self.each_frame = solve_px, each_frame
        self.solve_content_weight, self.solve_ridge = solve_content_weight, solve_ridge
        self.membrane = Membrane(tuple(membrane_px))
        self.shared_passes, self.shared_batch = shared_passes, shared_batch
        self.shared_learning_rate, self.num_keyframes = shared_learning_rate, num_keyframes
        self.frame_steps, self.frame_learning_rate = frame_steps, frame_learning_rate
        self.carry, self.stop_ratio, self.seed = carry, stop_ratio, seed
        self.trainer = trainer

    def __call__(
        self, aligned: AlignedClip, tuned: TunedGenerator, edited: EditedLatents, work: Workspace
    ) -> StitchedCrops:
        scene = self.prepare(aligned, tuned, edited, work)
        frames = self._representatives(scene)
        steps = np.zeros(len(scene), dtype=np.int64)
        if self.shared_passes:
            steps[frames] += self._tune_together(scene, frames, work)
        solved = self._finish(scene, frames)

        def finish(part: slice) -> Tensor:
            return self.membrane(solved(part), scene.source(part), scene.regions(part))

        out = work.allocate("crops", aligned.crops.shape)
        if self.frame_steps:
            steps += self._tune_each(scene, finish, out, work)
        else:
            self._finish_all(finish, out, work)
        return scene.finished(out, steps)

    def _representatives(self, scene: Scene) -> list[int]:
        codes = scene.latents.codes if isinstance(scene.latents, WPlus) else torch.cat(scene.latents.styles, dim=1)
        return keyframes(codes.cpu(), self.num_keyframes)

    def _tune_together(self, scene: Scene, frames: list[int], work: Workspace) -> int:
        order = torch.Generator().manual_seed(self.seed)
        batches = DataLoader(frames, batch_size=self.shared_batch, shuffle=True, generator=order)
        num_updates = self.shared_passes * math.ceil(len(frames) / self.shared_batch)
        tuner = SharedTuner(scene, self.loss, self.shared_learning_rate, num_updates)
        progress = Progress(work, "stitching", "stitching, all frames", num_updates)
        fit(self.trainer(max_epochs=self.shared_passes, callbacks=[progress]), tuner, batches)
        scene.generator.synthesis.to(scene.device)
        return self.shared_passes

    def _finish(self, scene: Scene, frames: list[int]) -> Callable[[slice], Tensor]:
        """What turns the weights of the moment into final images."""
        if self.solve_px is None:
            return scene.render
        solver = BorderSolver(scene, self.solve_px, self.solve_content_weight, self.solve_ridge)
        if self.each_frame:
            return solver.solve_each
        solver.solve_together(frames)
        return scene.render

    def _tune_each(
        self, scene: Scene, finish: Callable[[slice], Tensor], out: UInt8[np.ndarray, "N S S 3"], work: Workspace
    ) -> Int[np.ndarray, " N"]:
        schedule = FrameSchedule(len(scene), self.frame_steps)
        stop = self.stop_ratio * scene.border_error(scene.edited)
        tuner = FrameTuner(scene, self.loss, schedule, self.frame_learning_rate, stop, False, self.carry, finish, out)
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
