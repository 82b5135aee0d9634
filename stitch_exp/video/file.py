"""`video=file`: any container and codec FFmpeg reads."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

from stitch_exp.errors import ConfigError, VideoError
from stitch_exp.types import Clip
from stitch_exp.video.hdr import CURVES, SDR, is_hdr
from stitch_exp.video.index import FrameIndex, scan
from stitch_exp.video.reader import FileFrames

log = logging.getLogger(__name__)


class FileVideo:
    """Read a stretch of a video file.

    Every presentation time is kept (variable frame rates too), rotation metadata is applied, any bit depth becomes
    8-bit RGB. Interlaced frames are deinterlaced and high dynamic range is mapped to BT.709, both with a warning.
    Calling reads the file once, to know which frames decode; pixels are decoded when asked for.

    Args:
        path: The video file, in any format that FFmpeg reads.
        start: First frame of the stretch, counted from 0.
        frames: Number of frames, None for all that follow.

    Raises:
        ConfigError: `start` or `frames` is not a possible number (on construction).
        VideoError: The file is missing, empty, without video, unreadable, or shorter than `start` (when called).
    """

    def __init__(self, *, path: str, start: int, frames: int | None) -> None:
        if start < 0:
            raise ConfigError(f"video.start={start} must not be negative; 0 is the first frame")
        if frames is not None and frames < 1:
            raise ConfigError(f"video.frames={frames} must be at least 1; null means all frames")
        self.path = Path(path).expanduser()
        self.start = start
        self.frames = frames

    def __call__(self) -> Clip:
        """Open the file and describe the stretch as a lazy clip."""
        wanted = None if self.frames is None else self.start + self.frames
        index = scan(self.path, wanted)
        available = len(index.pts)
        if self.start >= available:
            raise VideoError(
                f"video.start={self.start} is past the end of '{self.path.name}', which has {available} frames; "
                f"use at most {available - 1}"
            )
        if wanted is not None and wanted > available:
            log.warning(
                "'%s' ends after %d frames: using %d instead of video.frames=%d",
                self.path.name, available, available - self.start, self.frames,
            )  # fmt: skip
        _say_what_changes(self.path.name, index)
        return _clip(self.path, index, self.start, available)


def _say_what_changes(name: str, index: FrameIndex) -> None:
    if index.interlaced:
        log.warning("'%s' is interlaced: its fields are joined by the filter bwdif, the result is progressive", name)
    if is_hdr(index.colour):
        curve = CURVES[index.colour["transfer"]]
        log.warning("'%s' is HDR (%s): it is tone-mapped (BT.2390), the result is SDR in BT.709", name, curve)


def _clip(path: Path, index: FrameIndex, start: int, stop: int) -> Clip:
    height, width = index.stored_height, index.stored_width
    if index.orientation.swaps_sides:
        height, width = width, height
    return Clip(
        name=path.name,
        frames=FileFrames(path, index, start, stop),
        height=height,
        width=width,
        fps=index.fps,
        pts=index.pts[start:stop],
        time_base=index.time_base,
        colour=SDR if is_hdr(index.colour) else index.colour,
        origin=path,
        digest=_digest(path, index, start, stop),
        last_duration=index.last_duration,
    )


def _digest(path: Path, index: FrameIndex, start: int, stop: int) -> str:
    with path.open("rb") as file:
        content = hashlib.file_digest(file, "sha256").hexdigest()
    changes = ":bwdif" * index.interlaced + ":bt2390" * is_hdr(index.colour)
    return hashlib.sha256(f"{content}:{start}:{stop}{changes}".encode()).hexdigest()
