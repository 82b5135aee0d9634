"""Frames of a file on demand: any frame by number, or all of them in one decoding pass."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import av
import numpy as np
from jaxtyping import UInt8

from stitch_exp.errors import VideoError
from stitch_exp.video.ahead import ahead
from stitch_exp.video.colour import to_rgb
from stitch_exp.video.decode import decoded, open_video
from stitch_exp.video.deinterlace import deinterlaced
from stitch_exp.video.hdr import is_hdr, to_sdr
from stitch_exp.video.index import FrameIndex

_CACHED_FRAMES = 4


class FileFrames:
    """Frames `start` to `stop` of a video file as a `types.FrameSource`.

    Iterating opens the file anew and decodes it once. `frames[i]` goes on from the frame read last when that is
    cheaper than seeking to the keyframe before `i`; the last few frames are cached. Memory does not grow with length.

    Args:
        path: the file.
        index: what `scan` found in it.
        start: first frame of the range, counted in the file.
        stop: one past its last frame.
    """

    def __init__(self, path: Path, index: FrameIndex, start: int, stop: int) -> None:
        self.path = path
        self._index = index
        self._start = start
        self._stop = stop
        self._cache: OrderedDict[int, np.ndarray] = OrderedDict()
        self._run: Iterator[tuple[int, np.ndarray]] | None = None
        self._next = 0

    def __len__(self) -> int:
        return self._stop - self._start

    def __iter__(self) -> Iterator[UInt8[np.ndarray, "H W 3"]]:
        for _, pixels in ahead(self._frames_from(self._start)):
            yield pixels

    def __getitem__(self, index: int) -> UInt8[np.ndarray, "H W 3"]:
        """Frame `index` of the range; negative numbers count from the end."""
        if not -len(self) <= index < len(self):
            raise IndexError(f"frame {index} of {len(self)} in '{self.path.name}'")
        frame = self._start + index % len(self)
        if frame not in self._cache:
            self._cache[frame] = self._read(frame)
            if len(self._cache) > _CACHED_FRAMES:
                self._cache.popitem(last=False)
        self._cache.move_to_end(frame)
        return self._cache[frame].copy()

    def _read(self, frame: int) -> np.ndarray:
        if self._run is None or not self._index.key_before(frame) <= self._next <= frame:
            self._run = self._frames_from(frame)
        for number, pixels in self._run:
            self._next = number + 1
            if number == frame:
                return pixels
        raise VideoError(
            f"frame {frame} of '{self.path.name}' can no longer be decoded; was the file changed during the run?"
        )

    def _frames_from(self, first: int) -> Iterator[tuple[int, np.ndarray]]:
        """Numbered RGB frames from `first` to the end of the range."""
        for number, frame in self._whole(first):
            if number >= self._stop:
                return
            if number >= first:
                yield number, self._upright(frame)

    def _whole(self, first: int) -> Iterator[tuple[int, av.VideoFrame]]:
        """Decoded frames from `first`, or earlier, to behind the range, with both fields of one time."""
        if not self._index.interlaced:
            return self._numbered(first)
        return deinterlaced(self._numbered(max(first - 1, 0)))

    def _numbered(self, first: int) -> Iterator[tuple[int, av.VideoFrame]]:
        """Decoded frames from `first` on, in order and without a gap, with their numbers in the file."""
        key = self._index.key_before(first)
        expected = first
        for start in (key, 0) if key else (0,):
            for number, frame in self._decoded_from(start):
                if number > expected:
                    break  # the container sought too far: once more from the beginning
                if number == expected:
                    expected += 1
                    yield number, frame

    def _decoded_from(self, key: int) -> Iterator[tuple[int, av.VideoFrame]]:
        with open_video(self.path) as (container, stream):
            if key:
                with suppress(av.FFmpegError):  # of a file that has changed; the caller misses the frame and says so
                    container.seek(int(self._index.pts[key]), stream=stream)
            yield from self._with_numbers(decoded(container, stream))

    def _with_numbers(self, frames: Iterator[av.VideoFrame]) -> Iterator[tuple[int, av.VideoFrame]]:
        """Frames that the index knows and one behind them: the rest of a long file is not decoded."""
        if not self._index.seekable:
            yield from zip(range(len(self._index.pts) + 1), frames, strict=False)
            return
        for frame in frames:
            if frame.pts is None:
                continue  # not one of the index, whose frames all have times
            number = int(np.searchsorted(self._index.pts, frame.pts))
            if number == len(self._index.pts):
                yield number, frame
                return
            if self._index.pts[number] == frame.pts:
                yield number, frame

    def _upright(self, frame: av.VideoFrame) -> np.ndarray:
        index = self._index
        convert = to_sdr if is_hdr(index.colour) else to_rgb
        return index.orientation.apply(convert(frame, index.colour, index.stored_width, index.stored_height))
