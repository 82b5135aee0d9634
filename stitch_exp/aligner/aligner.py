"""One face of a clip as a steady sequence of FFHQ crops."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from stitch_exp.aligner import advice
from stitch_exp.aligner.base import Alignment
from stitch_exp.errors import ConfigError, FaceError
from stitch_exp.faces.choice import ALL, LARGEST
from stitch_exp.faces.cuts import with_cuts
from stitch_exp.faces.everyone import Everyone, Track
from stitch_exp.faces.follower import Follower
from stitch_exp.faces.gaps import fades, fill_gaps, runs
from stitch_exp.faces.looks import are_shown, patch
from stitch_exp.networks.roles import Detector, Identity
from stitch_exp.ops.quad import Squares, corners, squares_from_landmarks
from stitch_exp.ops.smoothing import smooth_in_time
from stitch_exp.ops.warp import Padding, Resample, crop_from_frame, crop_quad
from stitch_exp.settings import Count
from stitch_exp.types import AlignedClip, Clip, FrameStatus, People, Workspace

_NUM_LANDMARKS = 68
_AROUND_FRAMES = 12
Cuts = Sequence[int]
_HIDDEN = "the face is hidden: the crop does not look like those before and after"


class Aligner(Alignment):
    """Detect, follow, smooth, crop.

    The first pass over the clip finds the landmarks, the second cuts the crops; memory holds landmarks only.
    Smoothing filters the centre and the axes of the FFHQ square, not the landmarks, and never
    across a missing frame or a cut.

    Args:
        detector: Finds faces with 68 landmarks; `aligner.detector`.
        resolution: Side of the crops, that of the generator.
        recogniser: Tells people apart, so that nobody else is edited; None follows by place alone.
        follow: Which face: `largest`, `[x, y]` for the one nearest to a point relative to the frame, or the file of a
            picture of the face (`faces.Follower` says how a person is followed). `all`: everybody, each with crops of
            their own (`everyone`, then `person`).
        min_score: The least score of a usable face, in the detector's unit.
        min_face_px: The least box side of a usable face.
        min_person_frames: With `follow=all`, who is found in fewer frames, and in less than half of the clip, is left
            as filmed.
        max_gap_frames: Up to so many frames in a row without the face are bridged by interpolation, if they show it.
        fade_frames: Over so many frames the edit fades where the face comes into view or is lost; 0 does not fade.
        sigma_center_frames: Gaussian along time for the square's centre; the paper uses 1.
        sigma_axes_frames: The same for its axes; the paper uses 3.
        scale: Size of the square; 1 is FFHQ's, on which generators are trained.
        padding: What crops show beyond the frame: `reflect`, as FFHQ was made, `edge`, or `black` (the reference). A
            black wedge is no part of a face, and pivots and weights would be bent towards it.
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
        recogniser: Identity | None,
        resolution: int,
        follow: str | list[float],
        min_score: float,
        min_face_px: float,
        min_person_frames: Count,
        max_gap_frames: int,
        fade_frames: int,
        sigma_center_frames: float,
        sigma_axes_frames: float,
        scale: float,
        padding: Padding,
        resample: Resample,
    ) -> None:
        self.detector = detector
        self.recogniser = recogniser
        self.resolution = resolution
        self.follow = follow
        self.min_score = min_score
        self.min_face_px = min_face_px
        self.min_person_frames = min_person_frames
        self.max_gap_frames = max_gap_frames
        self.fade_frames = fade_frames
        self.sigma_center_frames = sigma_center_frames
        self.sigma_axes_frames = sigma_axes_frames
        self.scale = scale
        self.padding: Padding = padding
        self.resample: Resample = resample
        self._follower(follow)

    def __call__(self, clip: Clip, work: Workspace) -> AlignedClip:
        """Align the followed face of a clip.

        Raises:
            ConfigError: Everybody is followed.
        """
        if self.follow == ALL:
            raise ConfigError("aligner.follow=all is for whole runs; here one face is edited: use largest or a point")
        return self._aligned(clip, *self._landmarks(clip, work), work)

    def everyone(self, clip: Clip, work: Workspace) -> People:
        """Find everybody who is to be edited.

        Raises:
            FaceError: That is nobody.
        """
        crowd = Everyone(self.detector, self.min_score, self.min_face_px, self.max_gap_frames, self.recogniser)
        cuts = []
        frames = work.track(clip.frames, "finding the faces", len(clip.frames))
        for i, (frame, new_shot) in enumerate(with_cuts(frames)):
            if new_shot:
                cuts.append(i)
            crowd.look(frame, new_shot)
        tracks = crowd.tracks()
        if not tracks:
            raise FaceError(advice.no_face(clip, crowd.scout, self.min_face_px, self.min_score))
        least = min(self.min_person_frames, (len(clip.frames) + 1) // 2)
        kept = [track for track in tracks if len(track.faces) >= least]
        left = {
            f"seen in fewer than {least} frames": len(tracks) - len(kept),
            f"smaller than {self.min_face_px:g} px": crowd.most_small,
        }
        if not kept:
            raise FaceError(
                f"nobody is seen in {least} frames of '{clip.name}'; lower aligner.min_person_frames={least}"
            )
        advice.people(clip.name, len(kept), left)
        landmarks = np.stack([_points(track, len(clip.frames)) for track in kept])
        return People(landmarks, tuple(cuts), {reason: count for reason, count in left.items() if count})

    def person(self, clip: Clip, people: People, number: int, work: Workspace) -> AlignedClip:
        """Align the face of one of the people that `everyone` found."""
        return self._aligned(clip, people.landmarks[number], people.cuts, work)

    def _aligned(self, clip: Clip, found: Float[np.ndarray, "T K 2"], cuts: Cuts, work: Workspace) -> AlignedClip:
        landmarks, seen = fill_gaps(found, self.max_gap_frames, cuts)
        hidden = self._hidden(clip, landmarks, seen, work, cuts)
        status: tuple[FrameStatus, ...] = tuple("missing" if i in hidden else state for i, state in enumerate(seen))
        usable = np.array([state != "missing" for state in status])
        advice.passed_through(clip.name, status, hidden, cuts, self.min_score)
        index = np.flatnonzero(usable)
        quads = np.concatenate([self._quads(landmarks[start:stop]) for start, stop in runs(usable, cuts)])
        advice.resolution(clip.name, quads, self.resolution)
        to_frame = [np.linalg.inv(crop_from_frame(quad, self.resolution)) for quad in quads]
        return AlignedClip(
            crops=self._crops(clip, index, quads, work),
            frame_index=index,
            frame_from_crop=np.stack([matrix / matrix[2, 2] for matrix in to_frame]),
            quads=quads,
            landmarks=landmarks[index],
            status=status,
            cuts=tuple(cuts),
            opacity=fades(usable, self.fade_frames, cuts)[index],
            reasons=tuple(_HIDDEN if i in hidden else "" for i in range(len(status))),
        )

    def typical_side(self, clip: Clip, num_frames: int = 5) -> float | None:
        """Median side in px of the face's square over a few frames of the clip; None if none of them shows a face."""
        sides = []
        for index in np.linspace(0, len(clip.frames) - 1, min(num_frames, len(clip.frames))).astype(int):
            face = self._follower(LARGEST if self.follow == ALL else self.follow).find(clip.frames[int(index)])
            if face is not None:
                quad = corners(squares_from_landmarks(face.landmarks[None], self.scale))[0]
                sides.append(np.linalg.norm(quad[1] - quad[0]))
        return float(np.median(sides)) if sides else None

    def _hidden(
        self, clip: Clip, landmarks: Float[np.ndarray, "T K 2"], status: Sequence[str], work: Workspace, cuts: Cuts
    ) -> set[int]:
        """Interpolated frames that do not show the face: their patch is unlike those around the gap."""
        gaps = list(runs(np.array([state == "interpolated" for state in status])))
        shots = np.searchsorted(cuts, np.arange(len(status)), side="right")
        around = {gap: _detected_near(gap, status, shots) for gap in gaps}
        wanted = {i for gap in gaps for i in (*range(*gap), *around[gap])}
        patches: dict[int, np.ndarray] = {}
        if wanted:
            frames = itertools.islice(clip.frames, max(wanted) + 1)
            for i, frame in enumerate(work.track(frames, "looking into gaps", max(wanted) + 1)):
                if i in wanted:
                    patches[i] = patch(frame, landmarks[i])
        hidden: set[int] = set()
        for gap in gaps:
            shown = are_shown([patches[i] for i in range(*gap)], [patches[i] for i in around[gap]])
            hidden |= {i for i, show in zip(range(*gap), shown, strict=True) if not show}
        return hidden

    def _follower(self, follow: str | list[float]) -> Follower:
        return Follower(self.detector, follow, self.min_score, self.min_face_px, self.max_gap_frames, self.recogniser)

    def _landmarks(self, clip: Clip, work: Workspace) -> tuple[Float[np.ndarray, "T K 2"], tuple[int, ...]]:
        """Landmarks of the followed face, NaN where it is not found, and the first frames of new shots."""
        follower, cuts = self._follower(self.follow), []
        landmarks = np.full((len(clip.frames), _NUM_LANDMARKS, 2), np.nan)
        frames = work.track(clip.frames, "finding the face", len(clip.frames))
        for i, (frame, new_shot) in enumerate(with_cuts(frames)):
            if new_shot:
                cuts.append(i)
            face = follower.find(frame, new_shot)
            if face is not None:
                landmarks[i] = face.landmarks
        if np.isnan(landmarks).all():
            raise FaceError(advice.no_face(clip, follower, self.min_face_px, self.min_score))
        return landmarks, tuple(cuts)

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


def _points(track: Track, num_frames: int) -> Float[np.ndarray, "T K 2"]:
    points = np.full((num_frames, _NUM_LANDMARKS, 2), np.nan)
    for i, face in track.faces.items():
        points[i] = face.landmarks
    return points


def _detected_near(gap: tuple[int, int], status: Sequence[str], shots: Int[np.ndarray, " T"]) -> list[int]:
    """Frames of the gap's shot in which the face was found, shortly before and after the gap."""
    near = range(max(gap[0] - _AROUND_FRAMES, 0), min(gap[1] + _AROUND_FRAMES, len(status)))
    return [i for i in near if status[i] == "detected" and shots[i] == shots[gap[0]]]
