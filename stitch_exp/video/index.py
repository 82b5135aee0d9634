"""One pass over a file: which frames decode, when they are shown, and where a decoder can start."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.stream import VideoStream
from jaxtyping import Bool, Int

from stitch_exp.errors import VideoError
from stitch_exp.video import colour
from stitch_exp.video.decode import decoded, open_video
from stitch_exp.video.orientation import Orientation, orientation_of

log = logging.getLogger(__name__)
_FALLBACK_RATE = Fraction(25)
_WITH_INDEX = {"mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm"}
"""Containers that lead to the very frame. Others are entered at a guessed byte, with times that are guessed again."""
_LONGEST_SHOWN_S = 600


@dataclass(frozen=True, slots=True, eq=False)
class FrameIndex:
    """What is known of a file's video stream after every wanted frame was decoded once."""

    pts: Int[np.ndarray, " T"]
    """Presentation times in `time_base` units, strictly increasing."""
    keyframe: Bool[np.ndarray, " T"]
    """Where a decoder can start."""
    seekable: bool
    """False when the file has no usable times, or its container no index that can be trusted to lead to a frame: such
    files are decoded from the beginning."""
    last_duration: int | None
    """How long the last frame is shown, in `time_base` units, if the file says so."""
    interlaced: bool
    """Whether some frames hold two fields, taken one after the other."""
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
        seen, following = _seen(decoded(container, stream), stop)
        if not seen:
            raise VideoError(f"no frame of '{path.name}' can be decoded; the file is damaged, get it again")
        if stop is None or len(seen) < stop:
            _warn_if_short(path, stream, len(seen))
        fps = Fraction(stream.average_rate or stream.guessed_rate or _FALLBACK_RATE)
        time_base = Fraction(stream.time_base or 1 / fps)
        pts, usable = _usable([frame.pts for frame in seen], fps, time_base)
        first = seen[0]
        return FrameIndex(
            pts=pts,
            keyframe=np.array([frame.key for frame in seen], dtype=bool),
            seekable=usable and container.format.name in _WITH_INDEX,
            last_duration=_last_duration(seen[-1], following, time_base),
            interlaced=any(frame.interlaced for frame in seen),
            time_base=time_base,
            fps=fps,
            stored_height=first.height,
            stored_width=first.width,
            orientation=first.orientation,
            colour=colour.tags(stream.codec_context),
        )


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is kept of a decoded frame."""

    pts: int | None
    duration: int | None
    key: bool
    interlaced: bool
    height: int
    width: int
    orientation: Orientation


def _seen(frames: Iterator[av.VideoFrame], stop: int | None) -> tuple[list[_Seen], _Seen | None]:
    """The first `stop` frames (all if None), and the one after them if there is one."""
    seen: list[_Seen] = []
    for frame in frames:
        one = _Seen(
            frame.pts, frame.duration, frame.key_frame, frame.interlaced_frame, frame.height, frame.width,
            orientation_of(frame),
        )  # fmt: skip
        if stop is not None and len(seen) >= stop:
            return seen, one
        seen.append(one)
    return seen, None


def _usable(times: list[int | None], fps: Fraction, time_base: Fraction) -> tuple[np.ndarray, bool]:
    # Raw streams have no times, broken ones repeat them; evenly spaced times are then the best guess.
    if None not in times:
        pts = np.array(times, dtype=np.int64)
        if (np.diff(pts) > 0).all():
            return pts, True
    step = 1 / (fps * time_base)
    begin = next((time for time in times if time is not None), 0)
    return np.array([begin + round(i * step) for i in range(len(times))], dtype=np.int64), False


def _last_duration(last: _Seen, following: _Seen | None, time_base: Fraction) -> int | None:
    duration = last.duration
    if following is not None and following.pts is not None and last.pts is not None:
        duration = following.pts - last.pts
    return duration if duration and 0 < duration * time_base <= _LONGEST_SHOWN_S else None


def _warn_if_short(path: Path, stream: VideoStream, num_frames: int) -> None:
    announced = stream.frames
    if announced > num_frames:
        log.warning(
            "'%s' is damaged or truncated: it announces %d frames, %d decode; going on with those",
            path.name, announced, num_frames,
        )  # fmt: skip
