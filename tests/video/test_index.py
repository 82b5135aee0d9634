"""What one pass over a file finds: times, durations, where a decoder can start."""

import logging
from fractions import Fraction

import av
import pytest
from made_clips import write

from stitch_exp.errors import VideoError
from stitch_exp.video import FileVideo, write_video

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
