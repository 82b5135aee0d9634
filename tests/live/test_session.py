"""The live loop: what is painted and what is not, what is dropped, and what is told about it."""

import time
from collections.abc import Iterator

import numpy as np
import pytest

from stitch_exp.errors import VideoError
from stitch_exp.faces.face import Face
from stitch_exp.live.editor import Editor, added
from stitch_exp.live.latest import Latest
from stitch_exp.live.placing import CausalSquare, placed
from stitch_exp.live.record import Record
from stitch_exp.live.session import live
from stitch_exp.live.shot import Controls, Placed, Shot
from tests.faces.test_tracker import face_at

HEIGHT, WIDTH, SIDE = 160, 320, 32
QUAD = np.array([[60, 40], [60, 100], [120, 100], [120, 40]], float) - 0.5

MARKS = face_at(50).landmarks


def pixels(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 200, (HEIGHT, WIDTH, 3)).astype(np.uint8)


def shot(number: int = 0) -> Shot:
    return Shot(pixels(number), number / 25, time.perf_counter())


def brighter(crop: np.ndarray, share: float, landmarks: np.ndarray) -> np.ndarray:
    return np.full(crop.shape, 30.0 * share, np.float32)


class Tracker:
    """Sees a face in the frames it is told to."""

    def __init__(self, seen: list[bool]) -> None:
        self.seen, self.searches, self.likeness = iter(seen), 0, 1.0

    def find(self, frame: np.ndarray) -> Face | None:
        return face_at(50) if next(self.seen) else None


def session(seen: list[bool], **options: object) -> tuple[list[np.ndarray], dict[str, object]]:
    shown: list[np.ndarray] = []
    figures = live(
        [shot(number) for number in range(len(seen))], Tracker(seen), CausalSquare(1.0),
        Editor(brighter, SIDE, label=False, fade_s=0.12), lambda frame, time_s, controls: shown.append(frame),
        Controls(**options), paced=False,
    )  # fmt: skip
    return shown, figures


def test_only_the_box_of_the_face_is_changed() -> None:
    frame = pixels()
    edited = added(frame, np.full((SIDE, SIDE, 3), 20.0, np.float32), QUAD)
    assert (edited[50:90, 70:110] == frame[50:90, 70:110] + 20).all()
    edited[38:102, 58:122] = frame[38:102, 58:122]
    assert np.array_equal(edited, frame)


def test_the_network_is_told_where_the_landmarks_lie_in_the_crop() -> None:
    told: list[np.ndarray] = []

    def engine(crop: np.ndarray, share: float, landmarks: np.ndarray) -> np.ndarray:
        told.append(landmarks)
        return np.zeros(crop.shape, np.float32)

    Editor(engine, SIDE)(Placed(shot(), QUAD, np.tile([[59.5, 69.5]], (68, 1))), Controls())
    assert np.allclose(told[0], [-0.5, SIDE / 2 - 0.5])  # the left edge, half way down


def test_a_frame_without_a_face_is_never_painted() -> None:
    seen = [True, True, False, False, True, True, True, True]
    shown, figures = session(seen)
    changes = [(frame.astype(int) - pixels(n)).max() for n, frame in enumerate(shown)]
    assert changes[:4] == [30, 30, 0, 0]
    assert 0 < changes[4] < changes[5] < changes[6] == 30  # it fades in again
    assert figures["frames_with_face"] == 6 and figures["frames_shown"] == 8 and figures["frames_dropped"] == 0
    for number in (2, 3):
        assert np.array_equal(shown[number], pixels(number))


def test_a_frame_without_a_face_has_no_label_either() -> None:
    frame = pixels()
    assert Editor(brighter, SIDE)(Placed(Shot(frame, 0.0, 0.0), None, None), Controls()) is frame


def test_the_edit_fades_while_something_passes_over_the_face() -> None:
    editor, shown = Editor(brighter, SIDE, label=False, fade_s=0.12), []
    for number, likeness in enumerate((0.95, 0.95, 0.6, 0.6, 0.6, 0.6, 0.95, 0.775)):
        edited = editor(Placed(shot(number), QUAD, MARKS, likeness), Controls())
        shown.append(int((edited.astype(int) - pixels(number)).max()))
    assert shown == [30, 30, 20, 10, 0, 0, 10, 15]


