"""Writing: what comes out is a twin of what went in."""

import errno
import logging
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from stitch_exp.errors import StorageError, VideoError
from stitch_exp.video import FileVideo, FrameFolder, side_by_side, write_video

FAST = {"crf": 10, "preset": "ultrafast"}


def read(path, start=0, frames=None):
    return FileVideo(path=str(path), start=start, frames=frames)()


def audio_packets(path):
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        return [(bytes(p), p.pts * p.time_base) for p in container.demux(stream) if p.size]


def seconds(clip):
    return [int(t) * clip.time_base for t in clip.pts]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.mp4", {}),
        ("sound.mp4", {"audio": "aac"}),
        ("odd.mp4", {"size": (63, 47), "pixel_format": "yuv444p"}),
        ("odd_height.mp4", {"size": (64, 47), "pixel_format": "yuv444p"}),
        ("ten_bit.mp4", {"pixel_format": "yuv420p10le"}),
        ("vfr.mp4", {"pts": [0, 1, 2, 7, 8, 20, 21], "time_base": Fraction(1, 100)}),
        ("late.mp4", {"pts": [30, 31, 32, 33], "audio": "aac"}),
        ("rotated.mp4", {"rotation": 90}),
        ("vp9.webm", {"codec": "libvpx-vp9", "audio": "libopus"}),
        ("mpeg4.avi", {"codec": "mpeg4", "audio": "mp3"}),
        ("milliseconds.mkv", {"audio": "flac"}),
    ],
)
def test_twin(make, tmp_path, name, options):
    source = make(name, **options)
    clip, out = read(source), tmp_path / "out" / "edited.mp4"
    write_video(clip, out, **FAST)
    twin = read(out)
    assert seconds(twin) == seconds(clip)
    assert (twin.width, twin.height, twin.time_base) == (clip.width, clip.height, clip.time_base)
    difference = [np.abs(a.astype(int) - b).mean() for a, b in zip(twin.frames, clip.frames, strict=True)]
    assert max(difference) < 4
    assert [item.name for item in out.parent.iterdir()] == ["edited.mp4"]
    if "audio" in options:
        copied, original = audio_packets(out), audio_packets(source)
        assert [p for p, _ in copied] == [p for p, _ in original]
        assert max(abs(a - b) for (_, a), (_, b) in zip(copied, original, strict=True)) < Fraction(1, 1000)


@pytest.mark.parametrize("full_range", [False, True])
def test_colour_tags(make, tmp_path, full_range):
    tags = {"colorspace": 1, "color_range": 2 if full_range else 1, "color_primaries": 1, "color_trc": 1}
    clip = read(make("tagged.mp4", colour=tags))
    write_video(clip, tmp_path / "out.mp4", **FAST)
    twin = read(tmp_path / "out.mp4")
    assert twin.colour == clip.colour == {"space": 1, "range": tags["color_range"], "primaries": 1, "transfer": 1}
    assert np.abs(twin.frames[3].astype(int) - clip.frames[3]).mean() < 4


def test_pixel_aspect(make, tmp_path):
    write_video(read(make("wide.mp4", aspect=Fraction(4, 3))), tmp_path / "a.mp4", **FAST)
    write_video(read(make("tall.mp4", aspect=Fraction(4, 3), rotation=90)), tmp_path / "b.mp4", **FAST)
    for name, aspect in (("a.mp4", Fraction(4, 3)), ("b.mp4", Fraction(3, 4))):
        with av.open(str(tmp_path / name)) as container:
            assert container.streams.video[0].sample_aspect_ratio == aspect


def test_lossless_colours_survive(make, tmp_path):
    clip = read(make("a.mp4"))
    write_video(clip, tmp_path / "out.mp4", crf=0, preset="ultrafast")
    difference = np.abs(read(tmp_path / "out.mp4").frames[0].astype(int) - clip.frames[0])
    assert np.median(difference) == 0
    assert difference.mean() < 3  # what is left is halved chroma at the borders of the colours


def test_stretch_starts_at_zero_with_its_sound(make, tmp_path):
    source = make("sound.mp4", pts=range(40), audio="aac")
    clip = read(source, 10, 20)
    write_video(clip, tmp_path / "out.mp4", **FAST)
    assert seconds(read(tmp_path / "out.mp4")) == [s - Fraction(10, 25) for s in seconds(clip)]
    original = dict(audio_packets(source))
    copied = audio_packets(tmp_path / "out.mp4")
    assert 20 / 25 - 0.05 < copied[-1][1] < 20 / 25
    for packet, time in copied:
        assert abs(original[packet] - Fraction(10, 25) - time) < Fraction(1, 1000)


