"""Is it the same person? A loss by the two recognisers that come with the package.

dlib's network, which judges encoders and identity, takes no part in it.

Reference: Richardson et al. 2021, "Encoding in Style" (pSp), equation 4, with ArcFace.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor, nn

from stitch_exp.recognisers import arcface, faceres
from stitch_exp.recognisers.faceres import load_faceres
from stitch_exp.recognisers.mobileface import load_mobileface
from stitch_exp.training.recognition import Box, chips, moved

MOBILEFACE_BOX: Box = (0.125, 0.120, 0.743)
"""Left, top and side of the recogniser's chip in an FFHQ-aligned picture, in picture sides: mean over 60 faces."""
FACERES_BOX: Box = (0.052, 0.115, 0.886)
"""The same with the margin of `identity=faceres`."""


@dataclass(frozen=True, slots=True)
class Recogniser:
    """A network that tells people apart.

    Args:
        network: Chips in [0, 255] to embeddings.
        box: Where its chip lies in an aligned picture.
        side: Side of the chip in px.
    """

    network: nn.Module
    box: Box
    side: int


def shipped_recognisers(folder: Path) -> list[Recogniser]:
    """MobileFace and FaceRes from the package's folder of recognisers, frozen."""
    mobileface = load_mobileface(folder / "mobileface.safetensors").requires_grad_(False)
    of_faces = load_faceres(folder / "faceres.safetensors").requires_grad_(False)
    return [
        Recogniser(mobileface, MOBILEFACE_BOX, arcface.CHIP_PX),
        Recogniser(of_faces.to(memory_format=torch.channels_last), FACERES_BOX, faceres.CHIP_PX),
    ]


class PersonLoss(nn.Module):
    """One minus the cosine of embeddings, mean over recognisers and faces: 0 for one person, about 1 for strangers.

    Every call looks at boxes that lie a little aside, mirrored or not, so that no texture can please one view.
    """

    def __init__(self, recognisers: Sequence[Recogniser]) -> None:
        super().__init__()
        self.networks = nn.ModuleList(recogniser.network for recogniser in recognisers)
        self.places = [(recogniser.box, recogniser.side) for recogniser in recognisers]

    def forward(self, images: Float[Tensor, "B 3 S S"], targets: Float[Tensor, "B 3 S S"]) -> Float[Tensor, ""]:
        """For FFHQ-aligned images in [-1, 1]; targets take no gradient."""
        if torch.rand(()) < 0.5:
            images, targets = images.flip(-1), targets.flip(-1)
        return 1 - self._likeness(images, targets, [(moved(box), side) for box, side in self.places]).mean()

    def likeness(self, images: Float[Tensor, "B 3 S S"], targets: Float[Tensor, "B 3 S S"]) -> Float[Tensor, " N"]:
        """Mean cosine of each recogniser, without chance."""
        return self._likeness(images, targets, self.places)

    def _likeness(self, images: Tensor, targets: Tensor, places: list[tuple[Box, int]]) -> Float[Tensor, " N"]:
        found = []
        for network, (box, side) in zip(self.networks, places, strict=True):
            with torch.no_grad():
                wanted = network(chips(targets, box, side))
            found.append(torch.cosine_similarity(network(chips(images, box, side)), wanted).mean())
        return torch.stack(found)
