"""The pictures of a page."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from stitch_exp.report.look import Look


def picture(uri):
    return np.array(Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))))


@pytest.fixture
def grey(make_clip):
    """`grey(count, offset)` is a clip whose frame t is grey of level 10 t + offset."""
    return lambda count, offset=0, size=(24, 32): make_clip(
        [np.full((*size, 3), 10 * t + offset, np.uint8) for t in range(count)]
    )


def levels(uri):
    """Mean level of the upper and of the lower half."""
    image = picture(uri).astype(float)
    return image[: len(image) // 2].mean(), image[len(image) // 2 :].mean()


def test_a_strip_is_six_frames_over_the_clip_source_above_edited(grey):
    strip = Look(grey(11), grey(11, 100), {}).strip()
    assert [frame for frame, _ in strip] == [0, 2, 4, 6, 8, 10]
    assert levels(strip[3][1]) == pytest.approx((60, 160), abs=3)


@pytest.mark.parametrize(("count", "frames"), [(1, [0]), (2, [0, 1]), (4, [0, 1, 2, 3])])
def test_a_short_clip_has_a_short_strip(grey, count, frames):
    assert [frame for frame, _ in Look(grey(count), grey(count, 100), {}).strip()] == frames


def test_the_shorter_of_two_videos_decides_how_far_pictures_go(grey):
    assert [frame for frame, _ in Look(grey(9), grey(3, 100), {}).strip()] == [0, 1, 2]


def test_without_any_video_there_are_no_pictures():
    look = Look(None, None, {"seam_error": np.array([1.0, 9.0, 1.0])})
    assert (look.strip(), look.slider(), look.poster(), look.worst()) == ([], None, "", [])


@pytest.mark.parametrize("name", ["edit_change", "face_change"])
def test_the_slider_stands_at_the_largest_edit(grey, name):
    look = Look(grey(6), grey(6, 100), {name: np.array([1.0, np.nan, 2.0, 5.0, 3.0, 2.0])})
    slider = look.slider()
    assert slider["frame"] == "3"
    assert picture(slider["before"]).mean() == pytest.approx(30, abs=3)
    assert picture(slider["after"]).mean() == pytest.approx(130, abs=3)


def test_where_no_edit_was_measured_the_slider_stands_in_the_middle(grey):
    assert Look(grey(6), grey(6), {"edit_change": np.full(6, np.nan)}).slider()["frame"] == "3"
    assert Look(grey(6), grey(6), {}).slider()["frame"] == "3"


def test_a_slider_needs_two_pictures(grey):
    assert Look(None, grey(3), {}).slider() is None and Look(grey(3), None, {}).slider() is None


def test_the_slider_is_close_to_the_face(grey):
    face = {name: np.full(3, value) for name, value in (("face_x", 16.0), ("face_y", 12.0), ("face_size", 8.0))}
    assert picture(Look(grey(3), grey(3), face).slider()["after"]).shape == (16, 16, 3)


def test_a_poster_is_the_first_frame_of_both_side_by_side(grey):
    poster = picture(Look(grey(3), grey(3, 100), {}).poster()).astype(float)
    assert poster.shape == (24, 64, 3)
    assert poster[:, :30].mean() == pytest.approx(0, abs=3) and poster[:, 34:].mean() == pytest.approx(100, abs=3)


def test_frames_that_stand_out_are_shown_with_what_they_read(grey):
    seam = np.full(8, 1.0)
    seam[5] = 7.5
    (worst,) = Look(grey(8), grey(8, 100), {"seam_error": seam, "unknown": -seam}).worst()
    assert (worst["frame"], worst["why"]) == (5, "Seam 7.50")
    assert levels(worst["picture"]) == pytest.approx((50, 150), abs=3)


def test_a_frame_that_neither_video_has_is_not_shown(grey):
    seam = np.full(8, 1.0)
    seam[6] = 7.5
    assert Look(grey(4), grey(4), {"seam_error": seam}).worst() == []
