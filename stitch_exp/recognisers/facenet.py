"""Identity embeddings by FaceNet's successor InceptionResnetV1, the class of the package facenet-pytorch."""

from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from stitch_exp.ops.chips import sample, upright_box
from stitch_exp.recognisers.embedding import unit_embedding
from stitch_exp.settings import NonNegative, checked
from stitch_exp.weights.digests import file_digest
from stitch_exp.weights.filling import fill
from stitch_exp.weights.reading import read_tensors
from stitch_exp.weights.registry import present

CHIP_PX = 160


@checked
class FacenetIdentity(nn.Module):
    """InceptionResnetV1 on upright square crops around the landmarks. Nothing is downloaded.

    Args:
        weights: `20180402-114759-vggface2.pt` or a converted copy; the classifier in it is left out.
        margin: How much free space is left around the face, as a share of its longer side.

    Attributes:
        name: `facenet_inception_resnet_v1`.
        weight_hash: SHA-256 of the weight file.
        crop: How the face is cut out.

    Raises:
        WeightsError: The file is missing or of another network.

    Reference: Szegedy et al., "Inception-v4, Inception-ResNet", AAAI 2017; Schroff et al., "FaceNet", CVPR 2015;
        SPEC 10.
    """

    name = "facenet_inception_resnet_v1"

    def __init__(self, *, weights: Path | str, margin: NonNegative) -> None:
        super().__init__()
        path = present(Path(weights), "identity.weights")
        self.weight_hash, self.margin = file_digest(path), margin
        self.crop = f"upright box of the landmarks with margin {margin:g}, {CHIP_PX} px"
        self.network = load_facenet(path).requires_grad_(False)

    @torch.no_grad()
    def embed(self, frame: UInt8[np.ndarray, "H W 3"], landmarks: Float[np.ndarray, "K 2"]) -> Float[np.ndarray, " D"]:
        """Unit vector of the face with these landmarks (frame pixels)."""
        chip = sample(frame, upright_box(landmarks, self.margin, CHIP_PX), CHIP_PX)
        return unit_embedding(self.network, normalised(chip))


def load_facenet(path: Path) -> nn.Module:
    """InceptionResnetV1 without its classifier, from a local file.

    Raises:
        WeightsError: The file is damaged or of another network.
    """
    from facenet_pytorch.models.inception_resnet_v1 import InceptionResnetV1

    state = {key: value for key, value in read_tensors(path)[0].items() if not key.startswith("logits.")}
    return fill(InceptionResnetV1, {}, state, path)


def normalised(chip: UInt8[np.ndarray, "S S 3"]) -> Float[Tensor, "1 3 S S"]:
    """8-bit RGB as the network was trained: (x - 127.5) / 128."""
    return (torch.from_numpy(chip).movedim(-1, 0)[None].to(torch.float32) - 127.5) / 128.0
