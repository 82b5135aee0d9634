"""How large a picture may be."""

from __future__ import annotations

from stitch_exp.errors import VideoError

LARGEST_SIDE_PX = 16384
"""H.264 cannot hold longer sides (x264), and OpenCV cannot warp pictures with sides from 32,768 px."""
MOST_PIXELS = 8192 * 4320
"""8K. The encoder alone keeps some forty frames in memory."""


def fits(width: int, height: int) -> bool:
    """Whether pictures of this size can be written."""
    return max(width, height) <= LARGEST_SIDE_PX and width * height <= MOST_PIXELS


def check_size(name: str, width: int, height: int) -> None:
    """Refuse, before any work, pictures that could not be written in the end.

    Raises:
        VideoError: A side or the area is too large.
    """
    if not fits(width, height):
        raise VideoError(
            f"'{name}' is {width} x {height} px; at most {LARGEST_SIDE_PX} px a side and {MOST_PIXELS // 10**6} "
            "million pixels (8K) can be written as H.264; scale it down or cut out the part with the face first"
        )
