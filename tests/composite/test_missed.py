"""Features that the inversion missed."""

import cv2
import numpy as np
import pytest

from stitch_exp.composite.missed import WIDE, followed, without_missed

SIDE = 128
MOUTH, EYE = np.s_[80:90, 58:70], np.s_[55:62, 44:54]


def face(mouth_open: bool, blur: float = 0.0) -> np.ndarray:
    picture = np.full((SIDE, SIDE, 3), 150.0, np.float32)
    cv2.circle(picture, (48, 58), 5, (60.0, 50.0, 50.0), -1)
    cv2.ellipse(picture, (64, 85), (14, 9 if mouth_open else 2), 0, 0, 360, (70.0, 30.0, 30.0), -1)
    return np.rint(cv2.GaussianBlur(picture, (0, 0), 1.0 + blur)).astype(np.uint8)


def test_another_mouth_is_missed_and_the_eye_is_not() -> None:
    follows = followed(face(True), face(False))[..., 0]
    assert follows[MOUTH].max() < 0.2 and follows[EYE].min() > 0.95


@pytest.mark.parametrize("inversion", [face(True), face(True, blur=0.7), np.clip(face(True) + 25.0, 0, 255)])
def test_what_is_equal_blurred_or_in_another_light_is_followed(inversion: np.ndarray) -> None:
    assert followed(face(True), inversion.astype(np.uint8)).min() > 0.95


def test_beside_the_features_everything_is_followed() -> None:
    stripes = np.zeros((SIDE, SIDE, 3), np.uint8)
    stripes[::8] = stripes[1::8] = stripes[2::8] = 255
    follows = followed(stripes, np.full_like(stripes, 96))[..., 0]
    assert follows[64:80, 60:68].max() < 0.05 and follows[:, :8].min() > 0.99 and follows[:12].min() > 0.99


def test_a_missed_feature_takes_the_light_of_the_change_only() -> None:
    change = np.random.default_rng(0).normal(10, 20, (SIDE, SIDE, 3)).astype(np.float32)
    change[:, 64:] += 20
    nowhere, everywhere = np.zeros((SIDE, SIDE, 1), np.float32), np.ones((SIDE, SIDE, 1), np.float32)
    np.testing.assert_allclose(without_missed(change, everywhere), change, atol=1e-4)
    np.testing.assert_allclose(without_missed(change, nowhere), cv2.GaussianBlur(change, (0, 0), WIDE * SIDE))
