"""Frames to look at."""

import numpy as np

from stitch_exp.report import pictures


def test_worst_frames_are_apart_and_say_why():
    seam, identity = np.ones(20) + np.linspace(0, 0.01, 20), np.full(20, 0.9) - np.linspace(0, 0.001, 20)
    seam[5], seam[6], identity[12] = 9.0, 8.0, 0.2
    chosen = pictures.worst_frames({"seam_error": (seam, 1), "identity_to_source": (identity, -1)}, count=2)
    assert sorted(chosen) == [(5, "seam_error"), (12, "identity_to_source")]
