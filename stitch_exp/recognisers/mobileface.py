"""Identity embeddings by MobileFace, two megabytes that are part of the package."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from stitch_exp.ops.chips import five_points, sample, similarity
from stitch_exp.recognisers.arcface import CHIP_PX, TEMPLATE
from stitch_exp.recognisers.embedding import as_batch, unit_embedding
from stitch_exp.weights.digests import file_digest
from stitch_exp.weights.filling import fill, other_network, reading_as
from stitch_exp.weights.reading import read_tensors
from stitch_exp.weights.registry import present

WIDTHS = (32, 32, 64, 128)


class MobileFace(nn.Module):
    """Four residual stages of separable convolutions, each halving the picture, and one dense layer.

    Reference: the network of github.com/becauseofAI/MobileFace, in its TensorFlow.js form.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 32, 3, stride=2, padding=1, bias=False)
        self.stem_slope = nn.Parameter(torch.zeros(32))
        self.stages = nn.ModuleList(_Stage(ins, outs) for ins, outs in zip((32, *WIDTHS[:-1]), WIDTHS, strict=True))
        self.dense = nn.Linear(WIDTHS[-1] * 16, 256, bias=False)
        self.scale = nn.Parameter(torch.ones(256))
        self.shift = nn.Parameter(torch.zeros(256))

    def forward(self, images: Float[Tensor, "B 3 112 112"]) -> Float[Tensor, "B 256"]:
        """Embeddings of aligned RGB chips in [0, 255], not of unit length."""
        x = F.prelu(self.stem((images - 127.5) * 0.0078125), self.stem_slope)
        for stage in self.stages:
            x = stage(x)
        return self.dense(x.movedim(1, -1).flatten(1)) * self.scale + self.shift


class _Stage(nn.Module):
    def __init__(self, ins: int, outs: int) -> None:
        super().__init__()
        self.pointwise = nn.Conv2d(ins, outs, 1, bias=False)
        self.convs = nn.ModuleList(
            nn.Conv2d(outs, outs, 3, stride=stride, padding=1, groups=outs, bias=False) for stride in (2, 1, 1)
        )
        self.slopes = nn.ParameterList(torch.zeros(outs) for _ in range(3))

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B D H2 W2"]:
        first, second, third = (
            lambda y, conv=conv, slope=slope: F.prelu(conv(y), slope)
            for conv, slope in zip(self.convs, self.slopes, strict=True)
        )
        x = first(self.pointwise(x))
        return x + third(second(x))


class MobileFaceIdentity(nn.Module):
    """Embeddings of 256 numbers from chips aligned by five points.

    Args:
        weights: The network as a converted safetensors file, or as published for TensorFlow.js (`mobileface.json`).

    Attributes:
        name: `mobileface`.
        weight_hash: SHA-256 of the weight file.
        crop: How the face is cut out.

    Raises:
        WeightsError: The file is missing or of another network.
    """

    name = "mobileface"
    crop = f"eyes, nose and mouth corners on the template of ArcFace, {CHIP_PX} px"

    def __init__(self, *, weights: Path | str) -> None:
        super().__init__()
        path = present(Path(weights), "identity.weights")
        self.weight_hash = file_digest(path)
        self.network = load_mobileface(path).requires_grad_(False)

    @torch.no_grad()
    def embed(self, frame: UInt8[np.ndarray, "H W 3"], landmarks: Float[np.ndarray, "K 2"]) -> Float[np.ndarray, " D"]:
        """Unit vector of the face with these landmarks (frame pixels)."""
        chip = sample(frame, similarity(five_points(landmarks), TEMPLATE), CHIP_PX)
        return unit_embedding(self.network, as_batch(chip, self.network))


def load_mobileface(path: Path) -> MobileFace:
    """The network from its published tensors.

    Raises:
        WeightsError: The file is damaged or of another network.
    """
    tensors, _ = read_tensors(path)
    if "stage4_unit1_conv2_df" not in tensors:
        raise other_network(path, "MobileFace network", tensors)
    with reading_as("the MobileFace network", path):
        return fill(MobileFace, {}, _renamed(tensors), path)


def _renamed(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    state = {
        "stem.weight": tensors["conv1_weight"].permute(3, 2, 0, 1),
        "stem_slope": tensors["prelu1_gamma"],
        "dense.weight": tensors["dense/kernel"].T,
        "scale": tensors["batchnorm0/mul"],
        "shift": tensors["batchnorm0/sub"],
    }
    for index in range(len(WIDTHS)):
        unit_name, stage = f"stage{index + 1}_unit1", f"stages.{index}"
        state[f"{stage}.pointwise.weight"] = tensors[f"{unit_name}_conv0_0_weight"].permute(3, 2, 0, 1)
        for place, kernel in enumerate(("conv0_1_df", "conv1_df", "conv2_df")):
            state[f"{stage}.convs.{place}.weight"] = tensors[f"{unit_name}_{kernel}"].permute(2, 3, 0, 1)
            state[f"{stage}.slopes.{place}"] = tensors[f"{unit_name}_prelu{place}_gamma"]
    return state
