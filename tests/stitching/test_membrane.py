"""The smooth field meets the source on the ring and leaves the rest."""

import torch

from stitch_exp.losses.masked import masked_error
from stitch_exp.stitching.masks import MaskRule
from stitch_exp.stitching.membrane import Membrane

SIDE = 64


def scene() -> tuple[torch.Tensor, torch.Tensor, object]:
    rows, columns = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    outline = ((rows - 32) ** 2 + (columns - 32) ** 2 < 20**2).float()[None]
    source = (columns / SIDE - 0.5).expand(1, 3, SIDE, SIDE).clone()
    return source + 0.3, source, MaskRule("source", 50, 0, 50, False).regions(outline)


def test_the_seam_goes_and_the_middle_stays() -> None:
    images, source, regions = scene()
    done = Membrane((32.0, 16.0, 8.0)).closed(images, source, regions)
    assert masked_error(done, source, regions.border) < 0.1 * masked_error(images, source, regions.border)
    assert (done - images)[..., 28:36, 28:36].abs().max() < 0.01


def test_no_difference_or_no_scale_is_the_identity() -> None:
    images, source, regions = scene()
    assert Membrane(()).closed(images, source, regions).equal(images)
    assert (Membrane((16.0,)).closed(source, source, regions) - source).abs().max() < 1e-6
