"""A folder of images as a clip."""

import os
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from stitch_exp.errors import ConfigError, VideoError
from stitch_exp.video import FrameFolder
from stitch_exp.video.folder import exact_rate


def read(path, fps=25.0):
    return FrameFolder(path=str(path), fps=fps)()


def test_natural_order_and_times(folder):
    clip = read(folder)
    assert [frame[0, 0, 0] for frame in clip.frames] == [1, 2, 9, 10]
    assert clip.frames[-1][0, 0, 0] == 10
    assert (clip.width, clip.height, clip.fps, clip.origin) == (20, 10, Fraction(25), None)
    np.testing.assert_array_equal(clip.pts * clip.time_base, [Fraction(i, 25) for i in range(4)])


def test_grey_and_transparent_images_become_rgb(tmp_path):
    Image.new("L", (8, 8), 7).save(tmp_path / "a.png")
    Image.new("RGBA", (8, 8), (7, 7, 7, 90)).save(tmp_path / "b.png")
    for frame in read(tmp_path).frames:
        np.testing.assert_array_equal(frame, np.full((8, 8, 3), 7))


def test_digest_tells_content_and_rate(folder):
    before = read(folder).digest
    assert read(folder).digest == before
    assert read(folder, 24.0).digest != before
    Image.new("RGB", (20, 10), (99, 0, 0)).save(folder / "frame9.png")
    assert read(folder).digest != before


@pytest.mark.parametrize(
    ("fps", "expected"),
    [
        (25.0, Fraction(25)),
        (29.97, Fraction(30000, 1001)),
        (23.976, Fraction(24000, 1001)),
        ("59.94", Fraction(60000, 1001)),
        ("30000/1001", Fraction(30000, 1001)),
        (12.5, Fraction(25, 2)),
    ],
)
def test_exact_rate(fps, expected):
    assert exact_rate(fps) == expected


@pytest.mark.parametrize("fps", [0.0, -25.0, "fast", "1/0"])
def test_impossible_rate(fps):
    with pytest.raises(ConfigError, match=r"video\.fps"):
        FrameFolder(path="x", fps=fps)


def test_missing_folder(tmp_path):
    with pytest.raises(VideoError, match="there is no folder"):
        read(tmp_path / "nothing")


def test_folder_without_images(tmp_path):
    with pytest.raises(VideoError, match=r"has no images .*\.png"):
        read(tmp_path)


def test_images_of_two_sizes(folder):
    Image.new("RGB", (21, 10)).save(folder / "frame3.png")
    with pytest.raises(VideoError, match=r"'frame3.png' is 21 x 10 but the first one is 20 x 10"):
        list(read(folder).frames)


def test_damaged_image(folder):
    (folder / "frame1.png").write_bytes(b"")
    with pytest.raises(VideoError, match=r"frame1\.png' is empty"):
        read(folder)
    (folder / "frame1.png").write_bytes(b"not a picture")
    with pytest.raises(VideoError, match=r"frame1\.png' cannot be read"):
        read(folder)


def test_what_systems_leave_in_folders(folder):
    for name in ("._frame1.png", ".hidden.png", "frame3.png"):
        (folder / name).write_bytes(b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        ")
    for name in (".DS_Store", "Thumbs.db", "desktop.ini"):
        (folder / name).write_bytes(b"\x00")
    assert [frame[0, 0, 0] for frame in read(folder).frames] == [1, 2, 9, 10]


def test_a_pipe_among_the_images(folder):
    os.mkfifo(folder / "frame3.png")
    with pytest.raises(VideoError, match=r"frame3\.png' is a pipe"):
        read(folder)


def test_a_folder_among_the_images(folder):
    (folder / "frame3.png").mkdir()
    with pytest.raises(VideoError, match=r"frame3\.png' is a folder"):
        read(folder)


def test_a_link_to_nowhere_among_the_images(folder):
    (folder / "frame3.png").symlink_to(folder / "gone.png")
    with pytest.raises(VideoError, match=r"there is no file .*frame3\.png'"):
        read(folder)
