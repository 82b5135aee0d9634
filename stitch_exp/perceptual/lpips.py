"""LPIPS: distance of deep features, calibrated on human judgements.

Reference: Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric", CVPR 2018,
equation 1; version 0.1 of the published weights (SPEC 6).
"""

from importlib.util import find_spec
from pathlib import Path

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from stitch_exp.errors import ConfigError, WeightsError
from stitch_exp.settings import Count, checked
from stitch_exp.weights.filling import check_keys, finite
from stitch_exp.weights.layouts import part
from stitch_exp.weights.reading import read_tensors
from stitch_exp.weights.registry import present

TAPS = {"alex": (1, 4, 7, 9, 11), "vgg": (3, 8, 15, 22, 29)}
"""Layers of torchvision's `features` whose outputs, after their ReLU, are compared."""
SHIFT, SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
TINY = 1e-20


@checked
class LPIPS(nn.Module):
    """Perceptual distance with the trunk of a local file and the linear heads of the package `lpips`.

    Args:
        trunk: Which network looks at the pictures: `alex` (AlexNet) or `vgg` (VGG16).
        weights: torchvision's file of that trunk, `alexnet-owt-7be5be79.pth` or `vgg16-397923af.pth`.
        resize_px: The side, in pixels, to which larger images are averaged down first; None compares them as they are,
            as the paper does.

    Attributes:
        name: `lpips_alex` or `lpips_vgg`.

    Raises:
        ConfigError: Another trunk.
        WeightsError: A file is missing or of another network.
    """

    shift: Float[Tensor, "3 1 1"]
    scale: Float[Tensor, "3 1 1"]

    def __init__(self, *, trunk: str, weights: Path | str, resize_px: Count | None) -> None:
        super().__init__()
        if trunk not in TAPS:
            raise ConfigError(f"perceptual.trunk is {trunk!r}; use one of {', '.join(TAPS)}")
        self.name, self.taps, self.resize_px = f"lpips_{trunk}", TAPS[trunk], resize_px
        self.layers = _trunk(trunk, present(Path(weights), "perceptual.weights"))
        for index, head in enumerate(_heads(trunk)):
            self.register_buffer(f"head{index}", head)
        self.register_buffer("shift", torch.tensor(SHIFT)[:, None, None])
        self.register_buffer("scale", torch.tensor(SCALE)[:, None, None])
        self.requires_grad_(False).eval()

    def features(self, images: Float[Tensor, "B 3 S S"]) -> list[Float[Tensor, "B _ _ _"]]:
        """What `compare` takes: feature maps, each position scaled to length 1."""
        x = (shrunk(images, self.resize_px) - self.shift) / self.scale
        maps = []
        for index, layer in enumerate(self.layers):
            x = layer(x)
            if index in self.taps:
                maps.append(x * (x.square().sum(dim=1, keepdim=True) + TINY).rsqrt())
        return maps

    def compare(
        self, features_a: list[Float[Tensor, "B _ _ _"]], features_b: list[Float[Tensor, "B _ _ _"]]
    ) -> Float[Tensor, " B"]:
        """Distance of each pair, 0 for equal images, rarely above 1."""
        return torch.stack(self.per_layer(features_a, features_b)).sum(dim=0)

    def per_layer(
        self, features_a: list[Float[Tensor, "B _ _ _"]], features_b: list[Float[Tensor, "B _ _ _"]]
    ) -> list[Float[Tensor, " B"]]:
        """What each layer adds to the distance."""
        heads = [getattr(self, f"head{index}") for index in range(len(self.taps))]
        pairs = zip(features_a, features_b, heads, strict=True)
        return [F.conv2d((a - b).square(), head).mean(dim=(1, 2, 3)) for a, b, head in pairs]

    def forward(self, a: Float[Tensor, "B 3 S S"], b: Float[Tensor, "B 3 S S"]) -> Float[Tensor, " B"]:
        """Distance of images in [-1, 1]."""
        return self.compare(self.features(a), self.features(b))


def shrunk(images: Float[Tensor, "B 3 S S"], side: int | None) -> Float[Tensor, "B 3 R R"]:
    """Images averaged down to `side`, if they are larger."""
    if side is None or images.shape[-1] <= side:
        return images
    return F.interpolate(images, (side, side), mode="area")


def _trunk(name: str, path: Path) -> nn.Sequential:
    """torchvision's convolutional layers up to the last one that is compared."""
    from torchvision import models

    with torch.device("meta"):
        layers = {"alex": models.alexnet, "vgg": models.vgg16}[name](weights=None).features[: TAPS[name][-1] + 1]
    state = part(read_tensors(path)[0], "features")
    expected = {key: value.shape for key, value in layers.state_dict().items()}
    known = {key: finite(key, value, path) for key, value in state.items() if key in expected}
    check_keys(expected, known, f"'{path}' is not the trunk of lpips_{name}")
    layers.load_state_dict(known, assign=True)
    return layers


def _heads(name: str) -> list[Tensor]:
    """The five 1x1 convolutions that weigh channels, from the installed package (which is not imported)."""
    spec = find_spec("lpips")
    if spec is None or spec.origin is None:
        raise WeightsError("perceptual=lpips_* needs the linear heads of the package lpips; run `pip install lpips`")
    tensors, _ = read_tensors(Path(spec.origin).parent / "weights" / "v0.1" / f"{name}.pth")
    return [tensors[f"lin{index}.model.1.weight"] for index in range(len(TAPS[name]))]
