import cv2
import numpy as np
import pytest

from stitch_exp.measures.motion import AlignmentJitter, Flicker, MotionKept
from stitch_exp.measures.observation import Observation
from stitch_exp.ops.motion import moved

SQUARE = np.array([[0.0, 0.0], [0.0, 2.0], [2.0, 2.0], [2.0, 0.0]])


def feed(metric, frames):
    for frame in frames:
        metric.update(frame)
    return metric.compute()


def jitter(tracks):
    metric = AlignmentJitter()
    return feed(metric, [Observation() if quad is None else Observation(quad=quad) for quad in tracks])[0]


def test_uniform_motion_does_not_jitter():
    assert jitter([SQUARE + np.array([3.0 * t, -t]) for t in range(6)]).value == pytest.approx(0.0, abs=1e-12)


def test_constant_acceleration_is_measured_in_units_of_the_face():
    result = jitter([SQUARE + np.array([0.5 * t * t, 0.0]) for t in range(6)])
    assert result.value == pytest.approx(100.0 * 1.0 / np.sqrt(2.0))
    assert np.isnan(result.per_frame[:2]).all() and np.isfinite(result.per_frame[2:]).all()


def test_jitter_is_free_of_scale():
    tracks = [SQUARE + np.random.default_rng(t).normal(size=(4, 2)) for t in range(5)]
    assert jitter([7.0 * quad for quad in tracks]).value == pytest.approx(jitter(tracks).value)


def test_a_gap_starts_the_history_again():
    curve = jitter([SQUARE, SQUARE, SQUARE, None, SQUARE, SQUARE, SQUARE]).per_frame
    assert np.isfinite(curve).tolist() == [False, False, True, False, False, False, True]


def pan(make_frames, change=lambda frame, t: frame, count=6):
    frames = make_frames(count)
    mask = np.zeros(frames[0].shape[:2], np.float32)
    mask[12:36, 16:48] = 1.0
    return [Observation(source=frame, edited=change(frame.copy(), t), mask=mask) for t, frame in enumerate(frames)]


def brighter(frame, t):
    frame[12:36, 16:48] = np.clip(frame[12:36, 16:48].astype(int) + 10, 0, 255)
    return frame


def blinking(frame, t):
    return brighter(frame, t) if t % 2 else frame


def test_a_steady_edit_does_not_flicker(make_frames):
    excess, ratio = feed(Flicker(flow_side_px=640), pan(make_frames, lambda f, t: np.clip(f + 10, 0, 255)))
    assert excess.value == pytest.approx(0.0, abs=0.2) and ratio.value == pytest.approx(1.0, abs=0.05)


def test_blinking_flickers_by_its_own_amount(make_frames):
    smooth = [np.repeat(np.repeat(f[::4, ::4], 4, 0), 4, 1) for f in make_frames(1)] * 6
    mask = np.ones(smooth[0].shape[:2], np.float32)
    seen = [Observation(source=f, edited=(f + 10 * (t % 2)).astype(np.uint8), mask=mask) for t, f in enumerate(smooth)]
    excess, ratio = feed(Flicker(flow_side_px=640), seen)
    assert excess.value == pytest.approx(10.0, abs=0.1) and np.isnan(excess.per_frame[0])
    assert np.isnan(ratio.value) or ratio.value > 10


def test_flow_is_computed_on_small_frames_at_any_size(make_frames):
    assert np.isfinite(feed(Flicker(flow_side_px=32), pan(make_frames, blinking))[0].value)


def test_warp_by_a_constant_flow_is_a_shift():
    image = np.arange(40, dtype=np.float32).reshape(5, 8)
    shifted = moved(image, np.tile(np.array([1.0, 0.0], np.float32), (5, 8, 1)), cv2.INTER_LINEAR)
    np.testing.assert_array_equal(shifted[:, :-1], image[:, 1:])


def test_a_frozen_face_keeps_no_motion(make_frames):
    still = make_frames(1)[0]
    assert feed(MotionKept(), pan(make_frames, lambda f, t: still))[0].value == 0.0
    assert feed(MotionKept(), pan(make_frames))[0].value == pytest.approx(1.0)


def test_a_still_source_defines_no_ratio(make_frames):
    still = make_frames(1)[0]
    seen = [Observation(source=still, edited=still, mask=np.ones(still.shape[:2], np.float32))] * 3
    assert np.isnan(feed(MotionKept(), seen)[0].value)
