"""Identity, age and gender by a small MobileNet that is part of the package: nothing to fetch, nothing of dlib's."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from stitch_exp.ops.chips import sample, upright_box
from stitch_exp.recognisers.embedding import as_batch, unit_embedding
from stitch_exp.settings import NonNegative, checked
from stitch_exp.weights.digests import file_digest
from stitch_exp.weights.filling import fill, other_network, reading_as
from stitch_exp.weights.reading import read_tensors
from stitch_exp.weights.registry import present

CHIP_PX = 224
WIDTHS = (64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024)
HALVED = (1, 3, 5, 11)
"""Blocks that halve the picture."""


class FaceRes(nn.Module):
    """MobileNet-v1 with heads for age and gender.

    Reference: Howard et al., "MobileNets", 2017; Savchenko, "Efficient facial representations for age, gender and
        identity recognition", PeerJ Computer Science 2019.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 32, 3, stride=2)
        ins = (32, *WIDTHS[:-1])
        self.blocks = nn.ModuleList(
            _Separable(ins[index], WIDTHS[index], 2 if index in HALVED else 1) for index in range(len(WIDTHS))
        )
        self.hidden = nn.Linear(WIDTHS[-1], 256)
        self.gender = nn.Linear(256, 1)
        self.age = nn.Linear(256, 100)

    def forward(self, images: Float[Tensor, "B 3 224 224"]) -> Float[Tensor, "B 1024"]:
        """Embeddings of RGB chips in [0, 255], not of unit length."""
        x = F.relu6(self.stem(_for_halving(images)))
        for block in self.blocks:
            x = block(x)
        return x.mean(dim=(2, 3))

    def judge(self, embeddings: Float[Tensor, "B 1024"]) -> tuple[Float[Tensor, "B 100"], Float[Tensor, " B"]]:
        """Probabilities of the ages 0 to 99 in years, and of being male."""
        x = F.relu(self.hidden(embeddings))
        return self.age(x).softmax(dim=1), self.gender(x).sigmoid()[:, 0]


class _Separable(nn.Module):
    """A convolution by channel, then one across channels; normalisations are folded into both."""

    def __init__(self, ins: int, outs: int, stride: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(ins, ins, 3, stride=stride, padding=0 if stride == 2 else 1, groups=ins)
        self.pointwise = nn.Conv2d(ins, outs, 1)
        self.halves = stride == 2

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B D H2 W2"]:
        x = F.relu6(self.depthwise(_for_halving(x) if self.halves else x))
        return F.relu6(self.pointwise(x))


def _for_halving(x: Tensor) -> Tensor:
    """Zeros as TensorFlow puts them for even sides: a step of two sees none on the left and on top."""
    return F.pad(x, (0, 1, 0, 1))


@checked
class FaceResIdentity(nn.Module):
    """Embeddings of 1024 numbers, and a judgement of age and gender, from upright square crops around the landmarks.

    Args:
        weights: The network as a converted safetensors file, or as published for TensorFlow.js (`faceres.json`).
        margin: How much free space is left around the face, as a share of its longer side.

    Attributes:
        name: `faceres_mobilenet_v1`.
        weight_hash: SHA-256 of the weight file.
        crop: How the face is cut out.

    Raises:
        WeightsError: The file is missing or of another network.
    """

    name = "faceres_mobilenet_v1"

    def __init__(self, *, weights: Path | str, margin: NonNegative) -> None:
        super().__init__()
        path = present(Path(weights), "identity.weights")
        self.weight_hash, self.margin = file_digest(path), margin
        self.crop = f"upright box of the landmarks with margin {margin:g}, {CHIP_PX} px"
        self.network = load_faceres(path).requires_grad_(False).to(memory_format=torch.channels_last)

    @torch.no_grad()
    def embed(self, frame: UInt8[np.ndarray, "H W 3"], landmarks: Float[np.ndarray, "K 2"]) -> Float[np.ndarray, " D"]:
        """Unit vector of the face with these landmarks (frame pixels)."""
        return unit_embedding(self.network, self._chip(frame, landmarks))

    @torch.no_grad()
    def judge(self, frame: UInt8[np.ndarray, "H W 3"], landmarks: Float[np.ndarray, "K 2"]) -> dict[str, float]:
        """`age`, as expected in years, and `gender` as the probability of a man's face."""
        ages, male = self.network.judge(self.network(self._chip(frame, landmarks)))
        years = torch.arange(ages.shape[1], device=ages.device, dtype=ages.dtype)
        return {"age": float(ages[0] @ years), "gender": float(male[0])}

    def _chip(self, frame: np.ndarray, landmarks: np.ndarray) -> Float[Tensor, "1 3 S S"]:
        chip = sample(frame, upright_box(landmarks, self.margin, CHIP_PX), CHIP_PX)
        return as_batch(chip, self.network)


def load_faceres(path: Path) -> FaceRes:
    """The network from its published tensors.

    Raises:
        WeightsError: The file is damaged or of another network.
    """
    tensors, _ = read_tensors(path)
    if "conv_dw_13/depthwise_kernel" not in tensors:
        raise other_network(path, "FaceRes network", tensors)
    with reading_as("the FaceRes network", path):
        return fill(FaceRes, {}, _renamed(tensors), path)


def _renamed(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    state = _convolution(tensors, "conv1", "stem")
    for index in range(len(WIDTHS)):
        layer, block = f"conv_dw_{index + 1}", f"blocks.{index}"
        gain = tensors[f"{layer}_bn/batchnorm_1/mul"].float()  # published in half precision
        kernel = tensors[f"{layer}/depthwise_kernel"].permute(2, 3, 0, 1)
        state[f"{block}.depthwise.weight"] = kernel * gain[:, None, None, None]
        state[f"{block}.depthwise.bias"] = tensors[f"{layer}_bn/batchnorm_1/sub"]
        state |= _convolution(tensors, f"conv_pw_{index + 1}", f"{block}.pointwise")
    for layer, name in {"feats": "hidden", "gender_pred": "gender", "age_pred": "age"}.items():
        state |= {f"{name}.weight": tensors[f"{layer}/kernel"].T, f"{name}.bias": tensors[f"{layer}/bias"]}
    return state


def _convolution(tensors: Mapping[str, Tensor], layer: str, name: str) -> dict[str, Tensor]:
    weight = tensors[f"{layer}/convolution/merged_input"].permute(3, 2, 0, 1)
    return {f"{name}.weight": weight, f"{name}.bias": tensors[f"{layer}_bn/batchnorm_1/sub"]}
