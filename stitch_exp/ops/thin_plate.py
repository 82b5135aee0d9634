"""A smooth bend of a picture that takes the landmarks of one face to those of another, quick enough for a camera.

First the picture goes along with brows, nose and eyes, moved, turned and sized: hair goes with the head, also where the
crop takes another size because a mouth opens. Then a thin plate, fixed to the picture's border, takes the landmarks to
their places and bends as little as landmarks that tremble allow. Its points of support never move, so that its bend is
one product of a small matrix with the landmarks.

Reference: Bookstein 1989, "Principal Warps: Thin-Plate Splines and the Decomposition of Deformations".
"""

from __future__ import annotations

import cv2
import numpy as np
from jaxtyping import Float, Float32

from stitch_exp.ops.chips import similarity

_GRID = 32
_RIGID = slice(17, 48)
"""The iBUG points of brows, nose and eyes."""
_SLACK = 0.01
"""How far landmarks may be missed for a smoother bend; 0.0001 to 0.1 make little difference on filmed faces."""
_BORDER = tuple((x, y) for x in (0, 0.25, 0.5, 0.75, 1) for y in (0, 0.25, 0.5, 0.75, 1) if x in (0, 1) or y in (0, 1))
_ROUNDS = 6


def laid_over(landmarks: Float[np.ndarray, "68 2"], home: Float[np.ndarray, "68 2"]) -> Float[np.ndarray, "68 2"]:
    """Landmarks moved, turned and sized so that brows, nose and eyes lie as at home: what differs is expression.

    Landmarks that all lie in one point are no face, and taken for the one at home.

    Args:
        landmarks: The iBUG points of a face.
        home: Those it is laid over.
    """
    if not np.ptp(landmarks[_RIGID], axis=0).any():
        return home
    along = similarity(home[_RIGID], landmarks[_RIGID])
    return landmarks @ along[:, :2].T + along[:, 2]


class ThinPlate:
    """Bends pictures between a face's home and wherever its landmarks are.

    Args:
        home: The iBUG points at home, in pixel indices of the picture.
        side: Side of the picture in px.
    """

    def __init__(self, home: Float[np.ndarray, "68 2"], side: int) -> None:
        self.home, self.side = np.asarray(home, np.float64), side
        self._effect = _effects(self.home / side, side)
        place = np.arange(side, dtype=np.float32)
        self._nodes = _grid(side)
        self._pixels = np.stack(np.meshgrid(place, place), axis=-1)

    def home_from(
        self, picture: Float32[np.ndarray, "S S *channels"], landmarks: Float[np.ndarray, "K 2"]
    ) -> Float32[np.ndarray, "S S *channels"]:
        """A picture of a face with these landmarks, bent so that they lie at home."""
        return self._read(picture, self._bend(landmarks), cv2.INTER_CUBIC)

    def home_to(
        self, picture: Float32[np.ndarray, "S S *channels"], landmarks: Float[np.ndarray, "K 2"]
    ) -> Float32[np.ndarray, "S S *channels"]:
        """A picture of the face at home, bent so that its landmarks are these: the inverse of `home_from`.

        It is read linearly, in half the time of the cubic reading there.
        """
        bend = self._bend(landmarks)
        place = np.arange(_GRID, dtype=np.float32)
        nodes = np.stack(np.meshgrid(place, place), axis=-1)
        back = -bend
        for _ in range(_ROUNDS):  # where a point came from is where it would have been bent to here
            at = nodes + back * np.float32(_GRID / self.side)
            back = -cv2.remap(bend, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return self._read(picture, back, cv2.INTER_LINEAR)

    def _bend(self, landmarks: np.ndarray) -> Float32[np.ndarray, "G G 2"]:
        """How far each point of a coarse grid moves from home towards these landmarks, in px."""
        along = similarity(landmarks[_RIGID], self.home[_RIGID])
        nodes, home = (points @ along[:, :2].T + along[:, 2] for points in (self._nodes, self.home))
        bend = nodes - self._nodes + self._effect @ (landmarks - home)
        return bend.reshape(_GRID, _GRID, 2).astype(np.float32)

    def _read(self, picture: np.ndarray, bend: np.ndarray, kernel: int) -> np.ndarray:
        at = self._pixels + cv2.resize(bend, (self.side, self.side), interpolation=cv2.INTER_LINEAR)
        return cv2.remap(picture, at, None, kernel, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[call-overload]


def _grid(side: int) -> Float[np.ndarray, "G2 2"]:
    """The nodes of the coarse grid, in pixel indices of the picture."""
    place = (np.arange(_GRID) + 0.5) * side / _GRID - 0.5
    return np.stack(np.meshgrid(place, place), axis=-1).reshape(-1, 2)


def _effects(home: Float[np.ndarray, "K 2"], side: int) -> Float[np.ndarray, "G2 K"]:
    """What each landmark's motion does to each node of the grid; in units of the side."""
    count = len(home)
    points = np.concatenate([home, np.array(_BORDER) * (side - 1) / side])
    slack = np.concatenate([np.full(count, _SLACK), np.full(len(_BORDER), 1e-6)])
    plane = np.concatenate([np.ones((len(points), 1)), points], axis=1)
    system = np.block([[_bending(points, points) + np.diag(slack), plane], [plane.T, np.zeros((3, 3))]])
    nodes = _grid(side) / side
    seen = np.concatenate([_bending(nodes, points), np.ones((len(nodes), 1)), nodes], axis=1)
    return np.linalg.solve(system, seen.T).T[:, :count]


def _bending(of: np.ndarray, by: np.ndarray) -> np.ndarray:
    squared = np.square(of[:, None] - by).sum(axis=-1)
    return squared * np.log(squared + 1e-12)
