"""Following one face."""

import numpy as np
import pytest
from made_faces import HEIGHT, WIDTH, NumberedFrames, Scripted, face

from stitch_exp.errors import ConfigError
from stitch_exp.faces.follower import Follower


def followed(script, follow="largest", min_score=0.5, min_face_px=10.0, max_gap_frames=3, enlarged=lambda frame: []):
    follower = Follower(Scripted(script, enlarged), follow, min_score, min_face_px, max_gap_frames)
    found = [follower.find(frame) for frame in NumberedFrames(len(script))]
    return [None if item is None else tuple(np.round(item.landmarks[36:48].mean(0)).astype(int)) for item in found]


def test_largest_first_then_the_same_one():
    script = [[face(40, 50, 20), face(110, 50, 16)], [face(41, 50, 15), face(110, 50, 25)]]
    assert followed(script) == [(40, 50), (41, 50)]


@pytest.mark.parametrize(("point", "expected"), [([0.25, 0.4], (40, 50)), ([1.0, 0.5], (110, 50))])
def test_nearest_to_a_point(point, expected):
    assert followed([[face(40, 50), face(110, 50)]], follow=point) == [expected]


def test_a_jump_is_another_face():
    assert followed([[face(40, 50, 12)], [face(120, 50, 12)], [face(42, 50, 12)]]) == [(40, 50), None, (42, 50)]


def test_after_a_long_gap_choose_again():
    script = [[face(40, 50, 12)], *[[face(120, 50, 12)]] * 5]
    assert followed(script, max_gap_frames=3) == [(40, 50), None, None, None, None, (120, 50)]


def test_reach_grows_with_the_gap():
    script = [[face(40, 50, 12)], [], [], [face(75, 50, 12)]]
    assert followed(script)[-1] == (75, 50)


def test_unsure_and_small_faces_are_ignored():
    follower = Follower(Scripted([[face(40, 50, 20, 0.2), face(90, 50, 5)]]), "largest", 0.5, 30.0, 3)
    assert follower.find(NumberedFrames(1)[0]) is None
    assert follower.best_score == 0.9
    assert 0 < follower.largest_px < 30


def test_second_look_at_the_whole_frame():
    seen = []

    def enlarged(frame):
        seen.append(frame.shape)
        return [face(160 + 1.5, 200 + 1.5, 48)]  # at four times the size

    assert followed([[]], enlarged=enlarged) == [(40, 50)]
    assert seen == [(4 * HEIGHT, 4 * WIDTH, 3)]


def test_second_look_around_the_last_face():
    first = face(80, 50, 12)
    reach = first.side * 1.5
    low, high = np.maximum(np.floor(first.center - reach), 0), np.ceil(first.center + reach)
    factor = 480 / min(np.minimum(high, (WIDTH, HEIGHT)) - low)

    def enlarged(frame):
        x, y = (np.array([81.0, 50.0]) - low + 0.5) * factor - 0.5
        return [face(x, y, 12 * factor)]

    assert followed([[first], []], enlarged=enlarged) == [(80, 50), (81, 50)]


def test_while_nobody_is_there_not_every_frame_is_searched():
    calls = []
    followed([[]] * 11, enlarged=lambda frame: calls.append(1) or [])
    searched_once = []
    followed([[]], enlarged=lambda frame: searched_once.append(1) or [])
    assert len(calls) == 3 * len(searched_once)


@pytest.mark.parametrize("follow", ["smallest", [0.5], [0.5, 2.0], []])
def test_impossible_choice(follow):
    with pytest.raises(ConfigError, match=r"aligner.follow="):
        Follower(Scripted([]), follow, 0.5, 10.0, 3)
