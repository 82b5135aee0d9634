"""The largest pictures."""

import pytest

from stitch_exp.errors import VideoError
from stitch_exp.video.limits import check_size, fits


@pytest.mark.parametrize(
    ("width", "height", "fit"),
    [(8192, 4320, True), (4320, 8192, True), (8192, 4321, False), (16384, 2160, True), (16385, 16, False)],
)
def test_8k_fits_and_one_pixel_more_does_not(width: int, height: int, fit: bool) -> None:
    assert fits(width, height) is fit


def test_the_message_has_the_size_and_what_to_do() -> None:
    check_size("clip.mp4", 1920, 1080)
    with pytest.raises(
        VideoError, match=r"'clip.mp4' is 9000 x 9000 px; at most 16384 px a side and 35 million.*scale"
    ):
        check_size("clip.mp4", 9000, 9000)
