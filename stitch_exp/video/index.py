"""One pass over a file: which frames decode, when they are shown, and where a decoder can start."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from av.video.stream import VideoStream
from jaxtyping import Bool, Int

from stitch_exp.errors import VideoError
from stitch_exp.video import colour
from stitch_exp.video.decode import decoded, open_video
from stitch_exp.video.orientation import Orientation, orientation_of

log = logging.getLogger(__name__)
_FALLBACK_RATE = Fraction(25)


@dataclass(frozen=True, slots=True, eq=False)
class FrameIndex:
    """What is known of a file's video stream after every wanted frame was decoded once."""

    pts: Int[np.ndarray, " T"]
    """Presentation times in `time_base` units, strictly increasing."""
    keyframe: Bool[np.ndarray, " T"]
    """Where a decoder can start."""
    seekable: bool
    """False when the file has no usable times: such files are decoded from the beginning."""
    time_base: Fraction
    fps: Fraction
    stored_height: int
    stored_width: int
    orientation: Orientation
    colour: dict[str, int]

    def key_before(self, frame: int) -> int:
        """The last frame at or before `frame` at which a decoder can start (0 if there is none)."""
        if not self.seekable:
            return 0
        keys = np.flatnonzero(self.keyframe[: frame + 1])
        return int(keys[-1]) if len(keys) else 0


def scan(path: Path, stop: int | None = None) -> FrameIndex:
    """Decode the first `stop` frames of a file (all if None) and note what is needed to find them again.

    Decoding, rather than counting packets, is what tells frames that exist from frames that are only announced.

    Raises:
        VideoError: the file cannot be read, or none of its frames decodes.
    """
    with open_video(path) as (container, stream):
        times, keys, first = [], [], None
        for frame in decoded(container, stream):
            first = first or frame
            times.append(frame.pts)
            keys.append(frame.key_frame)
            if stop is not None and len(times) >= stop:
                break
        if first is None:
            raise VideoError(f"no frame of '{path.name}' can be decoded; the file is damaged, get it again")
        if stop is None or len(times) < stop:
            _warn_if_short(path, stream, len(times))
        fps = Fraction(stream.average_rate or stream.guessed_rate or _FALLBACK_RATE)
        time_base = Fraction(stream.time_base or 1 / fps)
        pts, seekable = _usable(times, fps, time_base)
        return FrameIndex(
            pts=pts,
            keyframe=np.array(keys, dtype=bool),
            seekable=seekable,
            time_base=time_base,
            fps=fps,
            stored_height=first.height,
            stored_width=first.width,
            orientation=orientation_of(first),
            colour=colour.tags(stream.codec_context),
        )


def _usable(times: list[int | None], fps: Fraction, time_base: Fraction) -> tuple[np.ndarray, bool]:
    # Raw streams have no times, broken ones repeat them; evenly spaced times are then the best guess.
    if None not in times:
        pts = np.array(times, dtype=np.int64)
        if (np.diff(pts) > 0).all():
            return pts, True
    step = 1 / (fps * time_base)
    return np.array([round(i * step) for i in range(len(times))], dtype=np.int64), False


def _warn_if_short(path: Path, stream: VideoStream, num_frames: int) -> None:
    announced = stream.frames
    if announced > num_frames:
        log.warning(
            "'%s' is damaged or truncated: it announces %d frames, %d decode; going on with those",
            path.name, announced, num_frames,
        )  # fmt: skip
