"""One image file of any kind, as 8-bit RGB."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from stitch_exp.errors import VideoError
from stitch_exp.video import FrameFolder
from stitch_exp.video.picture import picture_size, read_picture


def read(path, fps=25.0):
    return FrameFolder(path=str(path), fps=fps)()


def test_grey_of_sixteen_bits_is_scaled(tmp_path):
    ramp = np.linspace(0, 65535, 64).astype(np.uint16).reshape(8, 8)
    Image.fromarray(ramp).save(tmp_path / "a.png")
    Image.fromarray(ramp).save(tmp_path / "b.tif")
    Image.fromarray(ramp.astype(np.int32)).save(tmp_path / "c.tif")
    Image.fromarray((ramp / 65535).astype(np.float32)).save(tmp_path / "d.tif")
    ramp.astype(">u2").tofile(tmp_path / "raw")
    Image.frombytes("I;16B", (8, 8), (tmp_path / "raw").read_bytes()).save(tmp_path / "e.tif")
    for frame in read(tmp_path).frames:
        for channel in range(3):
            np.testing.assert_array_equal(frame[..., channel], np.rint(ramp / 257))


def test_colour_of_sixteen_bits(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.full((8, 8, 3), (0x1200, 0x8000, 0xFF00), np.uint16))
    np.testing.assert_allclose(read(tmp_path).frames[0][0, 0].astype(int), [255, 128, 18], atol=1)


def test_palettes_bits_and_transparency(tmp_path):
    colour = Image.new("RGB", (8, 8), (200, 100, 50))
    colour.quantize(2).save(tmp_path / "a.png")
    colour.quantize(2).save(tmp_path / "b.png", transparency=0)
    colour.quantize(200).save(tmp_path / "c.bmp")
    for frame in read(tmp_path).frames:
        np.testing.assert_array_equal(frame[3, 3], [200, 100, 50])


def test_black_and_white(tmp_path):
    Image.fromarray(np.tile([[True, False]], (8, 4))).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read(tmp_path).frames[0][0, :2], [[255] * 3, [0] * 3])


def test_inks(tmp_path):
    Image.new("CMYK", (8, 8), (255, 0, 0, 0)).save(tmp_path / "a.jpg", quality=95)
    Image.new("CMYK", (8, 8), (255, 0, 0, 0)).save(tmp_path / "b.tif")
    for frame in read(tmp_path).frames:
        np.testing.assert_allclose(frame[4, 4].astype(int), [0, 255, 255], atol=3)


def test_lab(tmp_path):
    Image.new("LAB", (8, 8), (128, 128, 128)).save(tmp_path / "a.tif")
    np.testing.assert_allclose(read(tmp_path).frames[0][4, 4].astype(int), [119, 119, 119], atol=2)


def test_pixels_without_a_known_white_are_refused(tmp_path):
    Image.fromarray(np.full((8, 8), 300.0, np.float32)).save(tmp_path / "a.tif")
    with pytest.raises(VideoError, match=r"a\.tif' has float32 pixels from 300.0 to 300.0.*convert it"):
        read(tmp_path)
    Image.fromarray(np.full((8, 8), 1 << 20, np.int32)).save(tmp_path / "a.tif")
    with pytest.raises(VideoError, match="int32 pixels"):
        read(tmp_path)


@pytest.mark.parametrize("size", [(40000, 1), (1, 40000), (7000, 7000)])
def test_pictures_too_large_to_be_written(tmp_path, size):
    Image.new("1", size).save(tmp_path / "a.png")
    with pytest.raises(VideoError, match=rf"'a.png' is {size[0]} x {size[1]} px; at most"):
        read(tmp_path)


@pytest.mark.parametrize("kind", ["png", "jpg", "tif", "webp", "bmp"])
@given(data=st.data())
@settings(max_examples=30)
def test_damaged_pictures_are_named(tmp_path_factory, kind, data):
    folder = tmp_path_factory.mktemp("damaged")
    file = folder / f"a.{kind}"
    Image.fromarray(np.arange(3072, dtype=np.uint8).reshape(32, 32, 3)).save(file)
    content = bytearray(file.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=6)):
        content[place] ^= data.draw(st.integers(1, 255))
    file.write_bytes(bytes(content[: data.draw(st.integers(1, len(content)))]))
    try:
        frame = read(folder).frames[0]
    except VideoError as error:
        assert file.name in str(error)
    else:
        assert frame.dtype == np.uint8 and frame.shape[2] == 3


def turned(tmp_path, orientation, name="a.jpg"):
    """A picture of 6 x 4 px whose left half is red, stored with an EXIF orientation."""
    image = Image.new("RGB", (6, 4), (0, 0, 255))
    image.paste((255, 0, 0), (0, 0, 3, 4))
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.save(tmp_path / name, exif=exif, quality=100, subsampling=0)
    return tmp_path / name


@pytest.mark.parametrize(
    ("orientation", "size", "red"),
    [
        (1, (4, 6), np.s_[:, :3]), (2, (4, 6), np.s_[:, 3:]), (3, (4, 6), np.s_[:, 3:]), (4, (4, 6), np.s_[:, :3]),
        (5, (6, 4), np.s_[:3]), (6, (6, 4), np.s_[:3]), (7, (6, 4), np.s_[3:]), (8, (6, 4), np.s_[3:]),
    ],
)  # fmt: skip
def test_a_turned_photo_is_upright_in_pixels_and_in_its_announced_size(tmp_path, orientation, size, red):
    path = turned(tmp_path, orientation)
    pixels = read_picture(path).astype(int)
    assert pixels.shape[:2] == picture_size(path) == size
    redness = pixels[..., 0] - pixels[..., 2]
    assert (redness[red] > 100).all() and (redness > 100).sum() == 12


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_turns_nothing(tmp_path, orientation):
    path = turned(tmp_path, orientation)
    assert picture_size(path) == read_picture(path).shape[:2] == (4, 6)


def test_the_size_is_known_without_the_pixels(tmp_path):
    Image.new("RGB", (30, 20), (9, 9, 9)).save(tmp_path / "a.jpg")
    content = (tmp_path / "a.jpg").read_bytes()
    (tmp_path / "a.jpg").write_bytes(content[:-20])
    assert picture_size(tmp_path / "a.jpg") == (20, 30)
    with pytest.raises(VideoError, match=r"a\.jpg' cannot be read \(.+\); remove or replace it"):
        read_picture(tmp_path / "a.jpg")


def test_the_limit_of_pillow_is_set_aside_only_while_a_picture_is_opened(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    Image.new("RGB", (30, 20)).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"none")
    assert read_picture(tmp_path / "a.png").shape == (20, 30, 3) and Image.MAX_IMAGE_PIXELS == 10
    with pytest.raises(VideoError):
        read_picture(tmp_path / "b.png")
    assert Image.MAX_IMAGE_PIXELS == 10


def test_names_of_any_letters(tmp_path):
    path = tmp_path / "\u4eba [1] caf\u00e9's #2 %d.png"
    Image.new("RGB", (3, 2), (7, 8, 9)).save(path)
    np.testing.assert_array_equal(read_picture(path), np.full((2, 3, 3), (7, 8, 9)))


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("LA", (90, 10), (90, 90, 90)),
        ("RGBA", (10, 20, 30, 0), (10, 20, 30)),
        ("1", 1, (255, 255, 255)),
        ("L", 77, (77, 77, 77)),
    ],
)
def test_transparency_is_dropped_and_grey_is_three_times_grey(tmp_path, mode, colour, expected):
    Image.new(mode, (5, 1), colour).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_picture(tmp_path / "a.png"), np.full((1, 5, 3), expected))


def test_of_an_animation_the_first_picture_counts(tmp_path):
    pictures = [Image.new("RGB", (4, 4), (60 * n, 0, 0)) for n in range(1, 4)]
    pictures[0].save(tmp_path / "a.webp", save_all=True, append_images=pictures[1:], lossless=True)
    assert read_picture(tmp_path / "a.webp")[0, 0].tolist() == [60, 0, 0]


@pytest.mark.parametrize("value", [np.nan, np.inf, -0.1, 1.5])
def test_real_numbers_outside_of_black_and_white_are_refused(tmp_path, value):
    pixels = np.full((4, 4), 0.5, np.float32)
    pixels[1, 2] = value
    Image.fromarray(pixels).save(tmp_path / "a.tif")
    with pytest.raises(VideoError, match=r"a\.tif' has float32 pixels .* \(0 to 1 would be\); convert it"):
        read_picture(tmp_path / "a.tif")


def test_a_missing_picture_and_a_folder_are_named(tmp_path):
    with pytest.raises(VideoError, match=r"there is no file .*gone\.png"):
        read_picture(tmp_path / "gone.png")
    with pytest.raises(VideoError, match="folder"):
        picture_size(tmp_path)
