"""Frames composed when they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from jaxtyping import Int, UInt8

from stitch_exp.types import AlignedClip, Clip, EditedClip, FrameSource

Compose = Callable[[UInt8[np.ndarray, "H W 3"], int], UInt8[np.ndarray, "H W 3"]]
"""`compose(frame, n)`: the frame with crop n in its place, as a new array."""


class ComposedFrames:
    """The source's frames with an edited face in those that have one, as a `types.FrameSource`.

    Frames without a face are the source's own, bit for bit.
    """

    def __init__(self, source: FrameSource, frame_index: Int[np.ndarray, " N"], compose: Compose) -> None:
        self._source = source
        self._crop_of = {int(frame): n for n, frame in enumerate(frame_index)}
        self._compose = compose

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
        return frame if n is None else self._compose(frame, n)


def edited_clip(clip: Clip, aligned: AlignedClip, compose: Compose) -> EditedClip:
    """The clip with its frames replaced by composed ones."""
    frames = ComposedFrames(clip.frames, aligned.frame_index, compose)
    return EditedClip(replace(clip, frames=frames, digest=""), aligned.status)
