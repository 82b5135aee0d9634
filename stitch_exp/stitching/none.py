"""No border tuning: the ablation "without stitching". Masks and measurements are made all the same."""

import numpy as np
import torch

from stitch_exp.networks.roles import Generator, Segmenter
from stitch_exp.stitching.base import Stitching
from stitch_exp.stitching.masks import MaskRule
from stitch_exp.stitching.scene import Preparation
from stitch_exp.types import AlignedClip, EditedLatents, StitchedCrops, TunedGenerator, Workspace


class NoStitching(Stitching):
    """Pastes the edited crops as they are.

    Args:
        masks: How regions are made from the head's outline.
        render_batch: Frames rendered at once.
        generator: The model's generator.
        segmenter: Outlines of heads.
        device: Where networks run.
    """

    def __init__(
        self,
        *,
        masks: MaskRule,
        render_batch: int,
        generator: Generator,
        segmenter: Segmenter,
        device: torch.device,
    ) -> None:
        self.prepare = Preparation(generator, segmenter, masks, render_batch, device)

    def __call__(
        self, aligned: AlignedClip, tuned: TunedGenerator, edited: EditedLatents, work: Workspace
    ) -> StitchedCrops:
        scene = self.prepare(aligned, tuned, edited, work)
        return scene.finished(scene.edited, np.zeros(len(scene), dtype=np.int64), work)
