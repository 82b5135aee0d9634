"""Which faces of a clip a lesson is about, and what was made of them."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from stitch_exp.faces.in_crops import as_own_frames, crop_landmarks
from stitch_exp.types import AlignedClip, StitchedCrops, TunedGenerator


def chosen(aligned: AlignedClip, tuned: TunedGenerator, faces: slice) -> tuple[AlignedClip, TunedGenerator]:
    """These faces alone: their crops as frames of their own, their pivots and inversions."""
    crops = as_own_frames(aligned.crops[faces], crop_landmarks(aligned)[faces])
    return crops, replace(tuned, pivots=tuned.pivots[faces], inversions=tuned.inversions[faces])


def part_of(stitched: StitchedCrops, faces: slice, num_faces: int) -> StitchedCrops:
    """Of a clip of so many faces these alone, whether all were stitched or only they."""
    if len(stitched.crops) != num_faces:
        return stitched
    values = {item.name: getattr(stitched, item.name) for item in fields(StitchedCrops)}
    cut: dict[str, Any] = {name: None if value is None else value[faces] for name, value in values.items()}
    return StitchedCrops(**cut)
