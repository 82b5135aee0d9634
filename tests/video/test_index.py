"""What one pass over a file finds: times, durations, where a decoder can start."""

import logging
from fractions import Fraction

import av
import numpy as np
import pytest
from made_clips import write

from stitch_exp.errors import VideoError
from stitch_exp.video import FileVideo, write_video
from stitch_exp.video import index as index_module
from stitch_exp.video.decode import decoded
from stitch_exp.video.index import FrameIndex, scan
from stitch_exp.video.orientation import Orientation

FAST = {"crf": 10, "preset": "ultrafast"}


def read(path, start=0, frames=None):
    return FileVideo(path=str(path), start=start, frames=frames)()


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


def test_truncated_index_first(make, caplog):
    path = make("cut.mkv", pts=range(60), options={"g": "10", "crf": "1"})
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    clip = read(path)
    assert 0 < len(clip.frames) < 60
    assert len(list(clip.frames)) == len(clip.frames)


def test_truncated_mp4_that_still_has_its_index(tmp_path, caplog):
    path = write(tmp_path / "cut.mp4", pts=range(60), options={"g": "10", "crf": "1"})
    data = bytearray(path.read_bytes())
    start = data.find(b"mdat")
    size = int.from_bytes(data[start - 4 : start], "big")
    data[start + size // 2 : start - 4 + size] = bytes(size // 2 - 4)
    path.write_bytes(bytes(data))
    with caplog.at_level(logging.WARNING):
        clip = read(path)
    assert 0 < len(clip.frames) <= 60
    assert len(list(clip.frames)) == len(clip.frames)
    assert "'cut.mp4' is damaged" in caplog.text or len(clip.frames) == 60


def test_truncated_without_index(make):
    path = make("cut.mp4")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(VideoError, match=r"'cut.mp4'"):
        read(path)


def index(pts, keys, seekable=True):
    return FrameIndex(
        pts=np.array(pts), keyframe=np.array(keys, bool), seekable=seekable, last_duration=None, interlaced=False,
        time_base=Fraction(1, 25), fps=Fraction(25), stored_height=2, stored_width=2, orientation=Orientation(0, False),
        colour={},
    )  # fmt: skip


def test_a_decoder_starts_at_the_last_keyframe_or_at_the_beginning():
    found = index(range(7), [0, 1, 0, 0, 1, 0, 1])
    assert [found.key_before(frame) for frame in range(7)] == [0, 1, 1, 1, 4, 4, 6]
    assert index(range(3), [0, 0, 0]).key_before(2) == 0
    assert index(range(3), [1, 1, 1], seekable=False).key_before(2) == 0


def test_times_keys_rate_and_size_are_noted(make):
    found = scan(make("a.mkv", pts=[0, 1, 2, 5, 9, 10], time_base=Fraction(1, 100), options={"g": "3", "bf": "0"}))
    assert (found.pts * found.time_base).tolist() == [Fraction(n, 100) for n in (0, 1, 2, 5, 9, 10)]
    assert found.keyframe.tolist() == [True, False, False, True, False, False]
    assert (found.stored_height, found.stored_width, found.seekable, found.interlaced) == (48, 64, True, False)


def test_a_stretch_is_scanned_no_further_than_one_frame_behind_it(make, monkeypatch):
    decoded_frames = []

    def counted(container, stream):
        for frame in decoded(container, stream):
            decoded_frames.append(frame.pts)
            yield frame

    monkeypatch.setattr(index_module, "decoded", counted)
    path = make("a.mp4", pts=range(24))
    assert len(scan(path, 5).pts) == 5 and len(decoded_frames) == 6


@pytest.mark.parametrize("times", [[None, None, None], [0, 0, 0], [0, 2, 1], [4, None, 6]])
def test_times_that_are_missing_or_fall_become_even_ones_and_forbid_seeking(times):
    pts, usable = index_module._usable(times, Fraction(25), Fraction(1, 100))
    begin = next((time for time in times if time is not None), 0)
    assert pts.tolist() == [begin, begin + 4, begin + 8] and not usable


def test_even_times_of_an_uneven_rate_do_not_drift():
    pts, _ = index_module._usable([None] * 3001, Fraction(30000, 1001), Fraction(1, 1000))
    assert abs(pts[-1] - 3000 * 1001 / 30) <= 0.5 and (np.diff(pts) >= 33).all()


def test_times_that_rise_are_kept_however_uneven():
    pts, usable = index_module._usable([-3, 0, 1, 50], Fraction(25), Fraction(1, 25))
    assert pts.tolist() == [-3, 0, 1, 50] and usable


def test_one_frame_is_a_video(make):
    found = scan(make("a.mp4", pts=range(1)))
    assert found.pts.tolist() == [0] and found.keyframe.tolist() == [True]


def test_a_file_of_which_no_frame_decodes_is_said(make):
    path = make("a.mkv", codec="ffv1", pixel_format="bgr0")
    content = bytearray(path.read_bytes())
    content[len(content) // 4 :] = bytes(len(content) - len(content) // 4)
    path.write_bytes(bytes(content))
    try:
        assert len(scan(path).pts) < 12
    except VideoError as error:
        assert "a.mkv" in str(error)
