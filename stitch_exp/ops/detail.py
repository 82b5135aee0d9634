"""What an edit adds to a face, kept in the face's own coordinates: wrinkles, skin and hair move with the landmarks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from jaxtyping import Float, Float32, UInt8

from stitch_exp.ops.look import Look, in_small, reduced
from stitch_exp.ops.thin_plate import ThinPlate, laid_over

_NEAR = 1 / 256
"""Faces whose landmarks lie so many crop sides apart, root mean square, are a standard deviation apart."""
_UNSEEN = 0.02
"""Sheets that count less than this are not drawn."""


@dataclass(frozen=True, eq=False)
class DetailMap:
    """The change of one edit of one person, where the landmarks of a typical frame are.

    An open mouth ages otherwise than a shut one. So there are several sheets, each of one kind of face, and a frame is
    shown those whose landmarks are nearest to its own: a mean with the weights of a Gaussian. Half of an edit is not
    half of its change. So there are sheets for each strength, and between two of them the change is interpolated.

    Args:
        home: The 68 iBUG points of the map, in pixel indices of the crop.
        faces: The landmarks each sheet is of, laid over home by brows, nose and eyes.
        colours: For each share and face what the edit adds at strength 1, in levels of 255: strength times this is the
            change.
        shares: The strengths the maps come from, as shares of the run's own, none of them 0. Below the least of a
            sign, and above the greatest, its map serves in proportion.
        look: How the face is expected to look as filmed.

    Reference: Nadaraya 1964 and Watson 1964, regression by a kernel.
    """

    home: Float[np.ndarray, "68 2"]
    faces: Float[np.ndarray, "F 68 2"]
    colours: Float32[np.ndarray, "M F S S 3"]
    shares: Sequence[float]
    look: Look

    @property
    def side(self) -> int:
        """Side of the crops in px."""
        return self.colours.shape[2]

    @cached_property
    def plate(self) -> ThinPlate:
        """Bends between home and a frame."""
        return ThinPlate(self.home, self.side)

    def at(
        self,
        crop: UInt8[np.ndarray, "S S 3"] | Float32[np.ndarray, "S S 3"],
        landmarks: Float[np.ndarray, "68 2"],
        share: float,
    ) -> Float32[np.ndarray, "S S 4"]:
        """The map of a strength, bent to a frame's landmarks and lit as the frame is, and how far it can be trusted.

        Args:
            crop: The frame's crop, in levels of 255.
            landmarks: In pixel indices of the crop.
            share: A strength; where no map has its sign, the others serve it.

        Returns:
            The colours at strength 1, and from 0 to 127.5 how sure it is that a place shows the face and nothing in
            front of it: a 127.5th of all four is what the network is handed.
        """
        gain, trust = self.look.seen(reduced(crop), in_small(landmarks, self.side))
        trust = cv2.resize(trust * np.float32(127.5), (self.side, self.side), interpolation=cv2.INTER_LINEAR)
        drawn = self.plate.home_to(self._mixed(landmarks, share), landmarks)
        return cv2.merge([*cv2.split(drawn * np.float32(gain)), trust])

    def _mixed(self, landmarks: np.ndarray, share: float) -> Float32[np.ndarray, "S S 3"]:
        alike = nearness(laid_over(landmarks, self.home), self.faces, self.side)
        weights = np.outer(between(share, self.shares), alike)
        weights[weights < _UNSEEN] = 0
        mixed = np.zeros(self.colours.shape[2:], np.float32)
        for m, f in np.argwhere(weights):
            mixed = cv2.scaleAdd(self.colours[m, f], float(weights[m, f] / weights.sum()), mixed)
        return mixed


def between(share: float, shares: Sequence[float]) -> Float[np.ndarray, " M"]:
    """How much each map counts for a strength, all together 1: the two of its sign that it lies between.

    Args:
        share: Any strength.
        shares: Those of the maps.
    """
    given = np.asarray(shares, np.float64) * (-1.0 if share < 0 else 1.0)
    given = given if (given > 0).any() else -given
    order = np.flatnonzero(given > 0)[np.argsort(given[given > 0])]
    place = float(np.interp(abs(share), given[order], np.arange(len(order))))
    weights = np.zeros(len(given))
    weights[order] = np.clip(1 - np.abs(np.arange(len(order)) - place), 0, None)
    return weights


def nearness(face: Float[np.ndarray, "68 2"], faces: Float[np.ndarray, "F 68 2"], side: int) -> Float[np.ndarray, " F"]:
    """How much each of the faces counts for one, all together 1.

    Args:
        face: Landmarks laid over the same home as those of `faces`, in pixel indices of a crop.
        faces: What they are compared with.
        side: The crop's in px.
    """
    squared = np.square((faces - face) / side).sum(axis=2).mean(axis=1) / 2
    weights = np.exp((squared.min() - squared) / (2 * _NEAR**2))
    return weights / weights.sum()
