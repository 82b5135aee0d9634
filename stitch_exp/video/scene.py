"""The scene of a synthetic clip: a face of the generator, moved in front of a background, seen by a camera."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float, UInt8


@dataclass(frozen=True, slots=True)
class Camera:
    """How the scene is recorded."""

    shake_px: float = 0.0
    """Largest movement of a hand-held camera, in pixels of the frame; 0 is a tripod."""
    jpeg_quality: int | None = None
    """Each frame is compressed by itself as JPEG of this quality, 1 to 100; None: not at all."""


class Scene:
    """Where everything lies at a time; the same settings give the same pixels.

    Args:
        size: Height and width of the frame.
        seed: Which background.
        camera: How the scene is recorded.
    """

    def __init__(self, size: tuple[int, int], seed: int, camera: Camera) -> None:
        self.size, self.camera = size, camera
        self._texture = _texture(size, seed)

    def frame(self, face: UInt8[np.ndarray, "S S 3"], seconds: float) -> UInt8[np.ndarray, "H W 3"]:
        """The recorded frame with this face in it."""
        height, width = self.size
        moved = cv2.warpAffine(
            face.astype(np.float32), self.placement(face.shape[0], seconds), (width, height),
            borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        alpha = self.head(face.shape[0], seconds)[..., None]
        background = self._background(seconds)
        frame = np.rint(background * (1.0 - alpha) + moved * alpha).clip(0, 255).astype(np.uint8)
        return frame if self.camera.jpeg_quality is None else _compressed(frame, self.camera.jpeg_quality)

    def head(self, side: int, seconds: float) -> Float[np.ndarray, "H W"]:
        """How opaque the face is before the background, 0 to 1."""
        return cv2.warpAffine(_outline(side), self.placement(side, seconds), self.size[::-1])

    def placement(self, side: int, seconds: float) -> Float[np.ndarray, "2 3"]:
        """Frame pixels (x, y) from pixels of the face's picture of `side`, both counted from pixel centres."""
        placement = _placement(seconds, side, self.size)
        placement[:, 2] += self._shift(seconds)
        return placement

    def _background(self, seconds: float) -> Float[np.ndarray, "H W 3"]:
        height, width = self.size
        slide = int(30 * seconds) % self._texture.shape[1]
        background = np.roll(self._texture, -slide, axis=1)[:height, :width]
        if not self.camera.shake_px:
            return background
        shift = np.column_stack([np.eye(2), self._shift(seconds)])
        return cv2.warpAffine(background, shift, (width, height), borderMode=cv2.BORDER_REFLECT)

    def _shift(self, seconds: float) -> Float[np.ndarray, " 2"]:
        """A slow sway and a faster tremble, each within `shake_px` in sum."""
        turns = 2.0 * np.pi * seconds / np.array([[1.9, 0.47], [2.3, 0.38]])
        return self.camera.shake_px * (np.sin(turns) @ np.array([0.7, 0.3]))


def _compressed(frame: UInt8[np.ndarray, "H W 3"], quality: int) -> UInt8[np.ndarray, "H W 3"]:
    _, content = cv2.imencode(".jpg", frame[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(content, cv2.IMREAD_COLOR)
    assert decoded is not None
    return np.ascontiguousarray(decoded[..., ::-1])


def _placement(seconds: float, side: int, size: tuple[int, int]) -> Float[np.ndarray, "2 3"]:
    """Where the face lies: 60 % of the frame's height, drifting, rolling and zooming a little."""
    height, width = size
    angle = 4.0 * np.sin(2.0 * np.pi * seconds / 3.7)
    scale = 0.8 * height / side * (1.0 + 0.05 * np.sin(2.0 * np.pi * seconds / 4.3))
    placement = cv2.getRotationMatrix2D((side / 2.0, side / 2.0), angle, scale)
    drift = np.array(
        [0.06 * width * np.sin(2 * np.pi * seconds / 3.1), 0.03 * height * np.sin(2 * np.pi * seconds / 2.3)]
    )
    placement[:, 2] += np.array([width, height * 1.06]) / 2.0 - side / 2.0 + drift
    return placement


def _outline(side: int) -> Float[np.ndarray, "S S"]:
    """An oval that is opaque over the head and soft at its edge."""
    y, x = np.mgrid[0:side, 0:side] / (side - 1) * 2.0 - 1.0
    distance = np.sqrt((x / 0.93) ** 2 + (y / 0.97) ** 4)
    return np.clip((1.0 - distance) / 0.12, 0.0, 1.0).astype(np.float32)


def _texture(size: tuple[int, int], seed: int) -> Float[np.ndarray, "H V 3"]:
    """Coloured blobs of several sizes, periodic from left to right."""
    height, width = size
    rng = np.random.default_rng(seed)
    texture = np.full((height, 2 * width, 3), 110.0)
    for cells, strength in ((4, 40.0), (12, 22.0), (40, 10.0)):
        grey, colour = rng.standard_normal((cells, 2 * cells, 1)), rng.standard_normal((cells, 2 * cells, 3))
        coarse = 0.9 * grey + 0.25 * colour
        coarse = np.concatenate([coarse, coarse[:, :1]], axis=1)
        texture += strength * cv2.resize(coarse, (2 * width, height), interpolation=cv2.INTER_CUBIC)
    return texture.clip(0, 255).astype(np.float32)
