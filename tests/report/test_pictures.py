"""Frames to look at."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from stitch_exp.report import pictures


def test_worst_frames_are_apart_and_say_why():
    seam, identity = np.ones(20) + np.linspace(0, 0.01, 20), np.full(20, 0.9) - np.linspace(0, 0.001, 20)
    seam[5], seam[6], identity[12] = 9.0, 8.0, 0.2
    chosen = pictures.worst_frames({"seam_error": (seam, 1), "identity_to_source": (identity, -1)}, count=2)
    assert sorted(chosen) == [(5, "seam_error"), (12, "identity_to_source")]


def test_a_curve_in_which_nothing_stands_out_marks_no_frame():
    flat, none = np.full(9, 3.0), np.full(9, np.nan)
    assert pictures.worst_frames({"a": (flat, 1), "b": (none, 1)}) == [] == pictures.worst_frames({})


def test_lower_is_worse_where_the_sign_says_so():
    curve = np.full(9, 0.9)
    curve[4] = 0.1
    assert pictures.worst_frames({"a": (curve, -1)}) == [(4, "a")]
    assert pictures.worst_frames({"a": (curve, 1)}) == []


def test_undefined_frames_are_never_chosen_and_no_more_than_asked_for():
    curve = np.where(np.arange(40) % 2, np.nan, np.arange(40.0))
    chosen = [frame for frame, _ in pictures.worst_frames({"a": (curve, 1)}, count=3, apart=4)]
    assert chosen == [38, 34, 30]


def faces(x, y, side):
    return {name: np.array([value]) for name, value in zip(pictures.FACE, (x, y, side), strict=True)}


@pytest.mark.parametrize(
    ("x", "y", "side", "box"),
    [
        (50.0, 40.0, 20.0, (30, 20, 70, 60)),  # twice the face, around it
        (5.0, 4.0, 20.0, (0, 0, 40, 40)),  # pushed back into the frame
        (99.0, 79.0, 20.0, (60, 40, 100, 80)),
        (50.0, 40.0, 70.0, (10, 0, 90, 80)),  # no larger than the frame's shorter side
        (50.0, 40.0, 3.0, (42, 32, 58, 48)),  # no smaller than 16 px
    ],
)
def test_the_box_is_twice_the_face_and_inside_the_frame(x, y, side, box):
    assert pictures.face_box(faces(x, y, side), 0, (80, 100)) == box


@pytest.mark.parametrize("face", [(np.nan, 40.0, 20.0), (50.0, np.inf, 20.0), (50.0, 40.0, 1.9)])
def test_no_face_no_box(face):
    assert pictures.face_box(faces(*face), 0, (80, 100)) is None


def test_a_frame_behind_the_curves_or_a_curve_that_is_missing_has_no_box():
    known = faces(50.0, 40.0, 20.0)
    assert pictures.face_box(known, 1, (80, 100)) is None
    del known["face_size"]
    assert pictures.face_box(known, 0, (80, 100)) is None


def test_pairs_are_cut_stacked_and_laid_side_by_side():
    source, edited = np.zeros((6, 8, 3), np.uint8), np.full((6, 8, 3), 9, np.uint8)
    source[2, 3] = 5
    pair = pictures.Pair(source, edited)
    assert pair.cut(None) is pair
    part = pair.cut((3, 2, 7, 5))
    assert part.stacked.shape == (6, 4, 3) and part.stacked[0, 0, 0] == 5 and part.stacked[3, 0, 0] == 9
    assert part.beside.shape == (3, 8, 3) and part.beside[0, 4, 0] == 9
    assert pictures.Pair(None, edited).cut((0, 0, 2, 2)).stacked.shape == (2, 2, 3)


def test_frames_that_one_video_lacks_come_alone_and_what_both_lack_is_left_out(make_clip, make_frames):
    source, edited = make_clip(make_frames(3)), make_clip(make_frames(5))
    found = pictures.pairs(source, edited, [4, 1, 9, 1, -1])
    assert list(found) == [1, 4]
    assert found[1].source is not None and found[4].source is None
    np.testing.assert_array_equal(found[4].edited, edited.frames[4])
    assert pictures.pairs(None, None, [0]) == {}


def test_an_embedded_picture_is_a_jpeg_no_wider_than_asked_for():
    picture = np.full((30, 100, 3), (200, 40, 90), np.uint8)
    for width, size in ((50, (50, 15)), (100, (100, 30)), (640, (100, 30)), (1, (1, 1))):
        head, _, body = pictures.data_uri(picture, width=width).partition(",")
        image = Image.open(io.BytesIO(base64.b64decode(body)))
        assert head == "data:image/jpeg;base64" and image.size == size
        np.testing.assert_allclose(np.array(image)[0, 0], (200, 40, 90), atol=4)


@pytest.mark.parametrize("content", [None, b"", b"not a video", "folder"])
def test_an_edited_video_that_cannot_be_read_is_none(tmp_path, content):
    if content == "folder":
        (tmp_path / "edited.mp4").mkdir()
    elif content is not None:
        (tmp_path / "edited.mp4").write_bytes(content)
    assert pictures.edited_clip(tmp_path) is None
