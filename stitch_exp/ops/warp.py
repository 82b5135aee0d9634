"""Between frame and crop: homographies, the crop itself, and its way back.

Convention: quads are in pixel indices (first pixel centred at 0), homographies in continuous coordinates (first pixel
centred at 0.5); a quad's corners therefore lie at quad + 0.5. Crop corners are (0, 0), (0, S), (S, S), (S, 0).
Reference: Stitch it in Time, sections 3.1 and 3.5; resampling as Pillow does it, which the published numbers rest on.
"""

from typing import Literal, NamedTuple

import cv2
import numpy as np
from jaxtyping import Float, Float32, UInt8
from PIL import Image

Padding = Literal["black", "reflect", "edge"]
Resample = Literal["reference", "area"]

_BORDERS = {"black": cv2.BORDER_CONSTANT, "reflect": cv2.BORDER_REFLECT, "edge": cv2.BORDER_REPLICATE}
_MARGIN_OF_DIAGONAL = 0.1
_MIN_MARGIN_PX = 3


class Region(NamedTuple):
    """A rectangle of whole frame pixels: `frame[top:bottom, left:right]`."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def is_empty(self) -> bool:
        """Whether it holds no pixel."""
        return self.right <= self.left or self.bottom <= self.top

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index of the region in an array of the frame."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


def crop_from_frame(quad: Float[np.ndarray, "4 2"], side: int) -> Float[np.ndarray, "3 3"]:
    """Homography from continuous frame points to continuous crop points, lower right entry 1.

    Args:
        quad: Corners NW, SW, SE, NE in pixel indices.
        side: Side of the crop in pixels.
    """
    source = np.asarray(quad, dtype=np.float64) + 0.5
    # Solved around the quad's centre and in units of its size: as it stands the system is badly conditioned.
    center, size = source.mean(0), np.ptp(source, axis=0).max()
    target = np.array([[0, 0], [0, side], [side, side], [side, 0]], dtype=np.float64)
    rows = []
    for (x, y), (u, v) in zip((source - center) / size, target / side, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    solved = np.linalg.solve(np.array(rows), (target / side).ravel())
    centred = np.append(solved, 1.0).reshape(3, 3)
    to_center = np.array([[1 / size, 0, -center[0] / size], [0, 1 / size, -center[1] / size], [0, 0, 1]])
    matrix = np.diag([side, side, 1.0]) @ centred @ to_center
    return matrix / matrix[2, 2]


def apply(a_from_b: Float[np.ndarray, "3 3"], points: Float[np.ndarray, "... 2"]) -> Float[np.ndarray, "... 2"]:
    """Points of b as points of a."""
    mapped = points @ a_from_b[:, :2].T + a_from_b[:, 2]
    return mapped[..., :2] / mapped[..., 2:]


def crop_quad(
    frame: UInt8[np.ndarray, "H W 3"],
    quad: Float[np.ndarray, "4 2"],
    side: int,
    padding: Padding = "black",
    resample: Resample = "reference",
) -> UInt8[np.ndarray, "S S 3"]:
    """The face square at `side` pixels.

    Args:
        frame: The frame.
        quad: Corners NW, SW, SE, NE in pixel indices.
        side: Side of the crop.
        padding: What lies beyond the frame; `black` is the reference.
        resample: `reference` samples bilinearly, after the whole frame is reduced by a whole number for very large
            faces; `area` samples more finely and averages, so that a large face does not alias in a small crop.

    Reference: SPEC 2.4.
    """
    oversampling = 1
    if resample == "area":
        oversampling = max(1, round(float(np.linalg.norm(quad[3] - quad[0])) / side))
    elif (shrink := int(np.floor(_diagonal(quad) / side * 0.5))) > 1:
        frame, quad = _reduced(frame, shrink), quad / shrink
    image, corner = _surroundings(frame, quad, padding)
    fine = _sample(image, quad - corner, side * oversampling)
    return np.asarray(fine.reduce(oversampling) if oversampling > 1 else fine)


def crop_quickly(
    frame: UInt8[np.ndarray, "H W 3"], quad: Float[np.ndarray, "4 2"], side: int, padding: Padding = "black"
) -> UInt8[np.ndarray, "S S 3"]:
    """`crop_quad` with `area` of a parallelogram, by OpenCV: a quarter of the time, equal within a few levels.

    For pictures that live no longer than a frame; crops that are stored or measured are Pillow's.

    Args:
        frame: The frame.
        quad: Corners NW, SW, SE, NE in pixel indices.
        side: Side of the crop.
        padding: What lies beyond the frame.
    """
    fine = side * max(1, round(float(np.linalg.norm(quad[3] - quad[0])) / side))
    right, down = (quad[3] - quad[0]) / fine, (quad[1] - quad[0]) / fine
    from_crop = np.stack([right, down, quad[0] + (right + down) / 2], axis=1)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    crop = cv2.warpAffine(frame, from_crop, (fine, fine), flags=flags, borderMode=_BORDERS[padding])
    return crop if fine == side else cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA)


def region_of(quad: Float[np.ndarray, "4 2"], height: int, width: int) -> Region:
    """The frame pixels that the crop can touch."""
    left, top = np.floor(quad.min(0)).astype(int) - 1
    right, bottom = np.ceil(quad.max(0)).astype(int) + 2
    return Region(int(max(left, 0)), int(max(top, 0)), int(min(right, width)), int(min(bottom, height)))


def place(
    crop: UInt8[np.ndarray, "S S C"], to_crop: Float[np.ndarray, "3 3"], region: Region
) -> UInt8[np.ndarray, "h w C"]:
    """The crop as it lies in a region of the frame; outside the crop everything, alpha too, is 0.

    Args:
        crop: RGB or RGBA; with alpha, colours are premultiplied on the way, as Pillow does.
        to_crop: Continuous crop points from frame points (`crop_from_frame`).
        region: The wanted part of the frame.
    """
    local = to_crop @ _shift(float(region.left), float(region.top))
    coefficients = (local / local[2, 2]).ravel()[:8]
    size = (region.right - region.left, region.bottom - region.top)
    image = Image.fromarray(np.ascontiguousarray(crop))
    bilinear = Image.Resampling.BILINEAR
    return np.asarray(image.transform(size, Image.Transform.PERSPECTIVE, tuple(coefficients), bilinear))


def resample_into(
    crop: Float32[np.ndarray, "S S *channels"], quad: Float[np.ndarray, "4 2"], region: Region, kernel: int
) -> Float32[np.ndarray, "h w *channels"]:
    """A float crop as it lies in a region of the frame; 0 outside the crop.

    A crop finer than the frame is averaged down first, so that it does not alias.

    Args:
        crop: Any signal on the crop, of any range and sign.
        quad: Where the crop's corners lie, in pixel indices of the frame.
        region: The wanted part of the frame.
        kernel: OpenCV's interpolation flag.
    """
    side = crop.shape[0]
    reduced = max(1, round(side / max(float(np.linalg.norm(quad[3] - quad[0])), 1.0)))
    if reduced > 1:
        side = max(1, side // reduced)
        crop = cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA)
    to_frame = np.linalg.inv(crop_from_frame(quad, side))
    to_region = _shift(-0.5 - region.left, -0.5 - region.top) @ to_frame @ _shift(0.5, 0.5)
    size = (region.right - region.left, region.bottom - region.top)
    return cv2.warpPerspective(crop, to_region, size, flags=kernel, borderMode=cv2.BORDER_CONSTANT, borderValue=(0,))


def _shift(x: float, y: float) -> np.ndarray:
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])


def _sample(image: Image.Image, quad: np.ndarray, side: int) -> Image.Image:
    bilinear = Image.Resampling.BILINEAR
    return image.transform((side, side), Image.Transform.QUAD, tuple((quad + 0.5).ravel()), bilinear)


def _reduced(frame: np.ndarray, shrink: int) -> np.ndarray:
    height, width = frame.shape[:2]
    size = (round(width / shrink), round(height / shrink))
    return np.asarray(Image.fromarray(frame).resize(size, Image.Resampling.LANCZOS))


def _diagonal(quad: np.ndarray) -> float:
    return float(np.linalg.norm(quad[3] - quad[1]))


def _surroundings(frame: np.ndarray, quad: np.ndarray, padding: Padding) -> tuple[Image.Image, np.ndarray]:
    """The part of the frame around the quad, and where its corner lies; everything beyond is black or padded."""
    height, width = frame.shape[:2]
    margin = max(int(np.rint(_diagonal(quad) * _MARGIN_OF_DIAGONAL)), _MIN_MARGIN_PX)
    low = np.floor(quad.min(0)).astype(int) - margin
    high = np.ceil(quad.max(0)).astype(int) + margin
    # A square that lies wholly beside the frame is padded from the nearest pixels, so they are part of it.
    low, high = np.minimum(low, (width - 1, height - 1)), np.maximum(high, 1)
    inner_low, inner_high = np.maximum(low, 0), np.minimum(high, (width, height))
    part = frame[inner_low[1] : inner_high[1], inner_low[0] : inner_high[0]]
    if padding == "black":
        return Image.fromarray(np.ascontiguousarray(part)), inner_low.astype(np.float64)
    before, after = inner_low - low, high - inner_high
    widths = ((before[1], after[1]), (before[0], after[0]), (0, 0))
    mode = "symmetric" if padding == "reflect" else "edge"
    return Image.fromarray(np.pad(part, widths, mode=mode)), low.astype(np.float64)
