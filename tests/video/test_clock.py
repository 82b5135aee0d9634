"""Clocks that start anew, or jump, in the middle of a file."""

import io
from fractions import Fraction

import av
import numpy as np
import pytest

from stitch_exp.video import FileVideo, write_video
from stitch_exp.video.clock import Clock

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


PICTURES, SOUND = 0, 1
BASES = (Fraction(1, 25), Fraction(1, 1000))


@pytest.fixture
def followed():
    """`followed([(stream, dts), ...])` are the decoding times on the common clock, in seconds."""
    with av.open(io.BytesIO(), "w", format="mpegts") as out:
        streams = out.add_stream("mpeg2video", rate=25), out.add_stream("mp2", rate=48000)

        def follow(packets):
            clock, found = Clock(), []
            for stream, dts, *pts in packets:
                packet = av.Packet(1)
                packet.stream, packet.time_base = streams[stream], BASES[stream]
                packet.dts, packet.duration = dts, (1, 40)[stream]
                packet.pts = pts[0] if pts else dts
                clock.follow(packet)
                found.append(None if packet.dts is None else (packet.dts * packet.time_base, packet.pts))
            return [item if item is None else float(item[0]) for item in found], [item and item[1] for item in found]

        yield follow


def test_times_that_rise_are_left_alone(followed):
    times, shown = followed([(PICTURES, 10, 12), (SOUND, 410), (PICTURES, 11, 11), (PICTURES, 11, 13)])
    assert times == [0.4, 0.41, 0.44, 0.44] and shown == [12, 410, 11, 13]


def test_a_new_stretch_begins_when_all_streams_have_ended(followed):
    # Sound ends at 0.14 s, pictures at 0.08 s: the second recording starts at 0.14 s.
    first = [(PICTURES, 0), (PICTURES, 1), (SOUND, 0), (SOUND, 100)]
    times, shown = followed([*first, (SOUND, 7), (PICTURES, 0, 2), (PICTURES, 1, 1)])
    assert times[4] == pytest.approx(0.14)
    # 0.133 s in ticks of 1/25 s are 3.
    assert times[5:] == pytest.approx([0.12, 0.16]) and shown[5:] == [5, 4]


def test_one_shift_counts_for_all_streams_so_that_they_stay_together(followed):
    first = [(PICTURES, n) for n in range(100)] + [(SOUND, 3960)]
    times, _ = followed([*first, (PICTURES, 0), (SOUND, 0), (SOUND, 40)])
    assert times[-3:] == pytest.approx([4.0, 4.0, 4.04])


@pytest.mark.parametrize(("step", "time"), [(250, 10.0), (251, 0.04)])
def test_a_pause_of_ten_seconds_is_one_and_a_longer_one_a_new_recording(followed, step, time):
    assert followed([(PICTURES, 0), (PICTURES, step)])[0] == [0.0, time]


def test_every_restart_is_joined(followed):
    times, _ = followed([(PICTURES, 5), (PICTURES, 6), (PICTURES, 5), (PICTURES, 6), (PICTURES, 0), (PICTURES, 1)])
    np.testing.assert_allclose(np.diff(times), 0.04)


def test_packets_without_a_time_pass(followed):
    times, shown = followed([(PICTURES, None), (PICTURES, 3, None), (PICTURES, 1, None)])
    assert times == [None, 0.12, 0.16] and shown == [None, None, None]
