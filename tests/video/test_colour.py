"""Colour tags, and pixels there and back."""

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace

from stitch_exp.video import colour

BT709 = {"range": 1, "space": 1, "primaries": 1, "transfer": 1}
BT601 = {"range": 1, "space": 6, "primaries": 6, "transfer": 6}
FULL = BT709 | {"range": 2}
# Kr and Kb of the standards: luma is Kr R + (1 - Kr - Kb) G + Kb B.
WEIGHTS = {
    1: (0.2126, 0.0722), 4: (0.30, 0.11), 5: (0.299, 0.114), 6: (0.299, 0.114), 7: (0.212, 0.087), 9: (0.2627, 0.0593),
}  # fmt: skip


@pytest.mark.parametrize(
    ("space", "height", "expected"),
    [
        (1, 100, Colorspace.ITU709), (6, 2160, Colorspace.ITU601), (9, 480, Colorspace.BT2020),
        (2, 719, Colorspace.ITU601), (2, 720, Colorspace.ITU709), (0, 480, Colorspace.ITU601),
        (99, 1080, Colorspace.ITU709),
    ],
)  # fmt: skip
def test_untagged_video_is_guessed_by_its_height_as_players_do(space, height, expected):
    assert colour.matrix({"space": space}, height) == expected


def test_no_tags_at_all_are_limited_range_of_the_height():
    assert colour.matrix({}, 1080) == Colorspace.ITU709 and colour.pixel_range({}) == ColorRange.MPEG
    assert [colour.pixel_range({"range": n}) == ColorRange.JPEG for n in (0, 1, 2)] == [False, False, True]


@pytest.mark.parametrize("space", sorted(WEIGHTS))
@pytest.mark.parametrize("full", [False, True])
def test_luma_and_chroma_are_those_of_the_standard(space, full):
    rgb = np.array([200.0, 90.0, 30.0])
    kr, kb = WEIGHTS[space]
    luma = kr * rgb[0] + (1 - kr - kb) * rgb[1] + kb * rgb[2]
    blue, red = (rgb[2] - luma) / (2 * (1 - kb)), (rgb[0] - luma) / (2 * (1 - kr))
    y, c, zero = (1.0, 1.0, 0) if full else (219 / 255, 224 / 255, 16)
    pixels = np.broadcast_to(rgb, (16, 16, 3)).astype(np.uint8)
    frame = colour.from_rgb(pixels, {"space": space, "range": 2 if full else 1}, "yuv444p")
    found = [np.frombuffer(bytes(plane), np.uint8)[0] for plane in frame.planes]
    assert found == pytest.approx([luma * y + zero, blue * c + 128, red * c + 128], abs=1.01)


@pytest.mark.parametrize("tags", [BT709, BT601, FULL, {}])
@pytest.mark.parametrize("size", [(16, 16), (17, 33)])
def test_there_and_back_loses_at_most_two_levels(tags, size):
    pixels = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    back = colour.to_rgb(colour.from_rgb(pixels, tags, "yuv444p"), tags, size[1], size[0])
    assert back.shape == pixels.shape and np.abs(back.astype(int) - pixels).max() <= 2


def test_the_order_of_channels_and_a_slice_of_an_array_are_taken_as_they_are():
    pixels = np.zeros((8, 12, 3), np.uint8)
    pixels[:, :6] = (250, 10, 10)
    pixels[:, 6:] = (10, 10, 250)
    frame = colour.from_rgb(pixels[:, ::-1], BT709, "yuv444p")
    back = colour.to_rgb(frame, BT709, 12, 8).astype(int)
    assert back[4, 2, 2] > 240 > 20 > back[4, 2, 0] and back[4, 9, 0] > 240


def test_ten_bits_come_down_to_eight_and_up_to_sixteen():
    frame = av.VideoFrame(8, 8, "gray10le")
    frame.planes[0].update(np.full((8, frame.planes[0].line_size // 2), 1023, np.uint16).tobytes())
    full = {"range": 2, "space": 1}
    assert (colour.to_rgb(frame, full, 8, 8) == 255).all()
    deep = colour.to_rgb48(frame, full, 8, 8)
    assert deep.dtype == np.uint16 and deep.min() > 65000


def test_rgb_has_neither_matrix_nor_range_to_undo():
    pixels = np.random.default_rng(1).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
    np.testing.assert_array_equal(colour.to_rgb(frame, BT601, 8, 8), pixels)
    np.testing.assert_allclose(colour.to_rgb48(frame, FULL, 8, 8) / 257, pixels, atol=1.1)


def test_a_j_format_is_full_range_whatever_the_tag_says():
    pixels = np.full((16, 16, 3), 235, np.uint8)
    frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(
        format="yuvj420p", dst_color_range=ColorRange.JPEG
    )
    assert np.abs(colour.to_rgb(frame, {"range": 1, "space": 6}, 16, 16).astype(int) - 235).max() <= 2


def test_tags_are_read_off_a_stream_as_integers(make):
    path = make("a.mp4", colour={"colorspace": 1, "color_range": 2, "color_primaries": 1, "color_trc": 1})
    with av.open(str(path)) as container:
        tags = colour.tags(container.streams.video[0].codec_context)
    assert tags == FULL and all(type(value) is int for value in tags.values())