def test_switched_off_or_at_strength_zero_the_filmed_frame_is_shown() -> None:
    for options in ({"is_on": False}, {"share": 0.0}):
        shown, _ = session([True], **options)
        assert np.array_equal(shown[0], pixels(0))


def test_an_edited_frame_says_so_and_comparing_leaves_a_half() -> None:
    editor, item = Editor(brighter, SIDE), Placed(shot(), QUAD, MARKS)
    plain, marked = Editor(brighter, SIDE, label=False)(item, Controls()), editor(item, Controls())
    assert not np.array_equal(plain[-30:, :100], marked[-30:, :100])
    assert np.array_equal(plain[:100], marked[:100])
    half = Editor(brighter, SIDE, label=False)(Placed(shot(), QUAD + 70, MARKS + 70), Controls(compares=True))
    assert np.array_equal(half[:, : WIDTH // 2], pixels()[:, : WIDTH // 2])
    assert not np.array_equal(half, pixels())


def test_keys() -> None:
    controls = Controls(share=0.95)
    for key in ("+", "b", "e", "x"):
        controls.press(key)
    assert controls == Controls(share=1.0, is_on=False, compares=True, ends=False)
    controls.press("q")
    assert controls.ends


def test_who_comes_late_finds_the_newest() -> None:
    def quick() -> Iterator[int]:
        for number in range(50):
            time.sleep(0.002)
            yield number

    latest, taken = Latest(quick()), []
    for number in latest:
        taken.append(number)
        time.sleep(0.02)
    assert taken == sorted(taken) and taken[-1] == 49
    assert latest.dropped == 50 - len(taken) > 0


def test_an_error_of_the_source_is_raised_where_it_is_used() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise VideoError("the cable is out")

    with pytest.raises(VideoError, match="cable"):
        list(Latest(broken()))


def test_what_is_too_old_is_not_shown() -> None:
    old = [Shot(pixels(), 0.0, time.perf_counter() - 1.0)]
    shown: list[np.ndarray] = []
    figures = live(
        old, Tracker([True]), CausalSquare(1.0), Editor(brighter, SIDE), lambda *args: shown.append(args[0]),
        Controls(), paced=True,
    )  # fmt: skip
    assert shown == [] and figures["frames_too_late"] == 1


def test_the_tracker_is_one_frame_ahead_and_never_two() -> None:
    asked: list[int] = []

    def counted() -> Iterator[Shot]:
        for number in range(6):
            asked.append(number)
            yield shot(number)

    ahead_by: list[int] = []

    def slow(frame: np.ndarray, time_s: float, controls: Controls) -> None:
        time.sleep(0.02)
        ahead_by.append(len(asked) - round(time_s * 25) - 1)

    square, editor = CausalSquare(1.0), Editor(brighter, SIDE)
    live(counted(), Tracker([True] * 6), square, editor, slow, Controls(), paced=False)
    assert max(ahead_by) <= 1 and len(ahead_by) == 6


def test_the_end_key_ends() -> None:
    shown: list[float] = []

    def press(frame: np.ndarray, time_s: float, controls: Controls) -> None:
        shown.append(time_s)
        controls.press("q")

    endless = (shot(0) for _ in iter(int, 1))
    live(endless, Tracker([True] * 9), CausalSquare(1.0), Editor(brighter, SIDE), press, Controls(), paced=False)
    assert shown == [0.0]


def test_the_square_is_causal_and_starts_anew_after_a_gap() -> None:
    seen = Tracker([True, False, True])
    first, gap, again = placed([shot(n) for n in range(3)], seen, CausalSquare(1.0))
    assert gap.quad is None and np.allclose(first.quad, again.quad)


def test_the_record_counts() -> None:
    record = Record()
    for latency in (0.01, 0.02, 0.09):
        record.shown(latency, has_face=latency < 0.05)
    figures = record.figures(dropped=4, searches=2)
    assert (figures["frames_shown"], figures["frames_with_face"], figures["frames_dropped"]) == (3, 2, 4)
    assert (figures["latency_median_ms"], figures["latency_max_ms"]) == (20.0, 90.0)
