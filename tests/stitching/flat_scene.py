"""A small scene whose edit is known: crops, edited crops and outlines that a test sets itself."""

import numpy as np
import torch

from stitch_exp.networks.roles import Generator
from stitch_exp.stitching.masks import MaskRule
from stitch_exp.stitching.scene import HeadMasks, Scene
from stitch_exp.types import WPlus
from tests.small_clip import CPU, SIDE, codes, disc, tiny_generator

RULE = MaskRule(mask="source", border_px=64, inner_px=0, outer_px=128, whole_border=False)


def scene(count: int = 3, source: int = 100, edited: int = 140, generator: Generator | None = None) -> Scene:
    """Grey crops, and grey edits of them, with a disc for a head."""
    shape = (count, SIDE, SIDE, 3)
    outlines = (255 * disc(np.zeros(shape, np.uint8), np.zeros((count, 68, 2))).outline).astype(np.uint8)
    generator = generator or tiny_generator()
    heads = HeadMasks(outlines, outlines.copy(), outlines.copy(), None, None, np.zeros(count))
    return Scene(
        generator, WPlus(codes(count)), np.full(shape, source, np.uint8), np.full(shape, edited, np.uint8), heads,
        np.zeros(count, np.int64), RULE, torch.device(CPU),
    )  # fmt: skip
