"""Following everybody at once."""

import pytest
from made_faces import Scripted, Tones, painted

from stitch_exp.faces.everyone import Everyone
from stitch_exp.faces.follower import Follower

MAN, WOMAN, CHILD = 40, 120, 200
BOTH = {(40, 12): MAN, (110, 11): WOMAN}
SHE = {(110, 11): WOMAN}


def tracked(shots, new=(), recogniser=None, **settings):
    """For each person the frames they are found in, and where."""
    frames, script = painted(shots)
    options = {"min_score": 0.5, "min_face_px": 10.0, "max_gap_frames": 2} | settings
    crowd = Everyone(Scripted(script), recogniser=recogniser or Tones(), **options)
    for i, frame in enumerate(frames):
        crowd.look(frame, i in new)
    places = [{t: round(one.landmarks[36:48].mean(0)[0]) for t, one in track.faces.items()} for track in crowd.tracks()]
    return places, crowd


def test_each_has_a_track_and_the_most_prominent_is_first():
    places, _ = tracked([BOTH] * 4)
    assert places == [dict.fromkeys(range(4), 40), dict.fromkeys(range(4), 110)]


@pytest.mark.parametrize("num_hidden", [1, 2, 5])
def test_who_stays_is_not_taken_for_who_hides(num_hidden):
    places, _ = tracked([BOTH, BOTH, *[SHE] * num_hidden, BOTH])
    seen = [0, 1, num_hidden + 2]
    assert places == [dict.fromkeys(range(num_hidden + 3), 110), dict.fromkeys(seen, 40)]


def test_one_who_comes_back_elsewhere_is_the_same():
    places, _ = tracked([BOTH, *[SHE] * 5, {(110, 11): WOMAN, (60, 12): MAN}])
    assert places[1] == {0: 40, 6: 60}


def test_places_are_swapped_at_a_cut_and_people_are_not():
    swapped = {(40, 11): WOMAN, (110, 12): MAN}
    places, _ = tracked([BOTH, BOTH, swapped, swapped], new=(2,))
    assert places == [{0: 40, 1: 40, 2: 110, 3: 110}, {0: 110, 1: 110, 2: 40, 3: 40}]


def test_where_somebody_hides_nobody_is_new_for_a_while():
    places, _ = tracked([{(80, 12): MAN}, {(80, 12): WOMAN}, {(80, 12): MAN}])
    assert places == [{0: 80, 2: 80}]
    places, _ = tracked([{(80, 12): MAN}, *[{(80, 12): WOMAN}] * 5])
    assert places == [{4: 80, 5: 80}, {0: 80}]


def test_two_tracks_that_turn_out_alike_are_one_person():
    shots = [{(40, 12): MAN}, *[{(110, 12): MAN + 40}] * 10, {(110, 12): MAN + 20}]
    places, _ = tracked(shots, new=(1,))
    assert places == [{0: 40, **dict.fromkeys(range(1, 12), 110)}]
    together = [{(40, 12): MAN, (110, 12): tone} for tone in (MAN + 40,) * 10 + (MAN + 20,)]
    assert len(tracked(together)[0]) == 2


def test_small_faces_are_nobodys_and_counted():
    places, crowd = tracked([{(40, 12): MAN, (110, 4): WOMAN}] * 3, min_face_px=20.0)
    assert (len(places), crowd.most_small) == (1, 1)


class Counting(Scripted):
    def __init__(self, script, enlarged):
        super().__init__(script, enlarged)
        self.calls = 0

    def detect(self, frame):
        self.calls += 1
        return super().detect(frame)


def test_one_person_alone_is_followed_as_by_follow_largest():
    shots = [{}, {(80, 12): MAN}, {}, {(82, 12): MAN}, *[{}] * 9, {(40, 12): MAN}, {(41, 12): MAN}]
    frames, script = painted(shots)
    settings = {"min_score": 0.5, "min_face_px": 10.0, "max_gap_frames": 2, "recogniser": Tones()}
    alone, among = (Counting(script, lambda frame: []) for _ in range(2))
    follower, crowd = Follower(alone, "largest", **settings), Everyone(among, **settings)
    expected = {}
    for i, frame in enumerate(frames):
        found = follower.find(frame)
        crowd.look(frame)
        expected |= {} if found is None else {i: found}
    [track] = crowd.tracks()
    assert track.faces == expected and sorted(expected) == [1, 3, 13, 14]
    assert among.calls == alone.calls
