"""High dynamic range becomes BT.709, and it is said."""

import logging
from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stitch_exp.video import FileVideo, hdr, write_video

BT2020, BT709, PQ, HLG = 9, 1, 16, 18


def read(path):
    return FileVideo(path=str(path), start=0, frames=None)()


def hlg_signal(light):
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(light <= 1 / 12, np.sqrt(3 * light), a * np.log(np.maximum(12 * light - b, 1e-9)) + c)


def write_hdr(path, signal, transfer, primaries=BT2020):
    """10-bit HEVC of one colour in each of the picture's columns; `signal` is [columns, 3] R'G'B' in 0 to 1."""
    red, green, blue = signal.T
    luma = 0.2627 * red + 0.6780 * green + 0.0593 * blue
    planes = luma * 876 + 64, (blue - luma) / 1.8814 * 896 + 512, (red - luma) / 1.4746 * 896 + 512
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx265", rate=25, options={"x265-params": "lossless=1:log-level=0"})
        stream.width, stream.height, stream.pix_fmt = 32 * len(signal), 64, "yuv444p10le"
        codec = stream.codec_context
        codec.color_range, codec.colorspace, codec.color_primaries, codec.color_trc = 1, 9, primaries, transfer
        frame = av.VideoFrame(stream.width, 64, "yuv444p10le")
        for plane, values in zip(frame.planes, planes, strict=True):
            row = np.zeros(plane.line_size // 2, np.uint16)
            row[: stream.width] = np.repeat(np.rint(values), 32)
            plane.update(np.tile(row, 64).tobytes())
        frame.pts, frame.time_base = 0, Fraction(1, 25)
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def columns(clip):
    return clip.frames[0][32, 16::32].astype(int)


def test_pq_greys_keep_their_light_up_to_the_knee(tmp_path, caplog):
    nits = np.array([0.0, 5.0, 26.0, 60.0, 80.0, 203.0, 400.0, 1000.0, 4000.0])
    with caplog.at_level(logging.WARNING):
        clip = read(write_hdr(tmp_path / "pq.mkv", np.repeat(hdr.pq_signal(nits)[:, None], 3, 1), PQ))
    assert "'pq.mkv' is HDR (PQ): it is tone-mapped" in caplog.text
    assert clip.colour == {"range": 1, "space": 1, "primaries": 1, "transfer": 1}
    grey = columns(clip)
    assert np.ptp(grey, axis=1).max() <= 1
    expected = (nits[:5] / 203.0) ** (1 / 2.4) * 255
    np.testing.assert_allclose(grey[:5, 0], expected, atol=2)
    assert 200 < grey[5, 0] < grey[6, 0] < grey[7, 0] and grey[7, 0] >= 254 and grey[8, 0] == 255
    write_video(clip, tmp_path / "out.mp4", crf=4, preset="ultrafast")
    twin = read(tmp_path / "out.mp4")
    assert twin.colour == clip.colour
    np.testing.assert_allclose(columns(twin), grey, atol=4)


def test_pq_colours_are_those_of_bt709(tmp_path):
    # Colours of BT.709 at 60 nits white, in BT.2020 primaries (BT.2087, table 2)
    colours = np.array([[1.0, 0.2, 0.1], [0.1, 0.9, 0.3], [0.2, 0.1, 1.0], [0.8, 0.6, 0.5]])
    wide = colours @ np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]]).T
    clip = read(write_hdr(tmp_path / "pq.mkv", hdr.pq_signal(60 * wide), PQ))
    np.testing.assert_allclose(columns(clip), (60 * colours / 203) ** (1 / 2.4) * 255, atol=3)


def test_hlg_greys(tmp_path, caplog):
    light = np.array([0.0, 0.01, 0.05, 0.1, 0.2645, 1.0])  # of the scene; 0.2645 is the 75 % signal of white
    with caplog.at_level(logging.WARNING):
        clip = read(write_hdr(tmp_path / "hlg.mkv", np.repeat(hlg_signal(light)[:, None], 3, 1), HLG))
    assert "HDR (HLG)" in caplog.text
    grey = columns(clip)[:, 0]
    np.testing.assert_allclose(grey[:4], (1000 * light[:4] ** 1.2 / 203) ** (1 / 2.4) * 255, atol=3)
    assert 200 < grey[4] < grey[5] and grey[5] >= 254


