"""The metrics stage: one pass over source and edited frames in lockstep."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import nn

from stitch_exp.errors import DataError
from stitch_exp.measures import catalogue
from stitch_exp.measures.change import latent_steps
from stitch_exp.measures.observation import OF_RUN, Observation
from stitch_exp.measures.truth import PivotError, answers
from stitch_exp.metrics.feeding import Feeding
from stitch_exp.metrics.onlooker import Onlooker
from stitch_exp.types import (
    AlignedClip,
    Clip,
    EditedClip,
    EditedLatents,
    Report,
    StitchedCrops,
    TunedGenerator,
    Workspace,
)

_LANDMARKS = "landmarks of the source in both videos"


class Suite:
    """Measures an edited clip; the `metrics` stage.

    Identity crops of both videos are cut at the source's landmarks: an edit keeps the pose, no frame is lost to a
    missed detection, and the detector's own jitter cannot pass for a change of identity.

    Args:
        names: What to measure, out of `catalogue.NAMES`; None measures all that is measured by default.
        min_similarity: TL-ID and TG-ID skip pairs of lower source similarity, in [-1, 1]; the paper skips none (-1).
        flow_side_px: Longer side of the frame at which optical flow is computed.
        identity: Face recognition network; see `docs/architecture.md`.
        recognisers: Several of them instead, each with numbers of its own; the first is the one of pages and summaries.
        perceptual: Perceptual distance.
        device: Where `perceptual` lives.
        detector: Finds the face again in both pictures, to read what changed; None leaves that out.
        judge: Guesses age and gender of both; None leaves that out.
        min_score: Detections below this score do not count, in the detector's unit.
    """

    def __init__(
        self,
        *,
        names: Sequence[str] | None,
        min_similarity: float,
        flow_side_px: int,
        identity: Any,
        perceptual: nn.Module,
        device: torch.device,
        detector: Any = None,
        judge: Any = None,
        min_score: float = 0.5,
        recognisers: Sequence[Any] | None = None,
    ) -> None:
        self.onlooker = Onlooker(detector, judge, min_score)
        self.known = OF_RUN | self.onlooker.fields
        self.names = catalogue.check_names(names, self.known)
        self.min_similarity, self.flow_side_px = min_similarity, flow_side_px
        self.recognisers = list(recognisers or [identity])
        self.perceptual, self.device = perceptual, device

    def __call__(
        self,
        clip: Clip,
        aligned: AlignedClip,
        tuned: TunedGenerator,
        edited: EditedLatents,
        stitched: StitchedCrops,
        composed: EditedClip,
        work: Workspace,
    ) -> Report:
        tools = catalogue.Tools(
            min_similarity=self.min_similarity,
            flow_side_px=self.flow_side_px,
            detector=self.onlooker.detector_name,
            judge=self.onlooker.judge_name,
            perceptual=self.perceptual,
            device=self.device,
        )
        feeding = Feeding(self.names, self.known, tools, self.recognisers, _LANDMARKS)
        looks = any(set(metric.inputs) & self.onlooker.fields for metric in feeding.metrics)
        frames = _observe(clip, aligned, tuned, edited, stitched, composed) if feeding.metrics else ()
        right = answers(clip, aligned, tuned, edited) if PivotError.word in self.names else None
        for index, frame in enumerate(work.track(frames, "measuring", len(clip.frames))):
            seen = self.onlooker.look(frame) if looks else frame
            seen = right.add(seen, index) if right else seen
            feeding.update(seen, seen.landmarks, seen.landmarks)
        return Report(feeding.results())


def _observe(
    clip: Clip,
    aligned: AlignedClip,
    tuned: TunedGenerator,
    edited: EditedLatents,
    stitched: StitchedCrops,
    composed: EditedClip,
) -> Iterator[Observation]:
    check_twins(clip, composed.clip)
    face_of = {int(frame): face for face, frame in enumerate(aligned.frame_index)}
    steps = latent_steps(tuned.pivots, edited)
    for index, (source, after) in enumerate(zip(clip.frames, composed.clip.frames, strict=True)):
        face = face_of.get(index)
        seen = Observation(source=source, edited=after, status=composed.status[index], cut=index in aligned.cuts)
        if face is not None:
            seen = _with_crops(_with_place(seen, face, aligned, stitched), face, aligned, tuned, stitched)
            seen = replace(seen, latent_step=None if steps is None else steps[face])
        yield seen


def _with_place(frame: Observation, face: int, aligned: AlignedClip, stitched: StitchedCrops) -> Observation:
    """Where the face lies in the frame, and what of the frame it may change."""
    assert frame.source is not None
    transform, size = aligned.frame_from_crop[face], frame.source.shape[:2]
    return replace(
        frame,
        landmarks=aligned.landmarks[face],
        quad=aligned.quads[face],
        mask=to_frame(stitched.masks[face], transform, size),
        touched=reach(stitched.masks[face], transform, size),
        foreground=to_frame(stitched.foreground[face], transform, size),
    )


def _with_crops(
    frame: Observation, face: int, aligned: AlignedClip, tuned: TunedGenerator, stitched: StitchedCrops
) -> Observation:
    return replace(
        frame,
        crop=aligned.crops[face],
        inversion=tuned.inversions[face],
        edited_crop=stitched.edited[face],
        stitched_crop=stitched.crops[face],
        crop_mask=stitched.masks[face],
        crop_foreground=stitched.foreground[face],
        leak=float(stitched.leak[face]),
        border_before=float(stitched.border_before[face]),
        border_after=float(stitched.border_after[face]),
        steps=float(stitched.steps[face]),
    )


def to_frame(
    mask: UInt8[np.ndarray, "S S"], frame_from_crop: Float[np.ndarray, "3 3"], size: tuple[int, int]
) -> Float[np.ndarray, "H W"]:
    """A crop's mask in the frame, bilinear, 0 outside the crop, in [0, 1].

    Convention: `frame_from_crop` works in continuous coordinates, OpenCV in pixel indices, half a pixel apart.
    """
    half = np.array([[1.0, 0.0, 0.5], [0.0, 1.0, 0.5], [0.0, 0.0, 1.0]])
    matrix = np.linalg.inv(half) @ frame_from_crop @ half
    warped = cv2.warpPerspective(mask.astype(np.float32), matrix, size[::-1], flags=cv2.INTER_LINEAR)
    return warped / 255.0


def reach(
    mask: UInt8[np.ndarray, "S S"], frame_from_crop: Float[np.ndarray, "3 3"], size: tuple[int, int]
) -> Bool[np.ndarray, "H W"]:
    """Frame pixels within two crop pixels, and one frame pixel, of the mask."""
    square = np.ones((3, 3), np.uint8)
    return cv2.dilate(to_frame(cv2.dilate(mask, square), frame_from_crop, size), square) > 0.0


def check_twins(source: Clip, edited: Clip) -> None:
    """Refuses clips that are not frame-by-frame twins.

    Raises:
        DataError: They differ in length or size.
    """
    lengths, sizes = (len(source.frames), len(edited.frames)), tuple((c.width, c.height) for c in (source, edited))
    if lengths[0] != lengths[1]:
        raise DataError(
            f"{source.name!r} has {lengths[0]} frames and {edited.name!r} has {lengths[1]}; "
            "frames are compared one by one, so give two videos of the same length (trim the longer one)"
        )
    if sizes[0] != sizes[1]:
        raise DataError(
            f"{source.name!r} is {sizes[0][0]}x{sizes[0][1]} and {edited.name!r} is {sizes[1][0]}x{sizes[1][1]} px; "
            "pixels are compared in place, so scale one of them to the size of the other"
        )
