"""Beard and glasses as differences of brightness at fixed places of an aligned face: no rating says them."""

import numpy as np
from jaxtyping import Float, UInt8

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
CHEEKS = ((0.58, 0.66, 0.26, 0.36), (0.58, 0.66, 0.64, 0.74))
CHIN = ((0.83, 0.89, 0.42, 0.58),)
JAWS = ((0.76, 0.84, 0.33, 0.40), (0.76, 0.84, 0.60, 0.67))
BRIDGE = ((0.44, 0.50, 0.47, 0.53),)
UNDER_EYES = ((0.52, 0.57, 0.30, 0.42), (0.52, 0.57, 0.58, 0.70))
"""Patches of a crop: first and last row, first and last column, as shares of the side."""


def beard(images: UInt8[np.ndarray, "N S S 3"]) -> Float[np.ndarray, " N"]:
    """How much darker chin and jaws are than the cheeks, as logarithms."""
    luma = images @ LUMA / 255
    cheeks, chin, jaws = (np.log(_mean(luma, places) + 0.02) for places in (CHEEKS, CHIN, JAWS))
    return 2 * cheeks - chin - jaws


def glasses(images: UInt8[np.ndarray, "N S S 3"]) -> Float[np.ndarray, " N"]:
    """How strongly brightness changes from row to row on the bridge of the nose and under the eyes, where rims are."""
    change = np.abs(np.diff(images @ LUMA / 255, axis=1))
    bridge, rims = (np.log(_mean(change, places) + 0.005) for places in (BRIDGE, UNDER_EYES))
    return bridge + rims


def _mean(planes: Float[np.ndarray, "N H S"], places: tuple[tuple[float, ...], ...]) -> Float[np.ndarray, " N"]:
    side = planes.shape[2]
    return np.mean([_patch(planes, [int(share * side) for share in place]) for place in places], axis=0)


def _patch(planes: np.ndarray, place: list[int]) -> np.ndarray:
    top, bottom, left, right = place
    return planes[:, top:bottom, left:right].mean(axis=(1, 2))
