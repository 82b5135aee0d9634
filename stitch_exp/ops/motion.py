"""Where features of one aligned face lie in another picture of it: displacement fields.

Reference: Kroeger et al. 2016, "Fast Optical Flow using Dense Inverse Search" (OpenCV's DIS).
"""

import functools

import cv2
import numpy as np
from jaxtyping import Float, Float32, UInt8

from stitch_exp.ops.feather import smooth_step
from stitch_exp.ops.warp import Region, resample_into

_SIDE = 256
_SMOOTHING_OF_SIDE = 1 / 64
_WINDOW_OF_SIDE = 1 / 64
_CLEAR = 2.5
_LEAST_TRUST = 0.1
_GAIN, _NOISE = 0.25, 3.0
"""Share of the error that a displacement must take away to count in full, and errors, in levels, that are noise."""

_CENTRE, _RADII, _EDGE = (0.5, 0.57), (0.24, 0.30), 12.0


@functools.cache
def features_of_face(side: int) -> Float32[np.ndarray, "S S 1"]:
    """1 on the eyes, nose and mouth of an aligned crop, 0 on hair, ears and what is behind, without a step between.

    Displacements found out there are hair against wall, where any field fits: they bend earrings and door frames.
    """
    y, x = (np.mgrid[:side, :side].astype(np.float32) + 0.5) / side
    radius = np.hypot((x - _CENTRE[0]) / _RADII[0], (y - _CENTRE[1]) / _RADII[1])
    return (1 / (1 + np.exp(-_EDGE * (1 - radius))))[..., None].astype(np.float32)


def displacement(
    before: UInt8[np.ndarray, "S S 3"], after: UInt8[np.ndarray, "S S 3"], *, largest: float
) -> Float32[np.ndarray, "S S 2"]:
    """Where each pixel of `after` was in `before`, as (dx, dy) to add, in pixels of the crop.

    Displacements are trusted only where both pictures have clear features, and only as far as they make the pictures
    more alike: a closed eye that is matched to an open one moves nothing. Elsewhere they die out.

    Args:
        largest: Longest displacement believed, in crop sides; longer ones are shortened to it.
    """
    side = before.shape[0]
    pair = [cv2.cvtColor(cv2.resize(image, (_SIDE, _SIDE)), cv2.COLOR_RGB2GRAY) for image in (after, before)]
    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(*pair, None)
    flow = _from_features(flow, *pair)
    length = np.linalg.norm(flow, axis=-1, keepdims=True)
    flow = (flow * np.minimum(1.0, largest * _SIDE / np.maximum(length, 1e-6))).astype(np.float32)
    flow *= _gain(flow, *pair)[..., None]
    return cv2.resize(flow, (side, side)) * np.float32(side / _SIDE)


def _from_features(flow: np.ndarray, after: np.ndarray, before: np.ndarray) -> Float32[np.ndarray, "256 256 2"]:
    """The flow, smoothed; it comes from places with clear features in both pictures, and dies out away from them.

    On smooth skin any displacement fits, and a change of light passes for a long one, which would tear what is near.
    """
    trust = np.minimum(_clearness(after), _clearness(before))[..., None]
    sigma = _SIDE * _SMOOTHING_OF_SIDE
    weighted = cv2.GaussianBlur(flow * trust, (0, 0), sigma)
    return weighted / (cv2.GaussianBlur(trust, (0, 0), sigma)[..., None] + _LEAST_TRUST)


def _gain(
    flow: Float32[np.ndarray, "256 256 2"], after: UInt8[np.ndarray, "256 256"], before: UInt8[np.ndarray, "256 256"]
) -> Float32[np.ndarray, "256 256"]:
    """1 where the flow makes the pictures more alike, 0 where it does not."""
    resting = before.astype(np.float32)
    without, with_flow = (_error(after, picture) for picture in (resting, moved(resting, flow, cv2.INTER_LINEAR)))
    return smooth_step(1 - with_flow / without, 0.0, _GAIN)


def _error(after: UInt8[np.ndarray, "256 256"], picture: Float32[np.ndarray, "256 256"]) -> np.ndarray:
    squared = cv2.GaussianBlur(np.square(after - picture), (0, 0), _SIDE * _WINDOW_OF_SIDE)
    return np.sqrt(squared + _NOISE**2)


def _clearness(image: UInt8[np.ndarray, "256 256"]) -> Float32[np.ndarray, "256 256"]:
    """How far the local contrast, as the gradient's length in levels a pixel, exceeds that of shading: 0 to 1."""
    smooth = cv2.GaussianBlur(image.astype(np.float32), (0, 0), 1.0)
    squared = (
        cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=1 / 8) ** 2 + cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=1 / 8) ** 2
    )
    energy = cv2.GaussianBlur(squared, (0, 0), _SIDE * _WINDOW_OF_SIDE)
    return energy**2 / (energy**2 + _CLEAR**4)


def moved(
    image: Float32[np.ndarray, "H W *C"], field: Float32[np.ndarray, "H W 2"], interpolation: int = cv2.INTER_CUBIC
) -> Float32[np.ndarray, "H W *C"]:
    """The picture of `before` with its features where `after` has them; the edge is repeated."""
    grid = np.mgrid[: image.shape[0], : image.shape[1]].astype(np.float32)
    return cv2.remap(
        image, grid[1] + field[..., 0], grid[0] + field[..., 1], interpolation, borderMode=cv2.BORDER_REPLICATE
    )


def moved_frame(
    frame: UInt8[np.ndarray, "H W 3"],
    field: Float32[np.ndarray, "S S 2"],
    opacity: Float32[np.ndarray, "h w"],
    quad: Float[np.ndarray, "4 2"],
    region: Region,
) -> Float32[np.ndarray, "h w 3"]:
    """A region of the frame with the crop's displacement applied at the frame's own resolution.

    Convention: a quad is a parallelogram, so one matrix turns displacements of the crop into those of the frame.

    Args:
        field: Displacement of the crop, see `displacement`.
        opacity: Share of it to apply, 0 to 1, for every pixel of the region; pixels with 0 stay as they are.
        quad: Where the crop's corners lie, in pixel indices of the frame.
    """
    side = field.shape[0]
    frame_from_crop = np.stack([quad[3] - quad[0], quad[1] - quad[0]], axis=1) / side
    step = resample_into(field @ frame_from_crop.T.astype(np.float32), quad, region, cv2.INTER_LINEAR)
    rows, columns = np.mgrid[region.top : region.bottom, region.left : region.right].astype(np.float32)
    there = (columns + step[..., 0] * opacity, rows + step[..., 1] * opacity)
    return cv2.remap(frame.astype(np.float32), *there, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
