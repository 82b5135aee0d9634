"""Features that the inversion missed: a blink, teeth, lips in another shape. There the filmed ones stay.

A change is drawn from one face to another of the generator. Where the first of them is not the filmed face, adding the
change shows two mouths at once. Blurred inversions are not meant, so what is finer than a feature does not count.
"""

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from stitch_exp.ops.feather import smooth_step
from stitch_exp.ops.motion import features_of_face

FINE, WIDE = 1 / 128, 1 / 32
"""In crop sides: detail below the first and light above the second are no features."""
AROUND = 1 / 51
"""In crop sides: width of the neighbourhood whose errors count together."""
REACH = 1 / 20
"""In crop sides: so far around an error its feature is missed, too; half a smile would show beside a mouth."""
FROM, FULL = 8.0, 14.0
"""Root mean square error, in levels of 255, from which and at which a feature counts as missed."""


def followed(source: UInt8[np.ndarray, "S S 3"], inversion: UInt8[np.ndarray, "S S 3"]) -> Float32[np.ndarray, "S S 1"]:
    """How far the inversion shows the features of the filmed face: 1 everywhere but at eyes, nose and mouth it missed.

    Args:
        source: The crop as filmed.
        inversion: The same face from the generator.
    """
    side = len(source)
    error = source.astype(np.float32) - inversion
    features = _blurred(error, FINE * side) - _blurred(error, WIDE * side)
    amount = np.sqrt(_blurred(np.square(features).mean(-1), AROUND * side))
    reach = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(REACH * side) + 1,) * 2)
    missed = _blurred(cv2.dilate(smooth_step(amount, FROM, FULL), reach), AROUND * side)
    return 1 - features_of_face(side) * missed[..., None]


def without_missed(
    change: Float32[np.ndarray, "S S 3"], follows: Float32[np.ndarray, "S S 1"]
) -> Float32[np.ndarray, "S S 3"]:
    """The change with only its light and colour where `follows` is 0."""
    wide = _blurred(change, WIDE * len(change))
    return wide + follows * (change - wide)


def _blurred(image: np.ndarray, sigma: float) -> np.ndarray:
    return cv2.GaussianBlur(image, (0, 0), sigma)
