"""Interlaced pictures become whole ones, and it is said."""

import logging
from fractions import Fraction

import av
import numpy as np
import pytest
from av.filter import Graph

from stitch_exp.video import FileVideo, write_video
from stitch_exp.video.deinterlace import deinterlaced


def read(path):
    return FileVideo(path=str(path), start=0, frames=None)()


def bar(half_frame):
    """A smooth grey bump that moves 2 px in each half frame."""
    x = np.arange(160.0)
    row = 40 + 160 * np.exp(-(((x - 30 - 2 * half_frame) / 12) ** 2))
    return np.repeat(row[None], 96, axis=0)


def woven(i, top_first):
    """Frame i of two fields: lines 0, 2, 4 ... are the top field."""
    frame = bar(2 * i)
    late = slice(1, None, 2) if top_first else slice(0, None, 2)
    frame[late] = bar(2 * i + 1)[late]
    return frame


def flagged(frame, top_first):
    graph = Graph()
    source = graph.add_buffer(width=160, height=96, format="yuv420p", time_base=Fraction(1, 25))
    graph.link_nodes(source, graph.add("setfield", "tff" if top_first else "bff"), graph.add("buffersink")).configure()
    graph.push(frame)
    return graph.pull()


def write_fields(path, top_first, codec):
    with av.open(str(path), "w") as out:
        fine = {"crf": "1"} if codec == "libx264" else {"qmin": "1", "qmax": "2"}
        stream = out.add_stream(codec, rate=25, options={"g": "4", "flags": "+ilme+ildct", **fine})
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        for i in range(8):
            grey = np.rint(woven(i, top_first)).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(np.repeat(grey[..., None], 3, 2), format="rgb24").reformat(
                format="yuv420p"
            )
            frame.pts, frame.time_base = i, Fraction(1, 25)
            out.mux(stream.encode(flagged(frame, top_first)))
        out.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("top_first", [True, False])
@pytest.mark.parametrize(("name", "codec"), [("fields.mp4", "libx264"), ("fields.mpg", "mpeg2video")])
def test_fields_become_the_picture_of_the_first_field(tmp_path, caplog, top_first, name, codec):
    with caplog.at_level(logging.WARNING):
        clip = read(write_fields(tmp_path / name, top_first, codec))
    assert f"'{name}' is interlaced" in caplog.text and "bwdif" in caplog.text
    frames = list(clip.frames)
    assert len(frames) == 8
    for i in range(1, 7):
        off = np.abs(frames[i].astype(float) - bar(2 * i)[..., None]).mean()
        combed = np.abs(woven(i, top_first) - bar(2 * i)).mean()
        assert off < 1.5 < combed
    np.testing.assert_array_equal(clip.frames[5], frames[5])
    write_video(clip, tmp_path / "out.mp4", crf=10, preset="ultrafast")
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert not any(frame.interlaced_frame for frame in container.decode(video=0))


def test_progressive_video_is_left_alone(make, caplog):
    with caplog.at_level(logging.WARNING):
        read(make("a.mp4"))
    assert caplog.text == ""


def plain(level, size=(160, 96)):
    picture = np.full((size[1], size[0], 3), level, np.uint8)
    return av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")


def grey(frame):
    return float(frame.to_ndarray(format="gray").mean())


def test_frames_that_are_whole_keep_their_pixels_numbers_and_order():
    frames = [plain(20 * n) for n in range(6)]
    before = [frame.to_ndarray() for frame in frames]
    found = list(deinterlaced(iter(zip(range(7, 13), frames, strict=True))))
    assert [number for number, _ in found] == [7, 8, 9, 10, 11, 12]
    for (_, frame), pixels in zip(found, before, strict=True):
        np.testing.assert_array_equal(frame.to_ndarray(), pixels)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_few_frames_are_all_given(count):
    found = deinterlaced((n, flagged(plain(50), True)) for n in range(count))
    assert [number for number, _ in found] == list(range(count))


def test_a_picture_of_another_size_in_the_middle_loses_no_frame():
    sizes = [(160, 96), (160, 96), (64, 48), (64, 48), (160, 96)]
    frames = [plain(40 * n, size) for n, size in enumerate(sizes)]
    found = list(deinterlaced(enumerate(frames)))
    assert [(number, frame.width) for number, frame in found] == list(enumerate([160, 160, 64, 64, 160]))
    assert [grey(frame) for _, frame in found] == pytest.approx([40 * n for n in range(5)], abs=2)


@pytest.mark.parametrize("top_first", [True, False])
def test_the_second_field_is_replaced_and_the_first_is_kept(top_first):
    def frame(n):
        combed = np.full((96, 160), 60, np.uint8)
        combed[slice(1, None, 2) if top_first else slice(0, None, 2)] = 180  # the later field, another picture
        whole = av.VideoFrame.from_ndarray(np.repeat(combed[..., None], 3, 2), format="rgb24")
        return flagged(whole.reformat(format="yuv420p"), top_first)

    numbered = list(deinterlaced((n, frame(n)) for n in range(5)))
    first = slice(0, None, 2) if top_first else slice(1, None, 2)
    for number, shown in numbered[1:4]:
        luma = shown.to_ndarray()[:96].astype(float)
        source = frame(number).to_ndarray()[:96].astype(float)
        np.testing.assert_array_equal(luma[first], source[first])
