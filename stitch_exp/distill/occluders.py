"""What passes between a camera and a face: hands, bars and blobs, drawn from simple shapes over a crop.

The edit has no business on them, and no pair of a clip shows it. Hands wear the person's own skin, so that colour alone
never tells them from the face.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Float32

_SKIN = 0.5
"""Share of the occluders that have the colour of the middle of the crop."""


class Cover(NamedTuple):
    """Something before the face."""

    colour: Float32[np.ndarray, "S S 3"]
    """In levels of 255."""
    alpha: Float32[np.ndarray, "S S"]
    """How much of each pixel it hides, 0 to 1."""


def cover(crop: Float32[np.ndarray, "S S 3"], chance: np.random.Generator) -> Cover:
    """A random occluder for a crop: a hand with its arm, a bar or a blob; it hides some of the face, never all."""
    side = crop.shape[0]
    shape = (_hand, _hand, _bar, _blob)[int(chance.integers(4))](side, chance)
    alpha = cv2.GaussianBlur(shape.astype(np.float32), (0, 0), side * chance.uniform(0.002, 0.012))
    return Cover(_texture(crop, shape, chance), np.minimum(alpha, 1))


def _hand(side: int, chance: np.random.Generator) -> np.ndarray:
    shape = np.zeros((side, side), np.uint8)
    palm, angle = _place(side, chance), chance.uniform(0, 2 * np.pi)
    size = side * chance.uniform(0.07, 0.16)
    cv2.circle(shape, _pixel(palm), int(size), 1, cv2.FILLED)
    arm = palm - 1.5 * side * _towards(angle)
    cv2.line(shape, _pixel(palm), _pixel(arm), 1, max(1, int(1.3 * size)))
    for finger in range(4):
        spread = angle + np.radians(chance.normal(-24 + 16 * finger, 4))
        _finger(shape, palm, spread, size * chance.uniform(1.6, 2.4), 0.42 * size)
    _finger(shape, palm, angle + np.radians(chance.choice([-1, 1]) * chance.uniform(50, 80)), 1.5 * size, 0.48 * size)
    return shape


def _finger(shape: np.ndarray, palm: np.ndarray, angle: float, length: float, width: float) -> None:
    cv2.line(shape, _pixel(palm), _pixel(palm + length * _towards(angle)), 1, max(1, int(width)))


def _bar(side: int, chance: np.random.Generator) -> np.ndarray:
    size = side * chance.uniform(0.05, 0.3), side * chance.uniform(0.2, 1.2)
    corners = cv2.boxPoints((tuple(_place(side, chance)), size, chance.uniform(0, 180)))
    return cv2.fillPoly(np.zeros((side, side), np.uint8), [np.rint(corners).astype(np.int32)], 1)


def _blob(side: int, chance: np.random.Generator) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    waves = sum(chance.normal(0, 0.25 / n) * np.cos(n * angle + chance.uniform(0, 6.3)) for n in range(2, 6))
    radius = side * chance.uniform(0.06, 0.22) * np.clip(1 + waves, 0.3, 2)
    points = _place(side, chance) + radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return cv2.fillPoly(np.zeros((side, side), np.uint8), [np.rint(points).astype(np.int32)], 1)


def _place(side: int, chance: np.random.Generator) -> np.ndarray:
    """Around the face, which fills the middle of a crop."""
    return side * np.clip(chance.normal((0.5, 0.58), 0.17), 0.1, 0.95)


def _texture(crop: np.ndarray, shape: np.ndarray, chance: np.random.Generator) -> Float32[np.ndarray, "S S 3"]:
    """Skin, a piece of the picture, or another colour; lit from one side, darker towards its edge, with some grain."""
    side = crop.shape[0]
    if chance.random() < _SKIN:
        y, x = (side * chance.uniform((0.4, 0.35), (0.6, 0.65))).astype(int)
        spot = crop[y : y + max(1, side // 16), x : x + max(1, side // 16)].mean(axis=(0, 1))
        colour = np.broadcast_to(spot * chance.normal(1, 0.08, 3), crop.shape)
    elif chance.random() < 0.3:
        colour = np.roll(crop[::-1], int(chance.integers(side)), axis=1)
    else:
        colour = np.broadcast_to(chance.uniform(10, 245, 3), crop.shape)
    round_off = np.minimum(cv2.distanceTransform(shape, cv2.DIST_L2, 3) / max(1.0, 0.05 * side), 1)
    coarse = chance.normal(0, 0.1, (4, 4)).astype(np.float32)
    light = cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC) + 0.75 + 0.25 * round_off
    grain = chance.standard_normal((side, side, 1), np.float32) * np.float32(chance.uniform(0, 6))
    return np.clip(colour * light[..., None] + grain, 0, 255).astype(np.float32)


def _towards(angle: float) -> np.ndarray:
    return np.array([np.cos(angle), np.sin(angle)])


def _pixel(point: np.ndarray) -> tuple[int, int]:
    return int(point[0]), int(point[1])
