"""Identity embeddings by dlib's face-recognition network: 128 numbers, weights inside an installed package."""

from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import nn

from stitch_exp.errors import WeightsError
from stitch_exp.host import installed
from stitch_exp.ops.chips import sample
from stitch_exp.recognisers.dlib_resnet import CHIP_PX, load_dlib_resnet
from stitch_exp.recognisers.embedding import as_batch, unit_embedding
from stitch_exp.weights.digests import file_digest

PACKAGE, FILE = "face_recognition_models", "dlib_face_recognition_resnet_model_v1.dat"
PADDING = 0.25
SUBPIXEL = 64
"""dlib takes whole-pixel landmarks; they are handed over on a grid this much finer."""


class DlibIdentity(nn.Module):
    """dlib's ResNet on chips aligned by the 68 landmarks, as dlib cuts them (150 px, padding 0.25).

    The network runs in PyTorch (`dlib_resnet`), on the run's device: dlib's own numbers within 1e-5, about twenty times
    faster on a CPU. Embeddings are scaled to length 1, so that products are cosines; dlib's threshold of 0.6 is about
    distances of unscaled ones.

    Attributes:
        name: `dlib`.
        weight_hash: SHA-256 of the weight file.
        crop: How the face is cut out.

    Raises:
        WeightsError: The package with the weights is not installed.

    Reference: King, "Dlib-ml: A Machine Learning Toolkit", JMLR 2009; He et al., CVPR 2016 (the architecture).
    """

    name = "dlib"
    crop = f"dlib chip {CHIP_PX} px, padding {PADDING}, 68 points"

    def __init__(self) -> None:
        super().__init__()
        path = _weights()
        self.weight_hash = file_digest(path)
        self.network = load_dlib_resnet(path).to(memory_format=torch.channels_last)

    @torch.no_grad()
    def embed(self, frame: UInt8[np.ndarray, "H W 3"], landmarks: Float[np.ndarray, "K 2"]) -> Float[np.ndarray, " D"]:
        """Unit vector of the face with these landmarks (frame pixels)."""
        chip = sample(frame, frame_from_chip(landmarks), CHIP_PX)
        return unit_embedding(self.network, as_batch(chip, self.network))


def frame_from_chip(landmarks: np.ndarray) -> Float[np.ndarray, "2 3"]:
    """Where dlib would cut, from landmarks with a fraction of a pixel."""
    import dlib

    points = [dlib.point(int(x), int(y)) for x, y in np.rint(landmarks * SUBPIXEL)]
    shape = dlib.full_object_detection(dlib.rectangle(0, 0, 1, 1), points)
    details = dlib.get_face_chip_details(shape, CHIP_PX, PADDING)
    low = np.array([details.rect.left(), details.rect.top()]) / SUBPIXEL
    high = np.array([details.rect.right(), details.rect.bottom()]) / SUBPIXEL
    cosine, sine = np.cos(details.angle), np.sin(details.angle)
    linear = np.array([[cosine, -sine], [sine, cosine]]) * (high - low)[None] / (CHIP_PX - 1)
    middle = np.full(2, (CHIP_PX - 1) / 2)
    return np.column_stack([linear, (low + high) / 2 - linear @ middle])


def _weights() -> Path:
    path = installed.find(PACKAGE, FILE)
    if path is None:
        raise WeightsError(
            f"identity=dlib needs {FILE} from the package face-recognition-models (public domain); "
            "install it with `pip install face-recognition-models`"
        )
    return path
