"""Whether two pictures show one face."""

import numpy as np
import pytest
from made_faces import face

from stitch_exp.faces.looks import Person, alike, are_shown, patch


def drawn(seed=0):
    rng = np.random.default_rng(seed)
    return np.kron(rng.uniform(40, 200, (8, 8)), np.ones((6, 6))).astype(np.float32)


def test_light_contrast_and_a_small_shift_do_not_count():
    one = drawn()
    assert alike(one, one) == pytest.approx(1.0, abs=1e-4)
    assert alike(one, 0.5 * np.roll(one, (2, -3), (0, 1)) + 30) > 0.95
    assert alike(one, drawn(1)) < 0.6


def test_walls_have_no_likeness():
    assert alike(drawn(), np.full((48, 48), 90, np.float32)) == 0.0
    assert alike(np.full((48, 48), 90, np.float32), drawn()) == 0.0


def test_a_hand_beside_does_not_vouch_for_a_hand_before():
    covered = drawn()
    covered[4:44, 8:40] = 170
    partly = drawn()
    partly[4:44, 28:] = 170
    seen = [drawn() for _ in range(6)] + [partly, partly]
    assert are_shown([covered, drawn(), np.zeros((48, 48), np.float32)], seen) == [False, True, False]


def test_the_patch_follows_the_face():
    frame = np.random.default_rng(0).integers(0, 255, (120, 160, 3)).astype(np.uint8)
    moved = np.roll(frame, (4, 7), (0, 1))
    np.testing.assert_allclose(patch(frame, face(80, 50).landmarks), patch(moved, face(87, 54).landmarks), atol=1.5)


class Colours:
    """Recognises people by the colour of one pixel between the eyes."""

    name = weight_hash = crop = "colours"

    def embed(self, frame, landmarks):
        x, y = np.rint(landmarks[36:48].mean(0)).astype(int)
        colour = frame[y, x].astype(np.float32) - 100
        return colour / np.linalg.norm(colour)


def test_a_person_is_known_again_by_any_picture_of_theirs():
    frame = np.full((120, 160, 3), 100, np.uint8)
    frame[50, 40], frame[50, 80], frame[50, 120] = (200, 100, 100), (100, 200, 100), (190, 110, 100)
    person = Person(Colours())
    assert person.likeness(frame, face(40, 50)) == 0.0
    person.learn(frame, face(40, 50))
    assert [person.is_shown(frame, face(x, 50)) for x in (40, 80, 120)] == [True, False, True]
    person.learn(frame, face(80, 50))
    assert person.is_shown(frame, face(80, 50))
