"""What a camera does to a face between two moments: it is another place, another light, another sharpness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, NamedTuple

import cv2
import numpy as np
from jaxtyping import Float, Float32, UInt8

from stitch_exp.distill.occluders import cover
from stitch_exp.settings import NonNegative, Range, Share, checked

Degrees = Annotated[float, Range(0, 45)]


class View(NamedTuple):
    """One example, all in levels of 255 but for the mask."""

    filmed: Float32[np.ndarray, "S S 3"]
    """What the network sees: moved, relit, blurred, noisy, compressed."""
    clean: Float32[np.ndarray, "S S 3"]
    """The same without blur, noise and compression."""
    change: Float32[np.ndarray, "S S 3"]
    """What the edit adds under this light; nothing where something passes before the face."""
    mask: Float32[np.ndarray, "S S"]
    landmarks: Float[np.ndarray, "68 2"]
    """Where a tracker would see them: moved, and a little off."""


@checked
@dataclass(frozen=True, slots=True)
class Camera:
    """How far views differ from the clip.

    Args:
        shift: Error of the alignment, standard deviation in crop sides.
        turn: The same in degrees.
        zoom: The same of the logarithm of the size.
        light: Standard deviation of the logarithm of the brightness.
        tint: The same of each colour by itself.
        blur: Widest blur at a crop side of 256 px, in px.
        noise: Strongest noise in levels.
        compressed: Share of views that went through JPEG, of quality 35 to 95.
        covered: Share of views in which something passes before the face (`occluders`).
        tremble: Error of each landmark, standard deviation in crop sides.
    """

    shift: Share
    turn: Degrees
    zoom: Share
    light: Share
    tint: Share
    blur: NonNegative
    noise: NonNegative
    compressed: Share
    covered: Share
    tremble: Share

    def view(
        self,
        source: UInt8[np.ndarray, "S S 3"],
        target: UInt8[np.ndarray, "S S 3"],
        mask: UInt8[np.ndarray, "S S"],
        landmarks: Float[np.ndarray, "68 2"],
        chance: np.random.Generator,
    ) -> View:
        """A random view of a pair.

        The change is that of the pair, moved and relit; blur and noise are the camera's and not the edit's to mend.
        """
        side = source.shape[0]
        place = self._place(side, chance)
        before, after = (_moved(image, place, side, cv2.BORDER_REFLECT) for image in (source, target))
        there = landmarks @ place[:, :2].T + place[:, 2] + chance.normal(0, self.tremble * side, landmarks.shape)
        light = np.exp(chance.normal(0, self.light) + chance.normal(0, self.tint, 3)).astype(np.float32)
        clean = np.clip(before * light, 0, 255)
        change = np.clip(after * light, 0, 255) - clean
        inside = _moved(mask, place, side, cv2.BORDER_CONSTANT) / np.float32(255)
        if chance.random() < self.covered:
            colour, alpha = cover(clean, chance)
            clean += (colour - clean) * alpha[..., None]
            change *= 1 - alpha[..., None]
            inside *= 1 - alpha
        return View(self._filmed(clean, chance), clean, change, inside, there)

    def _place(self, side: int, chance: np.random.Generator) -> np.ndarray:
        middle = (side / 2 - 0.5, side / 2 - 0.5)
        place = cv2.getRotationMatrix2D(middle, chance.normal(0, self.turn), np.exp(chance.normal(0, self.zoom)))
        place[:, 2] += chance.normal(0, self.shift * side, 2)
        return place

    def _filmed(self, clean: Float32[np.ndarray, "S S 3"], chance: np.random.Generator) -> np.ndarray:
        sigma = chance.uniform(0, self.blur) * clean.shape[0] / 256
        filmed = cv2.GaussianBlur(clean, (0, 0), sigma) if sigma > 0.1 else clean
        noise = chance.standard_normal(clean.shape, np.float32) * np.float32(chance.uniform(0, self.noise))
        pixels = np.clip(np.rint(filmed + noise), 0, 255).astype(np.uint8)
        if chance.random() < self.compressed:
            quality = int(chance.integers(35, 96))
            _, content = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
            pixels = cv2.imdecode(content, cv2.IMREAD_COLOR)
            assert pixels is not None
        return pixels.astype(np.float32)


def _moved(image: np.ndarray, place: np.ndarray, side: int, border: int) -> np.ndarray:
    return cv2.warpAffine(image, place, (side, side), flags=cv2.INTER_LINEAR, borderMode=border).astype(np.float32)
