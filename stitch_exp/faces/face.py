"""What a detector says about one face, and what every detector can do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A face found in one frame; coordinates are (x, y) in pixels, the first pixel's centre being (0, 0)."""

    landmarks: Float[np.ndarray, "68 2"]
    """The 68 iBUG points: jaw 0-16, brows 17-26, nose 27-35, eyes 36-47, mouth 48-67."""
    box: Float[np.ndarray, " 4"]
    """Left, top, right, bottom of the detection."""
    score: float
    """The detector's confidence, in the detector's own unit."""

    @property
    def center(self) -> Float[np.ndarray, " 2"]:
        """Middle of the box."""
        return (self.box[:2] + self.box[2:]) / 2

    @property
    def side(self) -> float:
        """The longer side of the box in pixels."""
        return float(max(self.box[2] - self.box[0], self.box[3] - self.box[1]))

    @property
    def roll(self) -> float:
        """How far the line of the eyes is turned clockwise from upright, in degrees, -180 to 180."""
        x, y = self.landmarks[42:48].mean(axis=0) - self.landmarks[36:42].mean(axis=0)
        return float(np.degrees(np.arctan2(y, x)))

    def placed(self, frame_from_image: Float[np.ndarray, "2 3"]) -> Face:
        """The same face in another image's pixels, by a similarity of pixel indices; the box keeps its axes."""
        linear, shift = frame_from_image[:, :2], frame_from_image[:, 2]
        half = (self.box[2:] - self.box[:2]) / 2 * np.sqrt(abs(np.linalg.det(linear)))
        center = linear @ self.center + shift
        return Face(self.landmarks @ linear.T + shift, np.concatenate([center - half, center + half]), self.score)

    def moved(self, factor: float, offset: Float[np.ndarray, " 2"]) -> Face:
        """The same face in another image's pixels: divided by `factor`, in continuous coordinates, then shifted.

        Args:
            factor: Pixels of the image this face was found in, for one pixel of the other.
            offset: Where that image's corner lies in the other, in pixels.
        """
        box = _moved(self.box.reshape(2, 2), factor, offset).ravel()
        return Face(_moved(self.landmarks, factor, offset), box, self.score)


def _moved(points: np.ndarray, factor: float, offset: np.ndarray) -> np.ndarray:
    # Pixel i is centred at i + 0.5 in continuous coordinates; scaling without this shifts points by half a pixel.
    return (points + 0.5) / factor - 0.5 + offset
