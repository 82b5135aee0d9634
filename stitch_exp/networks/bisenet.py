"""BiSeNet face parsing: which of 19 classes each pixel of a face crop belongs to, and the head's outline from them.

Reference: Yu et al., "BiSeNet: Bilateral Segmentation Network for Real-time Semantic Segmentation", ECCV 2018, with a
ResNet-18 context path and without the spatial path; keys and flow as in the public face-parsing weights (SPEC 8).
"""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Int, UInt8
from torch import Tensor, nn

from stitch_exp.errors import ConfigError
from stitch_exp.networks.bisenet_layers import (
    AttentionRefinement,
    ConvBNReLU,
    FeatureFusion,
    Head,
    ResNet18,
    with_norms_folded,
)
from stitch_exp.networks.roles import Heads
from stitch_exp.ops.chips import NOSE_TIP
from stitch_exp.ops.regions import connected
from stitch_exp.settings import Count, Positive, checked
from stitch_exp.weights.filling import fill
from stitch_exp.weights.reading import read_tensors
from stitch_exp.weights.registry import present

CLASSES = (
    *("background", "skin", "left_brow", "right_brow", "left_eye", "right_eye", "eyeglasses", "left_ear", "right_ear"),
    *("earring", "nose", "mouth", "upper_lip", "lower_lip", "neck", "necklace", "cloth", "hair", "hat"),
)
TRAINED_PX = 512
"""Side of the images it was trained on."""
HAIR = CLASSES.index("hair")
SMALLEST_STEP, LEAST_PX = 32, 128
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class ContextPath(nn.Module):
    """Features at 1/8 of the side: those of the trunk, and those that have seen 1/16, 1/32 and the whole image."""

    def __init__(self) -> None:
        super().__init__()
        self.resnet = ResNet18()
        self.arm16 = AttentionRefinement(256, 128)
        self.arm32 = AttentionRefinement(512, 128)
        self.conv_head32 = ConvBNReLU(128, 128, 3)
        self.conv_head16 = ConvBNReLU(128, 128, 3)
        self.conv_avg = ConvBNReLU(512, 128, 1)

    def forward(self, images: Float[Tensor, "B 3 H W"]) -> tuple[Tensor, Tensor, Tensor]:
        eighth, sixteenth, thirtysecond = self.resnet(images)
        overall = self.conv_avg(thirtysecond.mean(dim=(2, 3), keepdim=True))
        coarse = self.arm32(thirtysecond) + overall
        coarse = self.conv_head32(F.interpolate(coarse, sixteenth.shape[2:], mode="nearest"))
        fine = self.arm16(sixteenth) + coarse
        return eighth, self.conv_head16(F.interpolate(fine, eighth.shape[2:], mode="nearest")), coarse


