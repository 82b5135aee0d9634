"""How far a picture is from another one as a face whose landmarks lie somewhere, too: mouths, eyes and jaws in motion.

Features say who somebody is, and hardly notice whether the mouth is half or wide open; a code that is only asked to
look alike keeps the mouth that this person has most of the time. Landmarks say where lips and lids are in every frame.
They have no gradient, and need none: `singly` measures how pictures change by drawing them.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
from jaxtyping import Float, Float32, UInt8
from torch import Tensor

from stitch_exp.faces.face import Face
from stitch_exp.faces.in_crops import crop_landmarks
from stitch_exp.faces.tracker import Follows
from stitch_exp.networks.roles import Generator
from stitch_exp.ops.chips import similarity
from stitch_exp.ops.ranges import to_pixels
from stitch_exp.tuning.resemblance import Resemblance
from stitch_exp.types import AlignedClip

_PARTS = ((17, 0.3), (10, 0.5), (9, 0.7), (12, 4.0), (20, 1.5))
"""Points and weights of jaw, brows, nose, eyes and mouth; a jaw is the least certain, lids
move little and show much."""
_RIGID = [*range(27, 36), 36, 39, 42, 45]
"""Nose and corners of the eyes: what no expression moves."""


class ShapedResemblance:
    """Turns pictures to vectors of features, colours and landmarks; for rendered faces and for crops alike.

    Landmarks are compared as if every face stood in the same place, upright and of one size: a generator of aligned
    faces cannot move them, and a clip's crops, which follow smoothed landmarks, do. Those that are not found are NaN.

    Args:
        resemblance: Of features and colours.
        mesh: Finds landmarks of a face whose place is known.
        weight: Of the squared distance of landmarks, in crop sides, summed over both coordinates of all points.
        aligned: Says where in its crops the face lies.
    """

    num_coordinates = 2 * sum(count for count, _ in _PARTS)
    """Of landmarks, at the end of each vector."""

    def __init__(self, resemblance: Resemblance, mesh: Follows, weight: float, aligned: AlignedClip) -> None:
        self.resemblance, self.mesh, self.px = resemblance, mesh, resemblance.px
        parts = [np.full(count, part) for count, part in _PARTS]
        self.scale = np.sqrt(weight * np.concatenate(parts))[:, None]
        self.around = usual_place(aligned, self.px)

    def of_crops(self, crops: UInt8[np.ndarray, "B S S 3"], device: torch.device) -> Float[Tensor, "B F"]:
        """Vectors of crops of any side of at least `px`."""
        small = [cv2.resize(crop, (self.px, self.px), interpolation=cv2.INTER_AREA) for crop in crops]
        looks = self.resemblance.of_crops(crops, device)
        return torch.cat([looks, self._landmarks(np.stack(small)).to(looks)], dim=1)

    def of_codes(self, codes: Float[Tensor, "B L D"], generator: Generator) -> Float[Tensor, "B F"]:
        """Vectors of what a generator draws."""
        images = generator(codes, resolution=self.px)
        looks = self.resemblance(images)
        return torch.cat([looks, self._landmarks(to_pixels(images)).to(looks)], dim=1)

    def _landmarks(self, images: UInt8[np.ndarray, "B P P 3"]) -> Float32[Tensor, "B L"]:
        faces = [self.mesh.follow(image, self.around) for image in images]
        unseen = np.full_like(self.around.landmarks, np.nan)
        points = np.stack([unseen if face is None else self._in_place(face.landmarks) for face in faces])
        return torch.from_numpy(self.scale * points / self.px).flatten(1).float()

    def _in_place(self, landmarks: Float[np.ndarray, "68 2"]) -> Float[np.ndarray, "68 2"]:
        """Eyes and nose brought to those of the usual face."""
        matrix = similarity(self.around.landmarks[_RIGID], landmarks[_RIGID])
        return landmarks @ matrix[:, :2].T + matrix[:, 2]


def usual_place(aligned: AlignedClip, px: int) -> Face:
    """The mean face of a clip's crops, as crops of side `px` show it."""
    middle = (crop_landmarks(aligned).mean(axis=0) + 0.5) * (px / aligned.crops.shape[1]) - 0.5
    return Face(middle, np.concatenate([middle.min(axis=0), middle.max(axis=0)]), 1.0)
