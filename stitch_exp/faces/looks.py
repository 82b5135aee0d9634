"""Looks: whether two pictures show the same face, by pixels within a shot and by a recogniser across gaps and cuts."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from jaxtyping import Float, Float32, UInt8

from stitch_exp.faces.face import Face
from stitch_exp.networks.roles import Identity
from stitch_exp.ops.luma import luma
from stitch_exp.ops.quad import corners, squares_from_landmarks
from stitch_exp.ops.warp import crop_quad, crop_quickly

_PATCH_PX, _SHIFT_PX = 48, 4
_PATCH_SCALE = 0.7
_FLAT = 3.0
_LEAST_SHARE = 0.75
_SAME_PERSON = 0.93
_MAX_PICTURES = 16


def patch(frame: UInt8[np.ndarray, "H W 3"], landmarks: Float[np.ndarray, "68 2"]) -> Float32[np.ndarray, "48 48"]:
    """Luma of the face from brows to chin, upright, at a standard size."""
    quad = corners(squares_from_landmarks(landmarks[None], _PATCH_SCALE))[0]
    return luma(crop_quad(frame, quad, _PATCH_PX, resample="area").astype(np.float32)).astype(np.float32)


def quick_patch(
    frame: UInt8[np.ndarray, "H W 3"], landmarks: Float[np.ndarray, "68 2"]
) -> Float32[np.ndarray, "48 48"]:
    """`patch` by OpenCV, for frames that nobody waits for; to be compared with its like."""
    quad = corners(squares_from_landmarks(landmarks[None], _PATCH_SCALE))[0]
    return luma(crop_quickly(frame, quad, _PATCH_PX).astype(np.float32)).astype(np.float32)


def alike(one: Float32[np.ndarray, "48 48"], other: Float32[np.ndarray, "48 48"]) -> float:
    """Correlation of two patches where they fit best, at most 1; 0 where one is flat.

    Brightness and contrast do not count, and a shift of a twelfth of the patch is forgiven. Neighbouring frames of one
    face reach 0.9; what hides the face, or another face, stays below 0.7.
    """
    inner = np.ascontiguousarray(one[_SHIFT_PX:-_SHIFT_PX, _SHIFT_PX:-_SHIFT_PX])
    if inner.std() < _FLAT or other.std() < _FLAT:
        return 0.0
    return float(np.nan_to_num(cv2.matchTemplate(other, inner, cv2.TM_CCOEFF_NORMED), posinf=0.0).max())


def are_shown(
    hidden: Sequence[Float32[np.ndarray, "48 48"]], seen: Sequence[Float32[np.ndarray, "48 48"]]
) -> list[bool]:
    """For each patch in which the detector missed the face, whether it shows the face of the other patches.

    It must be about as similar to the median of those as they themselves are. The median does not show what covers
    the face in some of them, so that a hand on its way out of the face does not vouch for the hand before the face.
    """
    typical = np.median(np.stack(seen), axis=0).astype(np.float32)
    usual = float(np.median([alike(typical, one) for one in seen]))
    return [alike(typical, one) >= _LEAST_SHARE * usual for one in hidden]


class Person:
    """Somebody, as a collection of embeddings of their face.

    Args:
        recogniser: Makes the embeddings. The threshold is that of dlib's network, for which pictures of one person have
            cosines from 0.93 to 1 and those of two people 0.8 to 0.93.
    """

    def __init__(self, recogniser: Identity) -> None:
        self._recogniser = recogniser
        self._pictures: list[Float32[np.ndarray, " D"]] = []

    def learn(self, frame: UInt8[np.ndarray, "H W 3"], face: Face) -> None:
        """Remember this face, too; the first 16 are kept."""
        if len(self._pictures) < _MAX_PICTURES:
            self._pictures.append(self._recogniser.embed(frame, face.landmarks))

    def resembles(self, other: Person) -> bool:
        """Whether any two pictures of the two are of one person."""
        pairs = (float(one @ another) for one in self._pictures for another in other._pictures)
        return max(pairs, default=0.0) >= _SAME_PERSON

    def likeness(self, frame: UInt8[np.ndarray, "H W 3"], face: Face) -> float:
        """Cosine to the most similar of the remembered faces; 0 where nothing is remembered."""
        seen = self._recogniser.embed(frame, face.landmarks)
        return max((float(seen @ known) for known in self._pictures), default=0.0)

    def is_shown(self, frame: UInt8[np.ndarray, "H W 3"], face: Face) -> bool:
        """Whether the face is this person's."""
        return self.likeness(frame, face) >= _SAME_PERSON
