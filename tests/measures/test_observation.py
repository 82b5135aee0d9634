"""One frame as the metrics see it."""

import numpy as np

from stitch_exp.measures.observation import hull


def test_hull_covers_its_points():
    filled = hull(np.array([[2.0, 2.0], [10.0, 2.0], [10.0, 8.0], [2.0, 8.0]]), 12, 14)
    assert filled[2:9, 2:11].all() and filled.sum() == 7 * 9
