"""Frames composed when they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import cv2
import numpy as np
from jaxtyping import Float, Int, UInt8

from stitch_exp.types import AlignedClip, Clip, EditedClip, FrameSource, Treatment

Compose = Callable[[UInt8[np.ndarray, "H W 3"], int], UInt8[np.ndarray, "H W 3"]]
"""`compose(frame, n)`: the frame with crop n in its place, as a new array."""


class ComposedFrames:
    """The source's frames with an edited face in those that have one, as a `types.FrameSource`.

    Frames without a face are the source's own, bit for bit. Where `opacity` is below 1, the frame is a mixture.
    """

    def __init__(
        self,
        source: FrameSource,
        frame_index: Int[np.ndarray, " N"],
        compose: Compose,
        opacity: Float[np.ndarray, " N"] | None = None,
    ) -> None:
        self._source = source
        self._crop_of = {int(frame): n for n, frame in enumerate(frame_index)}
        self._compose = compose
        self._opacity = np.ones(len(frame_index)) if opacity is None else opacity

    def __len__(self) -> int:
        return len(self._source)

    def __iter__(self) -> Iterator[UInt8[np.ndarray, "H W 3"]]:
        for index, frame in enumerate(self._source):
            yield self._composed(frame, index)

    def __getitem__(self, index: int) -> UInt8[np.ndarray, "H W 3"]:
        """Composed frame `index`; negative numbers count from the end."""
        return self._composed(self._source[index], index % len(self))

    def _composed(self, frame: np.ndarray, index: int) -> np.ndarray:
        n = self._crop_of.get(index)
        if n is None:
            return frame
        share = float(self._opacity[n])
        composed = self._compose(frame, n)
        return composed if share == 1.0 else cv2.addWeighted(composed, share, frame, 1.0 - share, 0.0)


def edited_clip(clip: Clip, aligned: AlignedClip, compose: Compose, covered: Mapping[int, float]) -> EditedClip:
    """The clip with its frames replaced by composed ones.

    Args:
        covered: The share of the head that stays as filmed, as something stands in front of it, by number of the crop.
    """

    def faces(frames: FrameSource) -> ComposedFrames:
        return ComposedFrames(frames, aligned.frame_index, compose, aligned.opacity)

    treatments = list(aligned.treatments)
    for n, share in covered.items():
        frame = int(aligned.frame_index[n])
        treatments[frame] = _partly(treatments[frame], share)
    edited = replace(clip, frames=faces(clip.frames), digest="")
    return EditedClip(edited, aligned.status, tuple(treatments), aligned.cuts, faces)


def _partly(treatment: Treatment, share: float) -> Treatment:
    if treatment.kind == "passed":
        return treatment
    reason = f"{share:.0%} of the head as filmed: something is in front of it"
    return replace(treatment, reason="; ".join(filter(None, (treatment.reason, reason))), kept=share)
