"""Gaps between detections."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stitch_exp.faces.gaps import fades, fill_gaps, runs

flag_lists = st.lists(st.booleans(), min_size=1, max_size=40)


def landmarks(flags):
    points = np.arange(len(flags), dtype=np.float64)[:, None, None] * np.ones((1, 68, 2))
    points[~np.array(flags)] = np.nan
    return points


def test_short_gaps_are_bridged_long_ones_and_ends_are_not():
    flags = [0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 0]
    filled, status = fill_gaps(landmarks([bool(f) for f in flags]), 2)
    assert "".join(state[0] for state in status) == "mdiiddmmmdm"
    np.testing.assert_allclose(filled[2:4, 0, 0], [2, 3])
    assert np.isnan(filled[[0, 6, 7, 8, 10]]).all()


@given(flags=flag_lists, max_gap=st.integers(0, 6))
def test_filling_keeps_detections_and_constant_speed(flags, max_gap):
    filled, status = fill_gaps(landmarks(flags), max_gap)
    for i, (seen, state) in enumerate(zip(flags, status, strict=True)):
        assert (state == "detected") == seen
        if state != "missing":
            np.testing.assert_allclose(filled[i], i)
        else:
            assert np.isnan(filled[i]).all()


@given(flags=flag_lists)
def test_runs_cover_exactly_the_true_flags(flags):
    covered = [i for start, stop in runs(np.array(flags)) for i in range(start, stop)]
    assert covered == [i for i, flag in enumerate(flags) if flag]


def test_nothing_is_bridged_across_a_cut():
    landmarks = np.zeros((8, 68, 2))
    landmarks[[2, 3, 6]] = np.nan
    assert "".join(state[0] for state in fill_gaps(landmarks, 5, (3, 5))[1]) == "ddmmddid"
    assert "".join(state[0] for state in fill_gaps(landmarks, 5)[1]) == "ddiiddid"


def test_runs_end_at_cuts():
    assert list(runs(np.array([True, True, False, True, True, True]), (1, 4))) == [(0, 1), (1, 2), (3, 4), (4, 6)]


def test_the_edit_fades_where_the_face_is_lost_but_not_at_cuts_and_ends():
    usable = np.array([1, 1, 1, 1, 0, 0, 1, 1, 1, 0, 1, 1], bool)
    share = fades(usable, 2, (6,))
    np.testing.assert_allclose(share, [1, 1, 2 / 3, 1 / 3, 0, 0, 1, 2 / 3, 1 / 3, 0, 1 / 3, 2 / 3])
    np.testing.assert_array_equal(fades(usable, 0), usable)
