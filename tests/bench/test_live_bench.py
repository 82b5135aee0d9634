"""The comparison of live and full edits: what is cut, what is shown, and what the table says."""

from fractions import Fraction

import numpy as np

from bench.live import last, sheet, table
from stitch_exp.types import Clip

ROW = {
    "clip": "d1", "distance": 0.21, "explained": 0.8, "seconds": 150.0,
    "full": {"age": 20.0, "tl_id": 0.98, "flicker": 0.5}, "live": {"age": 17.0, "tl_id": 0.99, "flicker": 0.4},
}  # fmt: skip


def clip(level: int, count: int = 10) -> Clip:
    frames = [np.full((8, 12, 3), level + n, np.uint8) for n in range(count)]
    return Clip("clip", frames, 8, 12, Fraction(25), 5 + 2 * np.arange(count), Fraction(1, 50))


def test_the_last_frames_start_at_zero() -> None:
    part = last(clip(0), 4)
    assert [int(frame[0, 0, 0]) for frame in part.frames] == [6, 7, 8, 9]
    assert part.pts.tolist() == [0, 2, 4, 6] and part.origin is None


def test_a_sheet_shows_filmed_full_live_and_how_they_differ() -> None:
    picture = sheet(clip(50), clip(60), clip(61))
    assert picture.shape == (4 * 8, 6 * 12, 3)
    assert [int(picture[row, 0, 0]) for row in (0, 8, 16, 24)] == [50, 60, 61, 131]
    assert int(picture[0, -1, 0]) == 59


def test_the_table_sets_live_beside_full() -> None:
    line = table([ROW]).splitlines()[-1]
    assert line == "| d1 | +20.0 / +17.0 years | 85% | 0.21 | 0.980 / 0.990 | 0.50 / 0.40 | 80% | 150 s |"
