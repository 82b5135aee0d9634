"""`video=frames`: a folder of images as a clip."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from stitch_exp.errors import ConfigError, VideoError
from stitch_exp.types import Clip
from stitch_exp.video.picture import picture_size, read_picture
from stitch_exp.video.regular import is_system_litter

_SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"}
_NTSC = 1001


class FrameFolder:
    """Read the images of a folder, in natural order of their names (2 before 10), as a silent clip.

    Hidden files, and what macOS notes beside files on foreign disks (`._name`), are left out.

    Args:
        path: Folder of images, all of one size.
        fps: Frames a second; 23.976, 29.97 and 59.94 mean their exact n * 1000 / 1001, as does '30000/1001'.

    Raises:
        ConfigError: `fps` is not a positive number (on construction).
        VideoError: The folder is missing, has no images, or an image is damaged or of another size.
    """

    def __init__(self, *, path: str, fps: float | str) -> None:
        self.path = Path(path).expanduser()
        self.fps = exact_rate(fps)

    def __call__(self) -> Clip:
        """List the folder and describe it as a lazy clip."""
        files = self._images()
        height, width = self._common_size(files)
        return Clip(
            name=self.path.name,
            frames=ImageFrames(files, height, width),
            height=height,
            width=width,
            fps=self.fps,
            pts=np.arange(len(files), dtype=np.int64),
            time_base=1 / self.fps,
            digest=_digest(files, self.fps),
        )

    def _images(self) -> list[Path]:
        if not self.path.is_dir():
            raise VideoError(f"there is no folder '{self.path}'; check video.path (for a video file use video=file)")
        files = [
            file for file in self.path.iterdir() if file.suffix.lower() in _SUFFIXES and not is_system_litter(file)
        ]
        if not files:
            known = ", ".join(sorted(_SUFFIXES))
            raise VideoError(f"the folder '{self.path}' has no images ({known}); check video.path")
        return sorted(files, key=_natural)

    def _common_size(self, files: list[Path]) -> tuple[int, int]:
        first = read_picture(files[0]).shape[:2]
        for file in files:
            _check_common(file, picture_size(file), first)
        return first


class ImageFrames:
    """Images of one size as a `types.FrameSource`; each is read when asked for."""

    def __init__(self, files: list[Path], height: int, width: int) -> None:
        self._files = files
        self._size = (height, width)

    def __len__(self) -> int:
        return len(self._files)

    def __iter__(self) -> Iterator[UInt8[np.ndarray, "H W 3"]]:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index: int) -> UInt8[np.ndarray, "H W 3"]:
        """Image `index`, upright; negative numbers count from the end."""
        file = self._files[index]
        pixels = read_picture(file)
        _check_common(file, pixels.shape[:2], self._size)
        return pixels


def _check_common(file: Path, size: tuple[int, int], first: tuple[int, int]) -> None:
    if size != first:
        raise VideoError(
            f"image '{file.name}' is {size[1]} x {size[0]} but the first one is {first[1]} x {first[0]}; "
            "all frames of a clip must have one size"
        )


def exact_rate(fps: float | str) -> Fraction:
    """Frame rate as a fraction; decimal shorthand of the NTSC rates becomes exact.

    Raises:
        ConfigError: not a positive number.
    """
    try:
        rate = Fraction(str(fps))
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if rate <= 0:
        raise ConfigError(f"video.fps={fps} is not a positive frame rate; write 25, 29.97 or 30000/1001")
    ntsc = Fraction(round(rate) * 1000, _NTSC)
    return ntsc if rate.denominator > 1 and abs(rate - ntsc) < Fraction(1, 200) else rate


def _natural(file: Path) -> tuple[tuple[str, int], ...]:
    pieces = re.findall(r"(\D*)(\d*)", file.name.lower())
    return tuple((text, int(number or -1)) for text, number in pieces)


def _digest(files: list[Path], fps: Fraction) -> str:
    digest = hashlib.sha256(str(fps).encode())
    for file in files:
        digest.update(f"\n{file.name}:".encode())
        with file.open("rb") as content:
            digest.update(hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()
