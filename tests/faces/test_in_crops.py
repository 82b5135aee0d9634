"""Landmarks of a frame in the pixels of its crop."""

import numpy as np

from stitch_exp.faces.in_crops import crop_landmarks, crop_landmarks_of
from stitch_exp.types import AlignedClip


def test_pixel_centres_stay_pixel_centres() -> None:
    """The crop's corner is the frame's (10, 20) and each of its pixels is 2 wide: 10.5 is the middle of the first."""
    count = 2
    shifted = np.array([[2.0, 0.0, 10.0], [0.0, 2.0, 20.0], [0.0, 0.0, 1.0]])
    aligned = AlignedClip(
        crops=np.zeros((count, 8, 8, 3), np.uint8),
        frame_index=np.arange(count),
        frame_from_crop=np.stack([shifted, np.eye(3)]),
        quads=np.zeros((count, 4, 2)),
        landmarks=np.tile(np.array([10.5, 24.5]), (count, 68, 1)),
        status=("detected",) * count,
    )
    found = crop_landmarks(aligned)
    np.testing.assert_allclose(found[0], np.tile([0.0, 2.0], (68, 1)), atol=1e-12)
    np.testing.assert_allclose(found[1], np.tile([10.5, 24.5], (68, 1)))
    np.testing.assert_array_equal(crop_landmarks_of(aligned, 1), found[1])
