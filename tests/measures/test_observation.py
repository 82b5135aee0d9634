"""One frame as the metrics see it."""

from dataclasses import fields

import numpy as np
import pytest

from stitch_exp.measures.observation import DETECTED, JUDGED, OF_RUN, OF_TWO_VIDEOS, Observation, hull


def test_hull_covers_its_points():
    filled = hull(np.array([[2.0, 2.0], [10.0, 2.0], [10.0, 8.0], [2.0, 8.0]]), 12, 14)
    assert filled[2:9, 2:11].all() and filled.sum() == 7 * 9


def test_the_region_is_the_mask_else_the_hull_of_the_landmarks_else_unknown():
    square = np.array([[2.0, 1.0], [2.0, 4.0], [6.0, 4.0], [6.0, 1.0]])
    source = np.zeros((8, 10, 3), np.uint8)
    mask = np.full((8, 10), 0.4, np.float32)
    mask[0, 0] = 0.6
    assert np.argwhere(Observation(source=source, landmarks=square, mask=mask).region).tolist() == [[0, 0]]
    inside = Observation(source=source, landmarks=square).region
    assert inside[1:5, 2:7].all() and inside.sum() == 4 * 5
    assert Observation(source=source).region is None and Observation(landmarks=square).region is None


def test_the_edge_of_a_mask_belongs_to_it_only_above_one_half():
    mask = np.array([[0.5, np.nextafter(np.float32(0.5), np.float32(1))]], np.float32)
    assert Observation(mask=mask).region.tolist() == [[False, True]]


@pytest.mark.parametrize(
    ("points", "area"),
    [
        ([[3.0, 3.0]], 1),
        ([[1.0, 3.0], [4.0, 3.0]], 4),
        ([[-50.0, -50.0], [-50.0, 50.0], [50.0, 50.0], [50.0, -50.0]], 80),
        ([[20.0, 20.0], [25.0, 20.0], [22.0, 28.0]], 0),
        ([[1.0, 1.0], [5.0, 1.0], [5.0, 5.0], [1.0, 5.0], [3.0, 3.0]], 25),
    ],
)
def test_the_hull_of_few_points_of_all_of_the_frame_and_of_none_of_it(points, area):
    assert hull(np.array(points), 8, 10).sum() == area


def test_what_a_run_and_two_videos_know_are_fields_or_the_region():
    known = {field.name for field in fields(Observation)} | {"region"}
    assert known >= OF_RUN and known >= OF_TWO_VIDEOS
    assert not OF_RUN & {*DETECTED, *JUDGED} and not OF_TWO_VIDEOS & {"mask", "crop", *JUDGED}
