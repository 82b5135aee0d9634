"""A change from one drawing of a face to another drawing of the same face, on pictures alone."""

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from stitch_exp.ops.feather import smooth_step
from stitch_exp.ops.motion import displacement, moved

FARTHEST = 0.05
"""In crop sides: how far beside its place a feature may have been drawn."""
FINE = 1 / 32
"""In crop sides: what is smaller is a feature or skin, what is larger is light and colour."""
AROUND = 1 / 51
"""In crop sides: width of the neighbourhood whose changes count together."""
OCTAVES = (1 / 256, 1 / 128)
"""In crop sides: widths of what a camera's blur takes away, finest first."""
FROM, FULL = 5.0, 14.0
"""Root mean square of a fine change, in levels of 255, from which and at which a feature counts as drawn anew."""


def with_change(
    face: UInt8[np.ndarray, "S S 3"], before: Float32[np.ndarray, "S S 3"], after: Float32[np.ndarray, "S S 3"]
) -> Float32[np.ndarray, "S S 3"]:
    """The face with the change from `before` to `after`; exactly the face where the two are equal.

    Where `before` shows a feature beside its place in the face, both drawings are moved until it fits. What still
    differs between the face and `before` is the person's own detail, and stays, except at features that the edit draws
    anew: a half-closed eye with the fine lines of the open one is two eyes. There only its light and colour stay. Where
    the camera showed less than `before` does, wrinkles are as soft as the face.

    Args:
        before: Another drawing of the same face, in levels; values beyond 0 and 255 are taken as they are.
        after: That drawing after an edit.

    Returns:
        Levels, not clipped.
    """
    field = displacement(_bytes(before), face, largest=FARTHEST)
    before, change = moved(before, field), moved(after - before, field)
    change = as_sharp(change, before, face.astype(np.float32))
    own = _fine(face.astype(np.float32) - before)
    return face + change - _drawn_anew(change) * own


def as_sharp(
    change: Float32[np.ndarray, "S S 3"], before: Float32[np.ndarray, "S S 3"], face: Float32[np.ndarray, "S S 3"]
) -> Float32[np.ndarray, "S S 3"]:
    """The change as this camera would show it: of each octave no more than the face has of that drawing's."""
    side, out = len(face), np.zeros_like(change)
    middle = slice(round(0.2 * side), round(0.8 * side))
    for sigma in OCTAVES:
        rest, bands = [], []
        for image in (change, before, face):
            low = cv2.GaussianBlur(image, (0, 0), sigma * side)
            bands.append(image - low)
            rest.append(low)
        drawn, filmed = (float(np.sqrt(np.square(band[middle, middle]).mean())) for band in bands[1:])
        out += min(1.0, filmed / max(drawn, 1e-3)) * bands[0]
        change, before, face = rest
    return out + change


def _drawn_anew(change: Float32[np.ndarray, "S S 3"]) -> Float32[np.ndarray, "S S 1"]:
    amount = np.sqrt(cv2.GaussianBlur(np.square(_fine(change)).mean(-1), (0, 0), AROUND * len(change)))
    return smooth_step(amount, FROM, FULL)[..., None]


def _fine(image: Float32[np.ndarray, "S S 3"]) -> Float32[np.ndarray, "S S 3"]:
    return image - cv2.GaussianBlur(image, (0, 0), FINE * len(image))


def _bytes(image: Float32[np.ndarray, "S S 3"]) -> UInt8[np.ndarray, "S S 3"]:
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)
