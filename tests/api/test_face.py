"""One frame of an edit, from what all edits share."""

from typing import Any

import numpy as np
import pytest

from stitch_exp.api.face import TunedFace
from stitch_exp.composite import Delta, Feather
from stitch_exp.stitching.stitcher import Stitcher
from stitch_exp.types import StitchedCrops, Workspace
from tests.made_hand import COUNT, PASSING, filmed
from tests.small_clip import CPU, clip_of, cpu_trainer, disc, moved, tiny_generator, untuned
from tests.stitching.flat_scene import RULE

DELTA = {
    "change": "edited", "feather_px": 25.0, "edge_fade": 0.0, "largest_motion": 0.05, "keep_missed": True,
    "keep_skin_colour": False, "paste_from": None, "paste_above": 96.0,
}  # fmt: skip


class Stages:
    """Hands out a composite, and a stitching that has stitched everything before."""

    def __init__(self, composite: Any, stitched: StitchedCrops) -> None:
        self.composite, self.stitched = composite, stitched

    def stage(self, name: str) -> Any:
        return {"edit": lambda tuned, work: None, "stitching": self, "composite": self.composite}[name]

    def part(self, aligned: Any, tuned: Any, edited: Any, faces: slice, work: Any) -> StitchedCrops:
        names = StitchedCrops.__dataclass_fields__
        arrays = {name: getattr(self.stitched, name) for name in names}
        return StitchedCrops(**{name: None if array is None else array[faces] for name, array in arrays.items()})


@pytest.mark.parametrize(
    "composite", [Delta(**DELTA, keep_in_front=True), Feather(feather_px=25.0, keep_in_front=True)]
)
def test_a_frame_is_what_the_whole_run_shows(composite):
    clip, aligned, tuned, stitched = filmed(PASSING)
    whole = composite(clip, aligned, tuned, stitched)
    assert sum(item.kept > 0 for item in whole.treatments) >= len(PASSING)
    one = TunedFace(aligned, tuned)
    for n in range(COUNT):
        alone = one.edited(n, clip, Stages(composite, stitched))
        np.testing.assert_array_equal(alone.clip.frames[n], whole.clip.frames[n])
        assert alone.treatments[n] == whole.treatments[n]


def test_a_hand_that_need_not_be_kept_is_not_looked_for(monkeypatch):
    clip, aligned, tuned, stitched = filmed(PASSING)
    monkeypatch.setattr(TunedFace, "_in_front", None)
    composite = Feather(feather_px=25.0, keep_in_front=False)
    alone = TunedFace(aligned, tuned).edited(8, clip, Stages(composite, stitched))
    whole = composite(clip, aligned, tuned, stitched)
    np.testing.assert_array_equal(alone.clip.frames[8], whole.clip.frames[8])


def test_a_face_is_drawn_from_where_the_clip_s_mean_lies() -> None:
    """Edits nearer to the mean face move all codes by one offset, which a frame by itself does not tell."""
    generator, count = tiny_generator(), 3
    aligned, tuned = clip_of(generator, count), untuned(generator, count)
    stitching = Stitcher(
        steps=[], masks=RULE, tuned_share=1.0, truncation_psi=0.5, render_batch=2, generator=generator,
        segmenter=disc, trainer=cpu_trainer, device=CPU,
    )  # fmt: skip
    whole = stitching(aligned, tuned, moved(count), Workspace())
    stages = {"edit": lambda tuned, work: moved(len(tuned.pivots)), "stitching": stitching}
    for n in range(count):
        alone = TunedFace(aligned, tuned)._stitched(n, Named(stages))
        np.testing.assert_array_equal(alone.edited[0], whole.edited[n])


class Named:
    """Hands out stages by their names."""

    def __init__(self, stages: dict[str, Any]) -> None:
        self.stage = stages.__getitem__