class BiSeNet(nn.Module):
    """The parser; a state dict of it is the public `79999_iter.pth`.

    Args:
        num_classes: Channels of the output.
    """

    def __init__(self, num_classes: int = len(CLASSES)) -> None:
        super().__init__()
        self.cp = ContextPath()
        self.ffm = FeatureFusion(256, 256)
        self.conv_out = Head(256, 256, num_classes)
        self.conv_out16 = Head(128, 64, num_classes)
        self.conv_out32 = Head(128, 64, num_classes)

    def forward(self, images: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B C H W"]:
        """Class scores at the input's size, for images normalised as ImageNet's."""
        scores = self.conv_out(self.fused(images)[0])
        return F.interpolate(scores, images.shape[2:], mode="bilinear", align_corners=True)

    def fused(self, images: Float[Tensor, "B 3 H W"]) -> tuple[Tensor, Tensor, Tensor]:
        """Features of the three heads."""
        eighth, fine, coarse = self.cp(images)
        return self.ffm(eighth, fine), fine, coarse


@checked
class BiSeNetSegmenter(nn.Module):
    """The head's outline: everything that the parser does not call one of the excluded classes.

    Args:
        weights: The file of the public network, `79999_iter.pth`, or a converted copy.
        excluded: The classes outside the outline, of `CLASSES`. The paper's are background, cloth and hat; the neck is
            in.
        only_followed: Whether of all heads in the crop only the one with the followed face's nose counts. Published
            outlines take all of them.
        side: To which crops are resized before they are parsed, in pixels, a multiple of 32 and at least 128. 512 is
            what the network was trained on; the work goes with the square.
        largest_zoom: How many times their own side crops are enlarged at most, above 0; null enlarges them to `side`.
            Small crops hold no more to see, and cost less.
        batch_size: Number of crops parsed at once, 1 or more; more take more memory.

    Raises:
        WeightsError: The file is missing or of another network.
        ConfigError: An unknown class, or a side that the network cannot halve five times.

    Reference: Stitch it in Time, section 4.5; SPEC 7.
    """

    name = "bisenet"
    mean: Float[Tensor, "3 1 1"]
    std: Float[Tensor, "3 1 1"]

    def __init__(
        self, *, weights: Path | str, excluded: Sequence[str], only_followed: bool, side: Count,
        largest_zoom: Positive | None, batch_size: Count,
    ) -> None:  # fmt: skip
        super().__init__()
        if unknown := sorted(set(excluded) - set(CLASSES)):
            raise ConfigError(f"segmenter.excluded names {', '.join(unknown)}; the classes are {', '.join(CLASSES)}")
        if side % SMALLEST_STEP or side < LEAST_PX:
            raise ConfigError(f"segmenter.side={side} must be a multiple of {SMALLEST_STEP}, {LEAST_PX} at least")
        path = present(Path(weights), "segmenter.weights")
        network = fill(BiSeNet, {}, read_tensors(path)[0], path).requires_grad_(False)
        self.network = with_norms_folded(network).to(memory_format=torch.channels_last)
        self.excluded = [CLASSES.index(name) for name in excluded]
        self.only_followed, self.side, self.batch_size = only_followed, side, batch_size
        self.largest_zoom = math.inf if largest_zoom is None else largest_zoom
        self.register_buffer("mean", torch.tensor(MEAN)[:, None, None])
        self.register_buffer("std", torch.tensor(STD)[:, None, None])

    @torch.no_grad()
    def forward(self, crops: UInt8[np.ndarray, "N S S 3"], landmarks: Float[np.ndarray, "N K 2"]) -> Heads:
        """Outlines and hair of 0 and 1; the landmarks say whose head it is, where that counts."""
        labels = np.zeros(crops.shape[:3], np.int64)
        for start in range(0, len(crops), self.batch_size):
            part = slice(start, start + self.batch_size)
            labels[part] = self._labels(crops[part])
        heads = np.isin(labels, self.excluded, invert=True)
        if self.only_followed:
            for head, points in zip(heads, landmarks, strict=True):
                head[:] = connected(head.astype(np.uint8), points[NOSE_TIP])
        return Heads(heads.astype(np.float32), (heads & (labels == HAIR)).astype(np.float32))

    def _labels(self, crops: np.ndarray) -> Int[np.ndarray, "N S S"]:
        pixels = torch.from_numpy(crops.copy()).to(self.mean.device).movedim(-1, 1) / 255.0
        images = (_resized(pixels, self._parsed_side(crops.shape[1])) - self.mean) / self.std
        images = images.contiguous(memory_format=torch.channels_last)
        labels = self.network(images).argmax(dim=1, keepdim=True).to(torch.float32)
        return F.interpolate(labels, crops.shape[1:3], mode="nearest")[:, 0].to(torch.int64).cpu().numpy()

    def _parsed_side(self, side: int) -> int:
        """The side at which crops of a side are parsed: a multiple of what the network halves."""
        wanted = min(float(self.side), self.largest_zoom * side)
        return max(LEAST_PX, int(wanted) // SMALLEST_STEP * SMALLEST_STEP)


def _resized(images: Tensor, side: int) -> Tensor:
    # Nearest when shrinking, as the published pipeline cuts its masks; enlarging small crops that way looks blocky.
    if images.shape[-1] >= side:
        return F.interpolate(images, (side, side), mode="nearest")
    return F.interpolate(images, (side, side), mode="bilinear", align_corners=False)
