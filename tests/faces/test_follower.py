"""Following one face."""

import numpy as np
import pytest
from made_faces import HEIGHT, WIDTH, NumberedFrames, Scripted, Tones, face, painted
from PIL import Image

from stitch_exp.errors import ConfigError, FaceError
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


def test_who_follows_everybody_chooses_nobody() -> None:
    assert followed([[face(40, 50, 20)]] * 2, follow="all") == [None, None]


@pytest.mark.parametrize("follow", ["smallest", [0.5], [0.5, 2.0], []])
def test_impossible_choice(follow):
    with pytest.raises(ConfigError, match=r"aligner.follow="):
        Follower(Scripted([]), follow, 0.5, 10.0, 3)


MAN, WOMAN, CHILD = 40, 120, 200


def people_followed(shots, follow="largest", new=()):
    frames, script = painted(shots)
    follower = Follower(Scripted(script), follow, 0.5, 10.0, 2, Tones())
    found = [follower.find(frame, i in new) for i, frame in enumerate(frames)]
    return [None if item is None else round(item.landmarks[36:48].mean(0)[0]) for item in found]


@pytest.mark.parametrize("num_hidden", [1, 2, 5])
def test_nobody_beside_is_taken_for_one_who_hides(num_hidden):
    both, she = {(40, 12): MAN, (100, 11): WOMAN}, {(100, 11): WOMAN}
    expected = [40, 40, *[None] * num_hidden, 40]
    assert people_followed([both, both, *[she] * num_hidden, both]) == expected


def test_one_who_comes_back_elsewhere_is_known():
    assert people_followed([{(40, 12): MAN}, {}, {(110, 12): MAN, (45, 12): WOMAN}]) == [40, None, 110]


def test_another_in_the_same_place_is_not_followed():
    assert people_followed([{(80, 12): MAN}, {(80, 12): WOMAN}, {(80, 12): MAN}]) == [80, None, 80]


def test_a_new_shot_prefers_the_known_then_the_largest_but_nobody_seen_beside():
    both = {(40, 12): MAN, (100, 10): WOMAN}
    assert people_followed([both, {(60, 10): MAN, (110, 13): CHILD}], new=(1,)) == [40, 60]
    assert people_followed([both, {(60, 10): CHILD, (110, 13): WOMAN}], new=(1,)) == [40, 60]
    assert people_followed([both, {(60, 10): WOMAN}], new=(1,)) == [40, None]


def test_a_point_means_one_person():
    both = {(40, 12): MAN, (100, 10): WOMAN}
    assert people_followed([both, {(60, 10): CHILD}, both], [0.6, 0.4], new=(1, 2)) == [100, None, 100]


def test_a_picture_means_its_person(tmp_path):
    frames, script = painted([{(80, 12): WOMAN}])
    frames[0][0, 0] = 0
    Image.fromarray(frames[0]).save(tmp_path / "her.png")
    both = {(40, 14): MAN, (100, 10): WOMAN}
    moving, more = painted([{}, {(40, 14): MAN}, both])
    follower = Follower(Scripted([script[0], *more[1:]]), str(tmp_path / "her.png"), 0.5, 10.0, 2, Tones())
    found = [follower.find(frame) for frame in moving[1:]]
    assert found[0] is None and found[1].landmarks[36:48].mean(0)[0] == pytest.approx(100)


def test_a_picture_without_a_face_is_refused(tmp_path):
    Image.fromarray(NumberedFrames(1)[0]).save(tmp_path / "wall.png")
    follower = Follower(Scripted([[]]), str(tmp_path / "wall.png"), 0.5, 10.0, 2, Tones())
    with pytest.raises(FaceError, match=r"wall.png: no face"):
        follower.find(NumberedFrames(1)[0])
