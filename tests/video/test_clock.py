"""Clocks that start anew, or jump, in the middle of a file."""

from fractions import Fraction

import av
import numpy as np
import pytest

from stitch_exp.video import FileVideo, write_video

FAST = {"crf": 10, "preset": "ultrafast"}


ONE_KEY = {"g": "500", "bf": "2", "sc_threshold": "0"}


def read(path, start=0, frames=None):
    return FileVideo(path=str(path), start=start, frames=frames)()


def seconds(clip):
    return [int(t) * clip.time_base for t in clip.pts]


def joined(path, *parts):
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


@pytest.mark.parametrize("end", [".ts", ".mpg"])
def test_a_clock_that_starts_anew_goes_on(make, tmp_path, end):
    codec = {"codec": "mpeg2video"} if end == ".mpg" else {"options": ONE_KEY}
    parts = [make(f"{n}{end}", audio="mp2", **codec) for n in "ab"]
    alone, clip = read(parts[0]), read(joined(tmp_path / f"both{end}", *parts))
    assert len(clip.frames) == 24
    steps = np.diff(seconds(clip))
    assert set(steps[:11]) == set(steps[12:]) == {Fraction(1, 25)}
    assert Fraction(1, 25) <= steps[11] < Fraction(1, 5)
    frames = list(clip.frames)
    for i in range(12):
        np.testing.assert_array_equal(frames[i], frames[12 + i])
        np.testing.assert_array_equal(frames[i], alone.frames[i])
    write_video(clip, tmp_path / "out.mp4", **FAST)
    twin = read(tmp_path / "out.mp4")
    assert len(twin.frames) == 24
    np.testing.assert_allclose(np.array(np.diff(seconds(twin)), float), np.array(steps, float), atol=1e-4)
    with av.open(str(tmp_path / "out.mp4")) as container:
        sound = [float(p.pts * p.time_base) for p in container.demux(container.streams.audio[0]) if p.size]
    assert len(sound) >= 2 * int(12 / 25 / (1152 / 48000)) and (np.diff(sound) > 0).all()
    # The second half of the sound starts with the second half of the pictures.
    again = next(
        time for time, step in zip(sound[1:], np.diff(sound), strict=True) if abs(step - 0.024) > 1e-3 or time > 0.48
    )
    assert abs(again - float(seconds(twin)[12])) < 0.1


def test_a_clock_that_jumps_ahead_goes_on(make, tmp_path):
    parts = [make("a.ts", options=ONE_KEY), make("b.ts", pts=range(25 * 1000, 25 * 1000 + 12), options=ONE_KEY)]
    clip = read(joined(tmp_path / "both.ts", *parts))
    assert set(np.diff(seconds(clip))) == {Fraction(1, 25)}
