"""Colour tags of a stream, and conversion between its pixels and RGB that loses as little as 8 bits allow."""

from __future__ import annotations

from collections.abc import Mapping

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from jaxtyping import UInt8, UInt16

UNSPECIFIED = 2
"""FFmpeg's value of an unspecified matrix, set of primaries or transfer curve (the range's is 0)."""
_FIRST_HD_HEIGHT = 720
_MATRICES = {
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    5: Colorspace.ITU601,
    6: Colorspace.ITU601,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
    10: Colorspace.BT2020,
}
# Without accurate rounding and full chroma interpolation a mere YUV -> RGB -> YUV costs 33 dB of luma.
_FULL_CHROMA = Interpolation.FULL_CHR_H_INT | Interpolation.FULL_CHR_H_INP
_EXACT = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | _FULL_CHROMA


def tags(codec: av.VideoCodecContext) -> dict[str, int]:
    """FFmpeg's `range`, `space`, `primaries` and `transfer` of a stream, as integers."""
    return {
        "range": int(codec.color_range),
        "space": int(codec.colorspace),
        "primaries": int(codec.color_primaries),
        "transfer": int(codec.color_trc),
    }


def matrix(colour: Mapping[str, int], height: int) -> Colorspace:
    """The YUV matrix of these tags; untagged video is BT.709 from 720 lines up and BT.601 below, as players assume."""
    guess = Colorspace.ITU709 if height >= _FIRST_HD_HEIGHT else Colorspace.ITU601
    return _MATRICES.get(colour.get("space", UNSPECIFIED), guess)


def pixel_range(colour: Mapping[str, int]) -> ColorRange:
    """Full range only when the tag says so."""
    return ColorRange.JPEG if colour.get("range") == ColorRange.JPEG else ColorRange.MPEG


def to_rgb(frame: av.VideoFrame, colour: Mapping[str, int], width: int, height: int) -> UInt8[np.ndarray, "H W 3"]:
    """Decoded frame of any pixel format and bit depth to 8-bit RGB of the clip's (unrotated) size."""
    return _converted(frame, colour, width, height, "rgb24")


def to_rgb48(frame: av.VideoFrame, colour: Mapping[str, int], width: int, height: int) -> UInt16[np.ndarray, "H W 3"]:
    """The same with 16 bits a channel, 0 to 65535, whatever the depth of the source."""
    return _converted(frame, colour, width, height, "rgb48le")


def _converted(
    frame: av.VideoFrame, colour: Mapping[str, int], width: int, height: int, pixel_format: str
) -> np.ndarray:
    is_rgb = frame.format.is_rgb
    converted = frame.reformat(
        width=width,
        height=height,
        format=pixel_format,
        interpolation=_EXACT,
        src_colorspace=None if is_rgb else matrix(colour, height),
        src_color_range=None if is_rgb else _range_of(frame, colour),
        threads=1,
    )
    return converted.to_ndarray()


def from_rgb(pixels: UInt8[np.ndarray, "H W 3"], colour: Mapping[str, int], pixel_format: str) -> av.VideoFrame:
    """8-bit RGB to a frame for the encoder, in the matrix and range that `colour` announces."""
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
    return frame.reformat(
        format=pixel_format,
        interpolation=_EXACT,
        dst_colorspace=matrix(colour, pixels.shape[0]),
        dst_color_range=pixel_range(colour),
        threads=1,
    )


def _range_of(frame: av.VideoFrame, colour: Mapping[str, int]) -> ColorRange:
    return ColorRange.JPEG if frame.format.name.startswith("yuvj") else pixel_range(colour)