def test_wide_colours_of_usual_range_keep_their_tags(make):
    tags = {"colorspace": BT2020, "color_range": 1, "color_primaries": BT2020, "color_trc": 14}
    clip = read(make("a.mp4", colour=tags, pixel_format="yuv420p10le"))
    assert clip.colour == {"space": BT2020, "range": 1, "primaries": BT2020, "transfer": 14}


def test_pq_is_its_own_inverse():
    nits = np.array([0.0, 1.0, 100.0, 1000.0, 10000.0])
    np.testing.assert_allclose(hdr.pq_nits(hdr.pq_signal(nits)), nits, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(hdr.pq_signal(np.array([100.0, 1000.0])), [0.50808, 0.75183], atol=1e-4)  # BT.2100


@pytest.mark.parametrize(("transfer", "is_hdr"), [(PQ, True), (HLG, True), (1, False), (2, False), (14, False)])
def test_two_transfer_curves_are_hdr(transfer, is_hdr):
    assert hdr.is_hdr({"transfer": transfer}) is is_hdr
    assert not hdr.is_hdr({})


def test_pq_agrees_with_the_formula_of_the_standard_to_the_last_digit():
    # SMPTE ST 2084 in rational numbers, worked out with other software for 203 nits.
    assert hdr.pq_signal(np.array([203.0]))[0] == pytest.approx(0.5806888810, abs=1e-9)
    assert hdr.pq_signal(np.array([0.0, 10000.0])) == pytest.approx([7.309559025783966e-07, 1.0])
    assert hdr.pq_nits(np.array([0.0, 1.0])) == pytest.approx([0.0, 10000.0])


@given(st.floats(0.0, 10000.0), st.floats(0.0, 10000.0))
def test_more_light_is_a_larger_signal(one, other):
    low, high = hdr.pq_signal(np.array(sorted([one, other])))
    assert 0.0 <= low <= high <= 1.0


def deep(levels, side=2):
    """A frame of 16-bit RGB in one colour."""
    return av.VideoFrame.from_ndarray(np.full((side, side, 3), levels, np.uint16), format="rgb48le")


def shown(levels, **tags):
    return hdr.to_sdr(deep(levels), {"range": 1, "space": 9, "primaries": 9, **tags}, 2, 2)[0, 0].astype(int)


def code(nits):
    return np.rint(hdr.pq_signal(np.asarray(nits, float)) * 65535).astype(np.uint16)


def test_black_is_black_and_what_is_over_the_peak_is_white():
    assert shown(code([0, 0, 0]), transfer=PQ).tolist() == [0, 0, 0]
    assert shown(code([1000, 1000, 1000]), transfer=PQ).tolist() == [255, 255, 255]
    assert shown(code([10000, 10000, 10000]), transfer=PQ).tolist() == [255, 255, 255]


@pytest.mark.parametrize("nits", [1.0, 10.0, 40.0, 80.0])
def test_below_the_knee_light_is_kept_as_a_display_of_203_nits_shows_it(nits):
    expected = 255 * (nits / 203) ** (1 / 2.4)
    assert shown(code([nits] * 3), transfer=PQ) == pytest.approx([expected] * 3, abs=0.6)


def test_greys_rise_with_their_light():
    levels = [shown(code([nits] * 3), transfer=PQ)[0] for nits in np.geomspace(1, 10000, 40)]
    assert levels == sorted(levels)


def test_a_bright_colour_keeps_the_ratios_of_its_channels():
    # In BT.709 primaries no matrix is applied: the knee multiplies all channels alike.
    bright = shown(code([600.0, 300.0, 150.0]), transfer=PQ, primaries=1) / 255.0
    light = bright**2.4
    assert light[0] / light[1] == pytest.approx(2, rel=0.03) and light[1] / light[2] == pytest.approx(2, rel=0.03)


def test_display_p3_and_bt2020_of_one_grey_are_the_same_grey():
    greys = [shown(code([50.0] * 3), transfer=PQ, primaries=number).tolist() for number in (1, 9, 12, 2)]
    assert all(abs(a - b) <= 1 for grey in greys for a, b in zip(grey, greys[0], strict=True))


def test_hlg_white_of_graphics_is_reference_white():
    # BT.2408: 75 % HLG is reference white, 203 nits on a display of 1,000.
    light = 1000 * 0.2649625707**1.2
    assert light == pytest.approx(203, abs=0.5)
    hlg, pq = shown([round(0.75 * 65535)] * 3, transfer=HLG), shown(code([203.0] * 3), transfer=PQ)
    assert hlg.tolist() == pytest.approx(pq.tolist(), abs=1)
