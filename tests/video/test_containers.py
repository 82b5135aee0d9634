"""Containers without an index, clocks that start anew, and things that are not files."""

import os
import socket
from fractions import Fraction

import av
import numpy as np
import pytest
from made_clips import write

from stitch_exp.errors import VideoError
from stitch_exp.video import FileVideo, limits, side_by_side, write_video

FAST = {"crf": 10, "preset": "ultrafast"}
ONE_KEY = {"g": "500", "bf": "2", "sc_threshold": "0"}


def read(path, start=0, frames=None):
    return FileVideo(path=str(path), start=start, frames=frames)()


def seconds(clip):
    return [int(t) * clip.time_base for t in clip.pts]


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("one_key.ts", {"options": ONE_KEY}),
        ("one_key.mpg", {"codec": "mpeg2video", "options": {"g": "500"}}),
        ("some_keys.vob", {"codec": "mpeg2video", "options": {"g": "6", "bf": "2"}}),
        ("one_key.flv", {"options": ONE_KEY}),
        ("one_key.avi", {"codec": "mpeg4", "options": {"g": "500"}}),
        ("some_keys.avi", {"options": {"g": "5", "bf": "2"}}),
        ("one_key.mkv", {"options": ONE_KEY}),
        ("open_gops.mp4", {"options": {"x264-params": "keyint=6:open-gop=1:bframes=2"}}),
        ("no_keys.mkv", {"options": {"x264-params": "keyint=10:intra-refresh=1"}}),
        ("raw.h264", {"options": ONE_KEY}),
        ("raw.m2v", {"codec": "mpeg2video", "options": {"g": "6", "bf": "2"}}),
        ("some_keys.nut", {"options": {"g": "5"}}),
        ("some_keys.asf", {"codec": "mpeg4", "options": {"g": "5"}}),
        ("fragments.mp4", {"options": {"g": "5"}}),
        ("some_keys.mxf", {"codec": "mpeg2video", "options": {"g": "6"}}),
        ("fields.mkv", {"options": {"g": "5", "x264-params": "tff=1"}}),
        ("fields.mpg", {"codec": "mpeg2video", "options": {"g": "6", "flags": "+ilme+ildct"}}),
    ],
)
def test_every_frame_is_found_again_in_any_order(make, tmp_path, name, settings):
    path = make(name, pts=range(24), **settings)
    clip = read(path)
    frames = list(clip.frames)
    assert len(frames) == len(clip.frames) == 24
    for i in (12, 3, 23, 0, 17, 16):
        np.testing.assert_array_equal(clip.frames[i], frames[i])
    np.testing.assert_array_equal(read(path).frames[13], frames[13])
    for ours, theirs in zip(read(path, 7, 9).frames, frames[7:16], strict=True):
        np.testing.assert_array_equal(ours, theirs)
    write_video(clip, tmp_path / "out.mp4", **FAST)
    twin = read(tmp_path / "out.mp4")
    np.testing.assert_allclose(np.diff(seconds(twin)).astype(float), np.diff(seconds(clip)).astype(float), atol=1e-3)


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


def test_the_last_frame_keeps_its_duration(tmp_path):
    from PIL import Image

    pictures = [Image.new("RGB", (32, 32), (60 * i, 0, 0)) for i in range(4)]
    pictures[0].save(tmp_path / "a.gif", save_all=True, append_images=pictures[1:], duration=[100, 40, 200, 700])
    clip = read(tmp_path / "a.gif")
    assert clip.last_duration * clip.time_base == Fraction(7, 10)
    write_video(clip, tmp_path / "out.mp4", **FAST)
    with av.open(str(tmp_path / "out.mp4")) as container:
        stream = container.streams.video[0]
        assert abs(stream.duration * stream.time_base - Fraction(104, 100)) < Fraction(1, 100)
    assert read(tmp_path / "a.gif", 0, 3).last_duration * clip.time_base == Fraction(2, 10)


def test_a_stretch_ends_where_the_next_frame_begins(make):
    clip = read(make("vfr.mkv", pts=[0, 1, 2, 9, 10], time_base=Fraction(1, 100)), 0, 3)
    assert clip.last_duration * clip.time_base == Fraction(7, 100)


@pytest.mark.parametrize("kind", ["a pipe", "a socket", "a device"])
def test_not_a_file(tmp_path, kind):
    path = tmp_path / "x.mp4"
    if kind == "a pipe":
        os.mkfifo(path)
    elif kind == "a socket":
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(path))
    else:
        path = "/dev/zero"
    with pytest.raises(VideoError, match=f"is {kind}.* save it to a file first"):
        read(path)


def test_a_link_to_itself(tmp_path):
    (tmp_path / "x.mp4").symlink_to(tmp_path / "x.mp4")
    with pytest.raises(VideoError, match="there is no file"):
        read(tmp_path / "x.mp4")


def test_notes_of_macos_are_not_a_video(tmp_path):
    (tmp_path / "._a.mp4").write_bytes(b"\x00\x05\x16\x07" + bytes(60))
    with pytest.raises(VideoError, match="AppleDouble"):
        read(tmp_path / "._a.mp4")


def test_a_colon_in_a_name(make, tmp_path):
    path = make("a.mp4").rename(tmp_path / "http:take 1.mp4")
    assert len(read(path).frames) == 12


def test_a_video_too_wide_to_be_written_is_refused_at_once(tmp_path):
    path = write(tmp_path / "wide.mkv", size=(limits.LARGEST_SIDE_PX + 2, 16), codec="mjpeg", pixel_format="yuvj420p")
    with pytest.raises(VideoError, match=r"'wide.mkv' is 16386 x 16 px; at most 16384 px a side"):
        read(path)


def test_as_wide_as_can_be(tmp_path):
    clip = read(write(tmp_path / "wide.mkv", pts=range(2), size=(16384, 16), codec="mjpeg", pixel_format="yuvj420p"))
    pair = side_by_side(clip, clip)
    assert (pair.width, pair.height) == (16384, 8)
    write_video(pair, tmp_path / "pair.mp4", **FAST)
    twin = read(tmp_path / "pair.mp4")
    assert (twin.width, twin.height, len(twin.frames)) == (16384, 8, 2)
    assert np.abs(twin.frames[1].astype(int) - pair.frames[1]).mean() < 8
