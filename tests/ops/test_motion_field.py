"""How an edit moves features."""

import cv2
import numpy as np
import pytest

from stitch_exp.ops.motion import displacement, features_of_face

SIDE = 128


def drawn(mouth_y=85, size=(18, 5)):
    """A schematic face: dark eyes and mouth on smooth skin."""
    picture = np.full((SIDE, SIDE, 3), 150.0, np.float32)
    cv2.ellipse(picture, (64, mouth_y), size, 0, 0, 360, (90, 60, 60), -1)
    for x in (44, 84):
        cv2.circle(picture, (x, 50), 5, (40, 40, 40), -1)
    return cv2.GaussianBlur(picture, (0, 0), 1.5)


def field(before, after):
    levels = [np.clip(picture, 0, 255).astype(np.uint8) for picture in (before, after)]
    return displacement(*levels, largest=0.05)


def test_light_on_smooth_skin_moves_nothing():
    rows, columns = np.mgrid[:SIDE, :SIDE]
    light = 20 * np.sin(columns / 30) * np.cos(rows / 25)
    length = np.linalg.norm(field(drawn(), drawn() + light[..., None]), axis=-1)
    assert length[60:75, :30].max() < 0.5 and np.median(length) < 0.1


@pytest.mark.parametrize("step", [-4, 3])
def test_a_feature_that_moves_is_followed(step):
    moved = field(drawn(), drawn(85 + step))
    assert moved[85 + step, 50:78, 1].mean() == pytest.approx(-step, abs=1.0)
    assert np.abs(moved[50, 40:48]).max() < 0.6 and np.abs(moved[100:, :20]).max() < 0.3


def eye(kind):
    picture = np.full((SIDE, SIDE, 3), 150.0, np.float32)
    if kind == "open":
        cv2.ellipse(picture, (44, 50), (12, 7), 0, 0, 360, (220, 220, 220), -1)
        cv2.circle(picture, (44, 50), 5, (40, 40, 40), -1)
    if kind == "closed":
        cv2.ellipse(picture, (44, 53), (12, 3), 0, 0, 180, (60, 40, 40), 2)
    if kind == "hand":
        cv2.rectangle(picture, (30, 40), (58, 58), (190, 150, 130), -1)
        cv2.line(picture, (30, 49), (58, 44), (90, 70, 60), 2)
    return cv2.GaussianBlur(picture, (0, 0), 1.0)


@pytest.mark.parametrize("after", ["open", "hand"])
def test_what_no_displacement_makes_alike_hardly_moves(after):
    found = field(eye("closed"), eye(after))
    assert np.linalg.norm(found, axis=-1)[38:62, 30:58].mean() < 2.5  # without this rule 3.4 and 4.1


def test_nothing_moves_between_equal_pictures():
    assert np.abs(field(drawn(), drawn())).max() < 0.05


def test_displacements_are_of_the_features_not_of_hair_and_wall():
    weight = features_of_face(256)[..., 0]
    assert weight[140:160, 110:146].min() > 0.99  # nose
    assert weight[190:195, 110:146].min() > 0.9  # mouth
    assert weight[:, :30].max() < 0.01 and weight[:40].max() < 0.01 and weight[250:].max() < 0.02
    assert np.abs(np.diff(weight, axis=0)).max() < 0.1
