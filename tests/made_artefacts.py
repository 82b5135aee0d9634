"""Small artefacts to put into a store."""

import numpy as np
import torch

from stitch_exp import types
from stitch_exp.store import Made, Store

SOURCE = [Made("clip", "k", False)]


def stitched(work: types.Workspace, count: int = 3) -> types.StitchedCrops:
    crops = work.allocate("crops", (count, 4, 4, 3))
    crops[:] = 7
    zeros = np.zeros(count, np.float32)
    return types.StitchedCrops(
        crops=crops,
        edited=np.full((count, 4, 4, 3), 9, np.uint8),
        masks=np.zeros((count, 4, 4), np.uint8),
        foreground=np.zeros((count, 4, 4), np.uint8),
        border_before=zeros,
        border_after=zeros,
        leak=zeros,
        steps=np.arange(count),
    )


def aligned_clip(source: str, work: types.Workspace) -> types.AlignedClip:
    zeros = np.zeros((1, 4, 2))
    return types.AlignedClip(
        np.zeros((1, 4, 4, 3), np.uint8), np.array([0]), np.eye(3)[None], zeros, np.zeros((1, 68, 2)), ("detected",)
    )


def tuned_generator(source: str, work: types.Workspace) -> types.TunedGenerator:
    inversions = work.allocate("inversions", (2, 64, 64, 3))
    inversions[:] = 7
    return types.TunedGenerator({"w": torch.ones(3)}, torch.zeros(2, 4, 8), inversions, np.zeros(2))


def made_tuning(store: Store) -> Made:
    return store.make("tuning", tuned_generator, types.Workspace(), SOURCE)