def test_transport_stream_starts_at_zero(make, tmp_path):
    clip = read(make("a.ts", pts=range(50, 62)))
    assert seconds(clip)[0] > 1
    write_video(clip, tmp_path / "out.mp4", **FAST)
    twin = read(tmp_path / "out.mp4")
    assert 0 <= seconds(twin)[0] < Fraction(1, 5)
    np.testing.assert_array_equal(np.diff(seconds(twin)), np.diff(seconds(clip)))


@pytest.mark.parametrize(("name", "codec", "twin"), [("a.mkv", "tta", "out.mkv"), ("a.avi", "adpcm_ms", "out.asf")])
def test_sound_that_mp4_cannot_hold(make, tmp_path, caplog, name, codec, twin):
    source = make(name, audio=codec)
    with caplog.at_level(logging.WARNING):
        write_video(read(source), tmp_path / "out.mp4", **FAST)
    assert f"mp4 cannot hold {codec} audio: 'out.mp4' is silent, '{twin}' has the sound" in caplog.text
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert not container.streams.audio
    assert [p for p, _ in audio_packets(tmp_path / twin)] == [p for p, _ in audio_packets(source)]
    assert len(read(tmp_path / twin).frames) == 12
    assert sorted(path.name for path in tmp_path.glob("out.*")) == sorted(["out.mp4", twin])


def test_ai_mark(make, tmp_path):
    write_video(read(make("a.mp4")), tmp_path / "out.mp4", **FAST)
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert "compositeWithTrainedAlgorithmicMedia" in container.metadata["comment"]


def test_same_bytes_twice(make, tmp_path):
    clip = read(make("a.mp4", audio="aac"))
    write_video(clip, tmp_path / "one.mp4")
    write_video(clip, tmp_path / "two.mp4")
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()


class Failing:
    """A frame source that fails in the middle."""

    def __init__(self, frames, error):
        self.frames, self.error = frames, error

    def __len__(self):
        return len(self.frames)

    def __getitem__(self, index):
        return self.frames[index]

    def __iter__(self):
        yield self.frames[0]
        yield self.frames[1]
        raise self.error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), StorageError),
        (VideoError("frame 2 cannot be read"), VideoError),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ],
)
def test_nothing_is_left_of_a_failure(make, tmp_path, error, expected):
    clip = read(make("a.mp4"))
    out = tmp_path / "out"
    with pytest.raises(expected):
        write_video(replace(clip, frames=Failing(clip.frames, error)), out / "edited.mp4", **FAST)
    assert list(out.iterdir()) == []


def test_folder_that_cannot_be_made(make, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises((StorageError, VideoError), match=r"edited\.mp4"):
        write_video(read(make("a.mp4")), tmp_path / "file" / "edited.mp4")


def test_full_disk(tmp_path):
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    from stitch_exp.video.finish import complete_or_nothing

    refused = pytest.raises(StorageError, match="free some space")
    with refused, complete_or_nothing(tmp_path / "a.mp4"), full.open("w") as out:
        out.write("x" * 100_000)


def test_side_by_side(make, tmp_path):
    left, right = read(make("a.mp4")), read(make("b.mp4", size=(32, 48)))
    pair = side_by_side(left, right)
    assert (pair.width, pair.height, len(pair.frames)) == (96, 48, 12)
    np.testing.assert_array_equal(pair.frames[5], np.hstack([left.frames[5], right.frames[5]]))
    np.testing.assert_array_equal(list(pair.frames)[2], pair.frames[2])
    write_video(pair, tmp_path / "pair.mp4", **FAST)
    assert read(tmp_path / "pair.mp4").width == 96
    with pytest.raises(VideoError, match="beside"):
        side_by_side(left, read(make("c.mp4", size=(64, 32))))


def test_folder_of_frames_becomes_a_video(tmp_path):
    from PIL import Image

    for i in range(3):
        Image.new("RGB", (16, 16), (i * 80, 0, 0)).save(tmp_path / f"{i}.png")
    clip = FrameFolder(path=str(tmp_path), fps="30000/1001")()
    write_video(clip, tmp_path / "out.mp4", **FAST)
    assert seconds(read(tmp_path / "out.mp4")) == [Fraction(1001 * i, 30000) for i in range(3)]
