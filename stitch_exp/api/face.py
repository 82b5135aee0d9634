"""One person of a clip, aligned and tuned: any frame of any edit at the cost of one rendering."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any, Protocol, runtime_checkable

import numpy as np

from stitch_exp.composite.base import Composite
from stitch_exp.composite.occluders import NOTHING, Occluders, Search, Stretch, in_front_of, stretches
from stitch_exp.types import AlignedClip, Clip, EditedClip, StitchedCrops, TunedGenerator, Workspace


@runtime_checkable
class Maker(Protocol):
    """Makes the stages of an edit, as `building.builder.Builder` does."""

    def stage(self, name: str) -> Any: ...


class TunedFace:
    """What all edits of one person's face share.

    Args:
        aligned: The whole clip.
        tuned: Of the same crops.
    """

    def __init__(self, aligned: AlignedClip, tuned: TunedGenerator) -> None:
        self.aligned, self.tuned = aligned, tuned
        self.frame_numbers = [int(number) for number in aligned.frame_index]

    def edited(self, frame: int, clip: Clip, builder: Maker) -> EditedClip:
        """The clip with this face edited in one frame, as a run over all frames edits it there but for the stitching.

        Args:
            frame: One of `frame_numbers`.
            clip: The source.
            builder: Makes the stages of the edit.
        """
        n = self.frame_numbers.index(frame)
        composite: Composite = builder.stage("composite")
        stitched = self._stitched(n, builder)
        in_front = self._in_front(n, stitched, builder) if composite.keep_in_front else None
        return composite(clip, self._aligned(n), self._tuned(n), stitched, Workspace(), in_front)

    def _stitched(self, n: int, builder: Maker) -> StitchedCrops:
        # All codes go in, as edits may be drawn from where the clip's mean lies; one face is drawn.
        edited = builder.stage("edit")(self.tuned, Workspace())
        return builder.stage("stitching").part(self.aligned, self.tuned, edited, slice(n, n + 1), Workspace())

    def _in_front(self, n: int, stitched: StitchedCrops, builder: Maker) -> Occluders:
        """What the other frames say stands before the face in this one."""
        stretch = next((one for one in self._stretches if n in one.numbers), None)
        if stretch is None:
            return NOTHING

        def heads(m: int) -> np.ndarray:
            return np.asarray((stitched if m == n else self._stitched(m, builder)).foreground[0])

        found = in_front_of(n, Search(stretch, heads))
        return Occluders({0: found.masks[n]}, {0: found.shares[n]}) if n in found.masks else NOTHING

    @cached_property
    def _stretches(self) -> list[Stretch]:
        return [Stretch(numbers, self.aligned, self.tuned) for numbers in stretches(self.aligned)]

    def _aligned(self, n: int) -> AlignedClip:
        part, whole = slice(n, n + 1), self.aligned
        return replace(
            whole,
            crops=whole.crops[part],
            frame_index=whole.frame_index[part],
            frame_from_crop=whole.frame_from_crop[part],
            quads=whole.quads[part],
            landmarks=whole.landmarks[part],
            opacity=None if whole.opacity is None else whole.opacity[part],
        )

    def _tuned(self, n: int) -> TunedGenerator:
        part = slice(n, n + 1)
        return replace(self.tuned, pivots=self.tuned.pivots[part], inversions=self.tuned.inversions[part])
