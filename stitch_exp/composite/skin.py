"""Skin keeps its hue and saturation: what a small generator tints when it edits something else."""

import cv2
import numpy as np
from jaxtyping import Float32

from stitch_exp.ops.luma import luma

_SIDE = 128
_CHEEKS = (slice(64, 87), slice(45, 84))
"""Between eyes and mouth of an aligned crop, mostly cheeks and nose."""
_BLUR, _FINE_BLUR = _SIDE / 20, _SIDE / 64
_CHROMA_SPREAD = 0.12
_DARK, _DARK_RAMP = 0.35, 0.25
_BLACK = 16.0


def without_tint(
    change: Float32[np.ndarray, "S S 3"], before: Float32[np.ndarray, "S S 3"]
) -> Float32[np.ndarray, "S S 3"]:
    """The change of a face without its wide colour casts on skin.

    Light and shade, hair, and whatever is smaller than a cheek (lips, a blush, make-up) change as the edit says. A wide
    change of chroma on skin is replaced by the one that keeps the ratio of the colours at the new brightness.

    Args:
        change: What is added to the face, RGB in levels.
        before: The aligned face it is added to, RGB in levels.
    """
    side = before.shape[0]
    small_change, face = (cv2.resize(image, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA) for image in (change, before))
    skin = skin_of(face)
    own, cast = np.dsplit(_wide(np.dstack([face, small_change]), skin), 2)
    kept = own * (luma(cast) / np.maximum(luma(own), _BLACK))[..., None]
    tint = skin[..., None] * (cast - kept)
    return change - cv2.resize(tint, (side, side), interpolation=cv2.INTER_LINEAR)


def skin_of(face: Float32[np.ndarray, "128 128 3"]) -> Float32[np.ndarray, "128 128"]:
    """How much each pixel looks like the skin of the cheeks, 0 to 1; hair is too dark or of another chroma."""
    smooth = cv2.GaussianBlur(face, (0, 0), _FINE_BLUR)
    gray = luma(smooth)
    chroma = (smooth - gray[..., None])[..., ::2] / np.maximum(gray, _BLACK)[..., None]
    brightness = max(float(np.median(gray[_CHEEKS])), 1.0)
    typical = np.median(chroma[_CHEEKS].reshape(-1, 2), axis=0)
    alike = np.exp(-np.square(chroma - typical).sum(-1) / (2 * _CHROMA_SPREAD**2))
    light = np.clip((gray / brightness - _DARK) / _DARK_RAMP, 0, 1)
    return cv2.GaussianBlur((alike * light).astype(np.float32), (0, 0), _FINE_BLUR)


def _wide(image: np.ndarray, skin: np.ndarray) -> np.ndarray:
    """Mean of the skin around each pixel."""
    weight = cv2.GaussianBlur(skin, (0, 0), _BLUR)[..., None]
    return cv2.GaussianBlur(image * skin[..., None], (0, 0), _BLUR) / np.maximum(weight, 1e-3)
