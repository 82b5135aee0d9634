"""Per-frame border tuning, exactly as published."""

from collections.abc import Callable

import numpy as np
import torch
from pytorch_lightning import Trainer
from torch.utils.data import DataLoader

from stitch_exp.fitting.progress import Progress
from stitch_exp.fitting.trainer import fit
from stitch_exp.losses.border import BorderLoss
from stitch_exp.losses.masked import Distance
from stitch_exp.networks.roles import Generator, Segmenter
from stitch_exp.stitching.base import Stitching
from stitch_exp.stitching.frame_tuner import FrameTuner
from stitch_exp.stitching.masks import MaskRule
from stitch_exp.stitching.scene import Preparation
from stitch_exp.stitching.schedule import FrameSchedule
from stitch_exp.types import AlignedClip, EditedLatents, StitchedCrops, TunedGenerator, Workspace


class BorderStitching(Stitching):
    """Tunes a fresh copy of the generator for every frame.

    Args:
        num_steps: Updates a frame gets; 100 as published.
        learning_rate: Of Adam; 3e-4 as published.
        content_weight: Weight of keeping the edit; 0.01 as published.
        distance: `l2` (published code) or `l1` (paper).
        stop_border: Stop a frame when its border loss is below; 0 takes all steps.
        masks: How regions are made from the head's outline.
        render_batch: Frames rendered at once before the tuning.
        generator: The model's generator.
        segmenter: Outlines of heads.
        trainer: Makes the Trainer.
        device: Where networks run.

    Reference: Stitch it in Time (Tzaban et al. 2022), section 4.5; SPEC 7.
    """

    def __init__(
        self,
        *,
        num_steps: int,
        learning_rate: float,
        content_weight: float,
        distance: Distance,
        stop_border: float,
        masks: MaskRule,
        render_batch: int,
        generator: Generator,
        segmenter: Segmenter,
        trainer: Callable[..., Trainer],
        device: torch.device,
    ) -> None:
        self.prepare = Preparation(generator, segmenter, masks, render_batch, device)
        self.loss = BorderLoss(distance, content_weight)
        self.num_steps, self.learning_rate, self.stop_border = num_steps, learning_rate, stop_border
        self.trainer = trainer

    def __call__(
        self, aligned: AlignedClip, tuned: TunedGenerator, edited: EditedLatents, work: Workspace
    ) -> StitchedCrops:
        scene = self.prepare(aligned, tuned, edited, work)
        schedule = FrameSchedule(len(scene), self.num_steps)
        out = work.allocate("crops", aligned.crops.shape)
        stop = np.full(len(scene), self.stop_border)
        tuner = FrameTuner(scene, self.loss, schedule, self.learning_rate, stop, True, False, scene.render, out)
        progress = Progress(work, "stitching", "stitching", len(schedule))
        fit(self.trainer(max_epochs=1, callbacks=[progress]), tuner, DataLoader(schedule, batch_size=None))
        return scene.finished(out, tuner.steps, work)
