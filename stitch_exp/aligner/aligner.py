"""One face of a clip as a steady sequence of FFHQ crops."""

from __future__ import annotations

import logging
import math

import numpy as np
from jaxtyping import Float, Int

from stitch_exp.aligner.base import Alignment
from stitch_exp.errors import FaceError
from stitch_exp.faces.follower import Follower
from stitch_exp.faces.gaps import fill_gaps, runs
from stitch_exp.networks.roles import Detector
from stitch_exp.ops.quad import Squares, corners, squares_from_landmarks
from stitch_exp.ops.smoothing import smooth_in_time
from stitch_exp.ops.warp import Padding, Resample, crop_from_frame, crop_quad
from stitch_exp.types import AlignedClip, Clip, Workspace

log = logging.getLogger("stitch_exp")

_NUM_LANDMARKS = 68


class Aligner(Alignment):
    """Detect, follow, smooth, crop.

    The first pass over the clip finds the landmarks, the second cuts the crops; memory holds landmarks only.
    Smoothing filters the centre and the axes of the FFHQ square, not the landmarks, and never across a missing frame.

    Args:
        detector: Finds faces with 68 landmarks; `aligner.detector`.
        resolution: Side of the crops, that of the generator.
        follow: Which face: `largest`, or `[x, y]` for the one nearest to a point relative to the frame.
        min_score: The least score of a usable face, in the detector's unit.
        min_face_px: The least box side of a usable face.
        max_gap_frames: Up to so many frames in a row without the face are bridged by interpolation.
        sigma_center_frames: Gaussian along time for the square's centre; the paper uses 1.
        sigma_axes_frames: The same for its axes; the paper uses 3.
        scale: Size of the square; 1 is FFHQ's, on which generators are trained.
        padding: `black` (the reference), `reflect` or `edge`: what crops show beyond the frame.
        resample: `reference` or `area` (see `ops.warp.crop_quad`).

    Raises:
        FaceError: No frame of the clip has a usable face (when called).

    Reference: Stitch it in Time, section 3.1; Karras et al., FFHQ.
    """

    version = 2
    """2: MediaPipe's landmarks of today."""

    def __init__(
        self,
        *,
        detector: Detector,
        resolution: int,
        follow: str | list[float],
        min_score: float,
        min_face_px: float,
        max_gap_frames: int,
        sigma_center_frames: float,
        sigma_axes_frames: float,
        scale: float,
        padding: Padding,
        resample: Resample,
    ) -> None:
        self.detector = detector
        self.resolution = resolution
        self.follow = follow
        self.min_score = min_score
        self.min_face_px = min_face_px
        self.max_gap_frames = max_gap_frames
        self.sigma_center_frames = sigma_center_frames
        self.sigma_axes_frames = sigma_axes_frames
        self.scale = scale
        self.padding: Padding = padding
        self.resample: Resample = resample
        self._follower()

    def __call__(self, clip: Clip, work: Workspace) -> AlignedClip:
        """Align the followed face of a clip."""
        landmarks, status = fill_gaps(self._landmarks(clip, work), self.max_gap_frames)
        usable = np.array([state != "missing" for state in status])
        index = np.flatnonzero(usable)
        quads = np.concatenate([self._quads(landmarks[start:stop]) for start, stop in runs(usable)])
        self._advise(clip.name, quads)
        to_frame = [np.linalg.inv(crop_from_frame(quad, self.resolution)) for quad in quads]
        return AlignedClip(
            crops=self._crops(clip, index, quads, work),
            frame_index=index,
            frame_from_crop=np.stack([matrix / matrix[2, 2] for matrix in to_frame]),
            quads=quads,
            landmarks=landmarks[index],
            status=status,
        )

    def typical_side(self, clip: Clip, num_frames: int = 5) -> float | None:
        """Median side in px of the face's square over a few frames of the clip; None if none of them shows a face."""
        sides = []
        for index in np.linspace(0, len(clip.frames) - 1, min(num_frames, len(clip.frames))).astype(int):
            face = self._follower().find(clip.frames[int(index)])
            if face is not None:
                quad = corners(squares_from_landmarks(face.landmarks[None], self.scale))[0]
                sides.append(np.linalg.norm(quad[1] - quad[0]))
        return float(np.median(sides)) if sides else None

    def _advise(self, name: str, quads: Float[np.ndarray, "N 4 2"]) -> None:
        """Says when the source has far fewer pixels than the crops: the rest of the work renders nothing."""
        side_px = float(np.median(np.linalg.norm(quads[:, 1] - quads[:, 0], axis=1)))
        enough = 2 ** math.ceil(math.log2(max(side_px, 4.0)))
        if 2 * enough <= self.resolution:
            log.warning(
                "the face's square is only %.0f px wide in '%s' and crops have %d; model.resolution=%d shows all of it "
                "for a fraction of the work (StyleGAN2)",
                side_px, name, self.resolution, enough,
            )  # fmt: skip

    def _follower(self) -> Follower:
        return Follower(self.detector, self.follow, self.min_score, self.min_face_px, self.max_gap_frames)

    def _landmarks(self, clip: Clip, work: Workspace) -> Float[np.ndarray, "T K 2"]:
        follower = self._follower()
        landmarks = np.full((len(clip.frames), _NUM_LANDMARKS, 2), np.nan)
        for i, frame in enumerate(work.track(clip.frames, "finding the face", len(clip.frames))):
            face = follower.find(frame)
            if face is not None:
                landmarks[i] = face.landmarks
        if np.isnan(landmarks).all():
            raise FaceError(self._explanation(clip, follower))
        return landmarks

    def _quads(self, landmarks: Float[np.ndarray, "N K 2"]) -> Float[np.ndarray, "N 4 2"]:
        center, x, y = squares_from_landmarks(landmarks, self.scale)
        smoothed = Squares(
            smooth_in_time(center, self.sigma_center_frames),
            smooth_in_time(x, self.sigma_axes_frames),
            smooth_in_time(y, self.sigma_axes_frames),
        )
        return corners(smoothed)

    def _crops(
        self, clip: Clip, index: Int[np.ndarray, " N"], quads: Float[np.ndarray, "N 4 2"], work: Workspace
    ) -> np.ndarray:
        crops = work.allocate("crops", (len(index), self.resolution, self.resolution, 3))
        place_of = {int(frame): n for n, frame in enumerate(index)}
        for i, frame in enumerate(work.track(clip.frames, "cropping", len(clip.frames))):
            n = place_of.get(i)
            if n is not None:
                crops[n] = crop_quad(frame, quads[n], self.resolution, self.padding, self.resample)
        return crops

    def _explanation(self, clip: Clip, follower: Follower) -> str:
        where = f"no face in any of the {len(clip.frames)} frames of '{clip.name}'"
        if follower.best_score == -np.inf:
            return f"{where}: the detector finds nothing at all; choose another clip or stretch (video.start)"
        if follower.largest_px > 0:
            return (
                f"{where} is large enough (largest {follower.largest_px:.0f} px < {self.min_face_px:g}); "
                "lower aligner.min_face_px or use a larger video"
            )
        return (
            f"{where} (best score {follower.best_score:.2f} < {self.min_score:.2f}); "
            "lower aligner.min_score or choose another stretch (video.start)"
        )
