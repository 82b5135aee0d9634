"""dlib's face-recognition network in PyTorch: differentiable, in batches, on any device.

dlib runs this network one face at a time on the CPU and gives no gradient. Here its published weights are read into
plain convolutions, so that identity can be a training loss (as ArcFace is in pSp and e4e) and a fast metric.

Reference: King, "Dlib-ml: A Machine Learning Toolkit", JMLR 2009, and dlib's `dnn_face_recognition` (architecture, the
serialized format); He et al., CVPR 2016.
"""

import re
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from stitch_exp.errors import WeightsError
from stitch_exp.weights.registry import present

CHIP_PX = 150
MEAN, SCALE = (122.782, 117.001, 104.298), 256.0
"""Channel means (R, G, B) taken off 8-bit values, and the divisor, as stored in dlib's input layer."""
BLOCKS = ((32, 1), (32, 1), (32, 1), (64, 2), (64, 1), (64, 1), (64, 1), (128, 2), (128, 1), (128, 1), (256, 2))
BLOCKS = (*BLOCKS, (256, 1), (256, 1), (256, 2))
"""Channels and stride of the residual blocks, from the input on."""
RECORD = re.compile(rb"\x01(?:\x05con_4|\x07affine_|\x04fc_2)")
TENSOR = b"\x01\x02"


class _Block(nn.Module):
    """Two 3x3 convolutions around a shortcut; a smaller term of the sum is filled up with zeros, as dlib does."""

    def __init__(self, wide_in: int, wide: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(wide_in, wide, 3, stride, padding=1 if stride == 1 else 0)
        self.second = nn.Conv2d(wide, wide, 3, padding=1)
        self.stride = stride

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B D h w"]:
        residual = self.second(F.relu(self.first(x)))
        shortcut = x if self.stride == 1 else F.avg_pool2d(x, 2)
        size = [max(a, b) for a, b in zip(residual.shape[1:], shortcut.shape[1:], strict=True)]
        return F.relu(_filled(residual, size) + _filled(shortcut, size))


class DlibResNet(nn.Module):
    """29 convolutions and 128 outputs; two photos of one person lie closer than 0.6.

    Affine layers are folded into the convolutions before them.
    """

    mean: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 32, 7, 2)
        widths = [32, *(wide for wide, _ in BLOCKS)]
        self.blocks = nn.Sequential(*(_Block(w, *block) for w, block in zip(widths, BLOCKS, strict=False)))
        self.head = nn.Linear(256, 128, bias=False)
        self.register_buffer("mean", torch.tensor(MEAN).view(3, 1, 1))

    def forward(self, chips: Float[Tensor, "B 3 150 150"]) -> Float[Tensor, "B 128"]:
        """Descriptors, not scaled, of RGB chips in [0, 255]."""
        x = F.max_pool2d(F.relu(self.stem((chips - self.mean) / SCALE)), 3, 2)
        return self.head(self.blocks(x).mean(dim=(2, 3)))

    def convolutions(self) -> list[nn.Conv2d]:
        """From the input on, the order of the file."""
        return [module for module in self.modules() if isinstance(module, nn.Conv2d)]


def load_dlib_resnet(path: Path | str) -> DlibResNet:
    """The network with the weights of dlib's own file.

    Raises:
        WeightsError: The file is missing, damaged or another network of dlib.
    """
    path, network = present(Path(path)), DlibResNet().eval()
    arrays = _parameters(path.read_bytes())
    try:
        for conv in network.convolutions():
            kernel, affine = next(arrays), next(arrays).reshape(2, -1)
            count = conv.out_channels
            gain, shift = affine[0], affine[1]
            weight, bias = kernel[:-count].reshape(conv.weight.shape), kernel[-count:]
            conv.weight.data = torch.from_numpy(weight * gain[:, None, None, None])
            conv.bias = nn.Parameter(torch.from_numpy(bias * gain + shift))
        network.head.weight.data = torch.from_numpy(next(arrays).reshape(256, 128).T.copy())
    except (StopIteration, ValueError) as error:
        raise WeightsError(f"'{path}' is not dlib's dlib_face_recognition_resnet_model_v1.dat, or damaged") from error
    return network.requires_grad_(False)


def _parameters(data: bytes):
    """Parameters of every convolution, affine and fully connected layer, in the order of the file."""
    position = 0
    while found := RECORD.search(data, position):
        position = found.end()
        if found.group().endswith(b"fc_2"):
            _, position = _integer(data, position)
            _, position = _integer(data, position)
        if data[position : position + 2] != TENSOR:
            raise ValueError("no tensor follows")
        position, count = position + 2, 1
        for _ in range(4):
            size, position = _integer(data, position)
            count *= size
        yield np.frombuffer(data, "<f4", count, position)
        position += 4 * count


def _integer(data: bytes, position: int) -> tuple[int, int]:
    """dlib writes the number of bytes, then the bytes, lowest first."""
    length = data[position] & 0x0F
    return int.from_bytes(data[position + 1 : position + 1 + length], "little"), position + 1 + length


def _filled(x: Tensor, size: list[int]) -> Tensor:
    channels, height, width = (want - have for want, have in zip(size, x.shape[1:], strict=True))
    return F.pad(x, (0, width, 0, height, 0, channels)) if channels or height or width else x
