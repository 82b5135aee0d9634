"""Read one image file of any kind as 8-bit RGB."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageCms, ImageOps

from stitch_exp.errors import VideoError
from stitch_exp.video.limits import check_size
from stitch_exp.video.regular import check_regular

_SIXTEEN_BITS = 65535
_TURNED = range(5, 9)
_EXIF_ORIENTATION = 0x0112


def read_picture(path: Path) -> UInt8[np.ndarray, "H W 3"]:
    """The image upright in sRGB: 16-bit grey scaled, CMYK and Lab converted, transparency dropped.

    Raises:
        VideoError: The file is missing, not an image, damaged, too large, or of pixels without a known white.
    """
    with _opened(path) as image:
        return np.array(_eight_bit_rgb(ImageOps.exif_transpose(image), path))


def picture_size(path: Path) -> tuple[int, int]:
    """Height and width of the upright image, from its header.

    Raises:
        VideoError: As `read_picture`, as far as the header tells.
    """
    with _opened(path) as image:
        turned = image.getexif().get(_EXIF_ORIENTATION) in _TURNED
        width, height = image.size
        return (width, height) if turned else (height, width)


class _opened:
    """A context with the lazily read image; whatever Pillow raises inside becomes a `VideoError`."""

    def __init__(self, path: Path) -> None:
        check_regular(path)
        self.path = path
        self.image: Image.Image | None = None

    def __enter__(self) -> Image.Image:
        largest, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None  # ours is lower, and is told in words
        try:
            self.image = Image.open(self.path)
        except Exception as error:
            raise self._explained(error) from error
        finally:
            Image.MAX_IMAGE_PIXELS = largest
        check_size(self.path.name, *self.image.size)
        return self.image

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        assert self.image is not None
        self.image.close()
        # Damaged files make Pillow raise nearly every built-in exception.
        if isinstance(error, Exception) and not isinstance(error, VideoError):
            raise self._explained(error) from error

    def _explained(self, error: Exception) -> VideoError:
        return VideoError(f"image '{self.path}' cannot be read ({error}); remove or replace it")


def _eight_bit_rgb(image: Image.Image, path: Path) -> Image.Image:
    if image.mode == "F" or image.mode.startswith("I"):
        return Image.fromarray(_scaled(np.asarray(image), path)).convert("RGB")
    if image.mode in ("CMYK", "LAB"):
        return _managed(image) or image.convert("RGB")
    return image.convert("RGB")


def _scaled(grey: np.ndarray, path: Path) -> UInt8[np.ndarray, "H W"]:
    """Grey of 16 bits, or real numbers from 0 to 1, in 8 bits."""
    white = 1.0 if grey.dtype.kind == "f" else _SIXTEEN_BITS
    if not (np.isfinite(grey).all() and grey.min() >= 0 and grey.max() <= white):
        raise VideoError(
            f"image '{path}' has {grey.dtype} pixels from {grey.min()} to {grey.max()}, of which it is not known what "
            f"is white (0 to {white:g} would be); convert it to 8 or 16 bits"
        )
    return np.rint(grey.astype(np.float64) * (255.0 / white)).astype(np.uint8)


def _managed(image: Image.Image) -> Image.Image | None:
    """Conversion by the image's own profile, or that of Lab; None if it has none that can be used."""
    profile = image.info.get("icc_profile")
    try:
        lab = image.mode == "LAB"
        source = ImageCms.createProfile("LAB") if lab else ImageCms.getOpenProfile(BytesIO(profile or b""))
        return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, TypeError, OSError, ValueError):
        return None
