"""Reading video files of every kind."""

import logging
from fractions import Fraction

import numpy as np
import pytest

from stitch_exp.errors import ConfigError, VideoError
from stitch_exp.video import FileVideo

NW, NE, SW, SE = np.array([(200, 40, 40), (40, 200, 40), (40, 40, 200), (200, 200, 40)])
TOLERANCE = 14


def read(path, start=0, frames=None):
    return FileVideo(path=str(path), start=start, frames=frames)()


def test_frames_times_and_size(make, quarters):
    clip = read(make("a.mp4"))
    assert (clip.width, clip.height, len(clip.frames)) == (64, 48, 12)
    assert clip.name == "a.mp4"
    np.testing.assert_array_equal(np.diff(clip.pts) * clip.time_base, [Fraction(1, 25)] * 11)
    for frame in clip.frames:
        assert frame.dtype == np.uint8
        np.testing.assert_allclose(quarters(frame), [NW, NE, SW, SE], atol=TOLERANCE)


@pytest.mark.parametrize(
    ("rotation", "expected"),
    [(0, (NW, NE, SW, SE)), (90, (NE, SE, NW, SW)), (180, (SE, SW, NE, NW)), (-90, (SW, NW, SE, NE))],
)
def test_rotation_is_applied(make, quarters, rotation, expected):
    clip = read(make("rotated.mp4", rotation=rotation))
    frame = clip.frames[3]
    assert frame.shape == (clip.height, clip.width, 3)
    assert (clip.width, clip.height) == ((48, 64) if abs(rotation) == 90 else (64, 48))
    np.testing.assert_allclose(quarters(frame), expected, atol=TOLERANCE)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("odd.mp4", {"size": (63, 47), "pixel_format": "yuv444p"}),
        ("ten_bit.mp4", {"pixel_format": "yuv420p10le"}),
        ("full_range.mp4", {"pixel_format": "yuvj420p"}),
        ("vp9.webm", {"codec": "libvpx-vp9"}),
        ("mpeg4.avi", {"codec": "mpeg4"}),
        ("raw.h264", {}),
        ("lossless.mkv", {"codec": "ffv1", "pixel_format": "bgr0"}),
        ("tagged.mp4", {"colour": {"colorspace": 1, "color_range": 1, "color_primaries": 1, "color_trc": 1}}),
        ("picture.gif", {"codec": "gif", "pixel_format": "rgb8"}),
    ],
)
def test_kinds_of_video(make, quarters, name, options):
    clip = read(make(name, **options))
    assert len(clip.frames) == 12
    frames = list(clip.frames)
    assert len(frames) == 12
    # rgb8 has but two bits for blue
    np.testing.assert_allclose(quarters(frames[5]), [NW, NE, SW, SE], atol=50 if name.endswith("gif") else TOLERANCE)
    for i in (7, 2, 11, 3):
        np.testing.assert_array_equal(clip.frames[i], frames[i])
    assert (np.diff(clip.pts) > 0).all()


def test_variable_rate_keeps_every_time(make):
    times = [0, 1, 2, 7, 8, 20, 21, 22, 50]
    clip = read(make("vfr.mp4", pts=times, time_base=Fraction(1, 100)))
    np.testing.assert_array_equal((clip.pts - clip.pts[0]) * clip.time_base, [Fraction(t, 100) for t in times])


def test_stretch(make):
    path = make("a.mp4")
    whole, stretch = read(path), read(path, 4, 5)
    np.testing.assert_array_equal(stretch.pts, whole.pts[4:9])
    for ours, theirs in zip(stretch.frames, list(whole.frames)[4:9], strict=True):
        np.testing.assert_array_equal(ours, theirs)
    with pytest.raises(IndexError):
        stretch.frames[5]


def test_digest_tells_content_and_stretch(make):
    path, other = make("a.mp4"), make("b.mp4", pts=range(11))
    digests = [read(path).digest, read(path, 1).digest, read(path, 0, 3).digest, read(other).digest]
    assert len(set(digests)) == 4
    renamed = path.rename(path.with_name("c.mp4"))
    assert read(renamed).digest == digests[0]


def test_more_frames_than_there_are(make, caplog):
    with caplog.at_level(logging.WARNING):
        assert len(read(make("a.mp4"), 10, 60).frames) == 2
    assert "video.frames=60" in caplog.text


@pytest.mark.parametrize(("start", "frames"), [(-1, None), (0, 0), (0, -3)])
def test_impossible_stretch(start, frames):
    with pytest.raises(ConfigError, match="video\\."):
        FileVideo(path="a.mp4", start=start, frames=frames)


def test_start_past_the_end(make):
    with pytest.raises(VideoError, match=r"video.start=12 .*'a.mp4'.* 12 frames"):
        read(make("a.mp4"), 12)
