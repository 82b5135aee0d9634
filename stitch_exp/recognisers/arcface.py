"""Identity embeddings by ArcFace with an IR-SE50 trunk.

Reference: Deng et al., "ArcFace: Additive Angular Margin Loss for Deep Face Recognition", CVPR 2019; layout as in
SPEC 10.
"""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from stitch_exp.networks import irse
from stitch_exp.ops.chips import five_points, sample, similarity
from stitch_exp.ops.ranges import to_unit
from stitch_exp.recognisers.embedding import unit_embedding
from stitch_exp.weights.digests import file_digest
from stitch_exp.weights.filling import fill
from stitch_exp.weights.reading import read_tensors
from stitch_exp.weights.registry import present

CHIP_PX = 112
TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
"""Where the five points of a face lie in the chips the network was trained on."""


class ArcFace(nn.Module):
    """Trunk and embedding head; a state dict of it is the public `model_ir_se50.pth`."""

    def __init__(self) -> None:
        super().__init__()
        width = irse.PUBLIC_WIDTHS[-1]
        self.input_layer = irse.input_layer(3, irse.PUBLIC_WIDTHS[0])
        self.output_layer = nn.Sequential(
            nn.BatchNorm2d(width), nn.Dropout(0.6), nn.Flatten(), nn.Linear(width * 7 * 7, 512), nn.BatchNorm1d(512)
        )
        self.body = irse.body()

    def forward(self, chips: Float[Tensor, "B 3 112 112"]) -> Float[Tensor, "B D"]:
        """Unit embeddings of chips in [-1, 1]."""
        return F.normalize(self.output_layer(self.body(self.input_layer(chips))))


class ArcFaceIdentity(nn.Module):
    """ArcFace on chips aligned by eyes, nose and mouth corners.

    Args:
        weights: File of the public network, `model_ir_se50.pth`, or a converted copy.

    Attributes:
        name: `arcface_irse50`.
        weight_hash: SHA-256 of the weight file.
        crop: How the face is cut out.

    Raises:
        WeightsError: The file is missing or of another network.
    """

    name = "arcface_irse50"
    crop = f"five-point similarity to {CHIP_PX} px"

    def __init__(self, *, weights: Path | str) -> None:
        super().__init__()
        path = present(Path(weights), "identity.weights")
        self.weight_hash = file_digest(path)
        self.network = fill(ArcFace, {}, read_tensors(path)[0], path).requires_grad_(False)

    @torch.no_grad()
    def embed(self, frame: UInt8[np.ndarray, "H W 3"], landmarks: Float[np.ndarray, "K 2"]) -> Float[np.ndarray, " D"]:
        """Unit vector of the face with these landmarks (frame pixels)."""
        chip = sample(frame, similarity(five_points(landmarks), TEMPLATE), CHIP_PX)
        return unit_embedding(self.network, to_unit(chip)[None])
