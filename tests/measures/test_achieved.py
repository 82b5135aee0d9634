import numpy as np
import pytest

from stitch_exp.measures import attributes
from stitch_exp.measures.achieved import HairColour, JudgedAge, MouthOpening, SkinColour, Smile, Yaw
from stitch_exp.measures.observation import Observation


def turned(yaw=0.0, pitch=0.0, roll=0.0, scale=0.3):
    """Points of the average head seen from afar, turned by angles in degrees."""
    a, b, c = np.radians([yaw, pitch, roll])
    about_y = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    points = np.zeros((68, 2))
    points[list(attributes.RIGID)] = 100 + scale * (attributes.HEAD @ (about_z @ about_y @ about_x).T)[:, :2]
    return points


@pytest.mark.parametrize("angles", [(0, 0, 0), (20, 0, 0), (0, 15, 0), (0, 0, -30), (25, -10, 12)])
def test_the_pose_of_a_turned_head_comes_back(angles):
    yaw, pitch, roll = angles
    assert attributes.pose(turned(*angles)) == pytest.approx([yaw, -pitch, roll], abs=1e-6)


def face(gap=0.0, width=30.0, eyes=60.0, scale=1.0):
    points = np.zeros((68, 2))
    points[36], points[45], points[62], points[66] = [0, 0], [eyes, 0], [30, 40], [30, 40 + gap]
    points[48], points[54] = [15, 40], [15 + width, 40]
    return points * scale


def feed(metric, pairs):
    for before, after in pairs:
        metric.update(Observation(found_landmarks=before, edited_landmarks=after))
    return {item.name: item for item in metric.compute()}


def test_openings_are_percent_of_the_distance_of_the_eyes_at_any_scale():
    assert attributes.mouth_opening(face(gap=6.0)) == pytest.approx(10.0)
    assert attributes.mouth_opening(face(gap=6.0, scale=7.0)) == pytest.approx(10.0)
    found = feed(Smile(), [(face(), face(width=36.0))] * 4)
    assert found["smile_change"].value == pytest.approx(10.0) and found["smile_spread"].value == pytest.approx(0.0)


def test_an_unedited_video_achieves_nothing():
    assert [item.value for item in feed(MouthOpening(), [(face(3.0), face(3.0))] * 3).values()] == [0.0, 0.0]


def test_an_edit_that_comes_and_goes_shows_in_the_spread():
    held, flickering = [(face(), face(gap=6.0))] * 6, [(face(), face(gap=12.0 * (t % 2))) for t in range(6)]
    assert feed(MouthOpening(), held)["mouth_change"].value == pytest.approx(10.0)
    found = feed(MouthOpening(), flickering)
    # The same mean, reached by 0 and 20 in turn: a standard deviation of 10.
    assert found["mouth_change"].value == pytest.approx(10.0) and found["mouth_spread"].value == pytest.approx(10.0)


def test_a_lost_face_is_undefined_and_leaves_the_others():
    found = feed(Yaw(), [(turned(), turned(10.0)), (turned(), None), (None, None)])
    assert found["yaw_change"].value == pytest.approx(10.0)
    np.testing.assert_array_equal(np.isnan(found["yaw_change"].per_frame), [False, True, True])


def test_judged_ages_are_compared_frame_by_frame():
    metric = JudgedAge(judge="judge=x")
    for before, after in ((30.0, 42.0), (32.0, 40.0)):
        metric.update(Observation(source_judged={"age": before}, edited_judged={"age": after}))
    metric.update(Observation(source_judged={"age": 30.0}))
    change, spread = metric.compute()
    assert (change.value, spread.value, change.instrument) == (10.0, 2.0, "judge=x")


def test_colours_are_distances_in_lab():
    grey, points = np.full((120, 120, 3), 119, np.uint8), np.zeros((68, 2))
    points[[41, 31, 48, 3, 1]] = [[40, 40], [50, 60], [45, 80], [20, 70], [20, 45]]
    points[[46, 35, 54, 13, 15]] = [[80, 40], [70, 60], [75, 80], [100, 70], [100, 45]]
    metric = SkinColour()
    metric.update(Observation(source=grey, edited=grey + 10, found_landmarks=points, edited_landmarks=points))
    # L* = 116 (Y)^(1/3) - 16 with the sRGB curve: 50.03 at 119, 53.98 at 129.
    lightness = [116 * (((v / 255 + 0.055) / 1.055) ** 2.4) ** (1 / 3) - 16 for v in (119, 129)]
    assert metric.compute()[0].value == pytest.approx(lightness[1] - lightness[0], abs=0.02)


def test_hair_is_what_lies_above_the_brows_in_the_head():
    points = np.zeros((68, 2))
    points[27], points[8], points[17:27], points[36], points[45] = [50, 60], [50, 100], [50, 50], [40, 60], [60, 60]
    head = np.zeros((120, 100), np.float32)
    head[10:110, 20:80] = 1.0
    source = np.full((120, 100, 3), 100, np.uint8)
    edited = source.copy()
    edited[:38] = 160
    metric = HairColour()
    metric.update(Observation(source=source, edited=edited, landmarks=points, foreground=head))
    assert metric.compute()[0].value > 15.0
    inside = attributes.hair(points, head, 120, 100)
    assert inside[10:38, 20:80].all() and inside.sum() == 28 * 60
