"""No border tuning: the ablation "without stitching". Masks and measurements are made all the same."""

import numpy as np
import torch
from torch import nn

from stitch_exp.stitching.base import Stitching
from stitch_exp.stitching.masks import MaskRule, MaskSource
from stitch_exp.stitching.scene import Preparation, Segmenter
from stitch_exp.types import AlignedClip, EditedLatents, StitchedCrops, TunedGenerator, Workspace


class NoStitching(Stitching):
    """Pastes the edited crops as they are.

    Args:
        mask: See `stitching.masks.MaskRule`, as the next four.
        border_px: Strip along the crop's edge that belongs to the border, in pixels of a 1024 px crop.
        inner_px: Growth of the outline before the ring begins, in the same pixels.
        outer_px: Width of the ring, in the same pixels.
        whole_border: Everything outside the outline is the border.
        render_batch: Frames rendered at once.
        generator: The model's generator.
        segmenter: Outlines of heads.
        device: Where networks run.
    """

    def __init__(
        self,
        *,
        mask: MaskSource,
        border_px: int,
        inner_px: int,
        outer_px: int,
        whole_border: bool,
        render_batch: int,
        generator: nn.Module,
        segmenter: Segmenter,
        device: torch.device,
    ) -> None:
        rule = MaskRule(mask, border_px, inner_px, outer_px, whole_border)
        self.prepare = Preparation(generator, segmenter, rule, render_batch, device)

    def __call__(
        self, aligned: AlignedClip, tuned: TunedGenerator, edited: EditedLatents, work: Workspace
    ) -> StitchedCrops:
        scene = self.prepare(aligned, tuned, edited, work)
        crops = work.allocate("crops", aligned.crops.shape)
        crops[:] = scene.edited
        return scene.finished(crops, np.zeros(len(scene), dtype=np.int64))
