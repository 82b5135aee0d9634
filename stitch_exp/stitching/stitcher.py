"""Stitching as a list of steps: the published method and every fast form are lists in `conf/stitching/`."""

import itertools
import math
from collections.abc import Callable, Sequence

import torch
from pytorch_lightning import Trainer

from stitch_exp.errors import ConfigError
from stitch_exp.networks.roles import Generator, Segmenter
from stitch_exp.ops.ranges import to_pixels
from stitch_exp.settings import Count, Share, checked
from stitch_exp.stitching.base import Images, Scope, Step, Stitching, Tools
from stitch_exp.stitching.masks import MaskRule
from stitch_exp.stitching.preparation import Preparation
from stitch_exp.stitching.scene import CHUNK
from stitch_exp.types import AlignedClip, EditedLatents, StitchedCrops, TunedGenerator, Workspace


@checked
class Stitcher(Stitching):
    """Renders the edit, cuts masks, and takes the steps one after the other.

    Args:
        steps: What is done about the seam, in order; empty pastes the edited crops as they are. Steps that tune for
            the whole clip come first, then at most one that works frame by frame, then those on pictures.
        masks: How regions are made from the head's outline.
        tuned_share: Of the tuning's change of weights, what the generator that draws the edit takes part in, 0 to 1.
            1 draws edited faces with the tuned generator, as published. Less adds the change that a less tuned one
            draws to the inversion: the closer the tuning is to the frames, the more of an edit it swallows.
        truncation_psi: Where on the way from the mean face (0) to this person (1) the change is drawn, 0 to 1; the
            inversion it is added to stays. Less takes a strong edit better, and shows less of this person in it.
        render_batch: Number of frames rendered at once, 1 or more; more take more memory.
        generator: The model's generator; it is not changed.
        segmenter: Outlines of heads.
        trainer: Makes the Trainer of steps that tune.
        device: Where networks run.

    Raises:
        ConfigError: Steps in an order in which one would undo another.

    Reference: objective of Stitch it in Time (Tzaban et al. 2022), section 4.5; what other schedules gave is in
    docs/lab-notes/2026-11-25-schedules.md.
    """

    version = 8
    """2: features that an edit draws anew replace the old ones. 3: the edited head's own outline is kept.
    4: features move only where that makes the pictures more alike. 5: a change is no sharper than the face.
    7: hair before and after the edit is kept. 8: an edit of the same hairdo grows no hair."""

    def __init__(
        self,
        *,
        steps: Sequence[Step],
        masks: MaskRule,
        tuned_share: Share,
        truncation_psi: Share,
        render_batch: Count,
        generator: Generator,
        segmenter: Segmenter,
        trainer: Callable[..., Trainer],
        device: torch.device,
    ) -> None:
        check_order(steps)
        self.prepare = Preparation(generator, segmenter, masks, tuned_share, truncation_psi, render_batch, device)
        self.steps, self.render_batch, self.trainer = tuple(steps), render_batch, trainer

    def __call__(
        self, aligned: AlignedClip, tuned: TunedGenerator, edited: EditedLatents, work: Workspace
    ) -> StitchedCrops:
        return self.part(aligned, tuned, edited, slice(None), work)

    @property
    def grain(self) -> int:
        return math.lcm(self.render_batch, CHUNK)

    def check_apart(self) -> None:
        together = next((step for step in self.steps if not step.apart), None)
        if together is not None:
            raise ConfigError(
                f"parts: the stitching step {type(together).__name__} works on all frames together, so that no part "
                "of the clip can be stitched by itself; leave parts= out, or take stitching=border_fast or border"
            )

    def part(
        self, aligned: AlignedClip, tuned: TunedGenerator, edited: EditedLatents, faces: slice, work: Workspace
    ) -> StitchedCrops:
        scene = self.prepare(aligned, tuned, edited, work, faces)
        if not self.steps:
            return scene.finished(scene.edited, work)
        tools = Tools(self.trainer, work, work.allocate("crops", scene.crops.shape))
        images: Images = scene.target
        for step in self.steps:
            images = step(scene, images, tools)
        self._write(images, tools)
        return scene.finished(tools.out, work)

    def _write(self, images: Images, tools: Tools) -> None:
        starts = range(0, len(tools.out), self.render_batch)
        for start in tools.work.track(starts, "stitching", len(starts)):
            part = slice(start, min(start + self.render_batch, len(tools.out)))
            tools.out[part] = to_pixels(images(part))


def check_order(steps: Sequence[Step]) -> None:
    """Refuses a list in which a step would undo what one before it has done.

    Raises:
        ConfigError: Says which step stands where it cannot.
    """
    for place, (before, step) in enumerate(itertools.pairwise(steps), start=1):
        if step.scope < before.scope or step.scope == before.scope == Scope.FRAME:
            raise ConfigError(
                f"stitching.steps.{place} is {type(step).__name__}, which starts from the weights and would "
                f"undo {type(before).__name__} before it; take steps for the whole clip first, then one that works "
                "frame by frame, then those on pictures"
            )
