"""One frame of an edit, from what all edits share."""

from typing import Any

import numpy as np
import pytest

from stitch_exp.api.face import TunedFace
from stitch_exp.composite import Delta, Feather
from stitch_exp.types import StitchedCrops
from tests.made_hand import COUNT, PASSING, filmed

DELTA = {
    "change": "edited", "feather_px": 25.0, "edge_fade": 0.0, "largest_motion": 0.05, "keep_missed": True,
    "keep_skin_colour": False, "paste_from": None, "paste_above": 96.0,
}  # fmt: skip


class Stages:
    """Hands out a composite, and a stitching that has stitched everything before."""

    def __init__(self, composite: Any, stitched: StitchedCrops) -> None:
        self.composite, self.stitched = composite, stitched

    def stage(self, name: str) -> Any:
        return {"edit": lambda tuned, work: None, "stitching": self._stitch, "composite": self.composite}[name]

    def _stitch(self, aligned: Any, tuned: Any, edited: Any, work: Any) -> StitchedCrops:
        names = StitchedCrops.__dataclass_fields__
        arrays = {name: getattr(self.stitched, name) for name in names}
        part = aligned.frame_index
        return StitchedCrops(**{name: None if array is None else array[part] for name, array in arrays.items()})


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
