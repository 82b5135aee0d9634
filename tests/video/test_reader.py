"""Frames of a file by number, in containers with and without an index."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_clips import write

from stitch_exp.errors import VideoError
from stitch_exp.video import FileVideo, decode, reader, side_by_side, write_video

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


def test_as_wide_as_can_be(tmp_path):
    clip = read(write(tmp_path / "wide.mkv", pts=range(2), size=(16384, 16), codec="mjpeg", pixel_format="yuvj420p"))
    pair = side_by_side(clip, clip)
    assert (pair.width, pair.height) == (16384, 8)
    write_video(pair, tmp_path / "pair.mp4", **FAST)
    twin = read(tmp_path / "pair.mp4")
    assert (twin.width, twin.height, len(twin.frames)) == (16384, 8, 2)
    assert np.abs(twin.frames[1].astype(int) - pair.frames[1]).mean() < 8


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory):
    options = {"g": "5", "bf": "2"}
    return read(write(tmp_path_factory.mktemp("long") / "long.mp4", pts=range(40), options=options), 3, 33)


@given(order=st.lists(st.integers(-33, 32), min_size=1, max_size=12))
@settings(max_examples=25)
def test_any_order_of_access_gives_the_same_frames(long_clip, order):
    frames = list(long_clip.frames)
    for i in order:
        np.testing.assert_array_equal(long_clip.frames[i], frames[i])


def test_a_returned_frame_may_be_changed(long_clip):
    before = long_clip.frames[4].copy()
    long_clip.frames[4][:] = 0
    np.testing.assert_array_equal(long_clip.frames[4], before)


def test_frames_behind_the_stretch_are_not_decoded(make, monkeypatch):
    clip, calls = read(make("a.mp4", pts=range(200)), 2, 3), []
    decode_one = decode._frames
    monkeypatch.setattr(decode, "_frames", lambda *given: calls.append(given) or decode_one(*given))
    assert sum(1 for _ in clip.frames) == 3
    assert len(calls) < 100


def test_numbers_count_from_both_ends_and_go_no_further(make):
    clip = read(make("a.mp4"), 2, 5)
    frames = list(clip.frames)
    assert len(frames) == 5
    for number in (-5, -1, 0, 4):
        np.testing.assert_array_equal(clip.frames[number], frames[number])
    for number in (5, -6):
        with pytest.raises(IndexError, match=f"frame {number} of 5 in 'a.mp4'"):
            clip.frames[number]


def test_a_file_that_was_cut_during_the_run_is_said(make):
    path = make("a.mkv", pts=range(24), options={"g": "6"})
    clip = read(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(VideoError, match=r"frame 23 of 'a\.mkv' can no longer be decoded; was the file changed"):
        clip.frames[23]


def test_a_file_that_is_gone_is_said_and_frames_read_last_are_still_there(make):
    path = make("a.mp4")
    clip = read(path)
    kept = clip.frames[3]
    path.unlink()
    np.testing.assert_array_equal(clip.frames[3], kept)
    with pytest.raises(VideoError, match="there is no file"):
        list(clip.frames)


def test_two_who_iterate_at_once_do_not_disturb_each_other(make):
    clip = read(make("a.mp4"))
    for one, other in zip(clip.frames, clip.frames, strict=True):
        np.testing.assert_array_equal(one, other)


def test_reading_onwards_opens_the_file_once_and_reading_back_opens_it_again(make, monkeypatch):
    opened = []
    monkeypatch.setattr(reader, "open_video", lambda path: opened.append(path) or decode.open_video(path))
    clip = read(make("a.mp4", pts=range(24), options={"g": "500", "bf": "0"}))
    for number in (0, 1, 5, 6, 20):
        clip.frames[number]
    assert len(opened) == 1
    clip.frames[20]  # cached
    assert len(opened) == 1
    clip.frames[2]
    assert len(opened) == 2
