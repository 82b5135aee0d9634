"""Cameras, streams and files as sources of shots."""

from __future__ import annotations

import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av

from stitch_exp.errors import VideoError
from stitch_exp.live.shot import Shot, Source
from stitch_exp.types import Clip
from stitch_exp.video import FileVideo

_FPS = Fraction(25)


def source_of(name: str, *, paced: bool) -> Source:
    """A camera by its number, a file by its path, anything else as the address of a stream.

    Args:
        name: `0`, `clip.mp4`, `rtsp://...`.
        paced: A file plays at its own rate, as a camera would; otherwise as fast as it is taken.

    Raises:
        VideoError: It cannot be opened.
    """
    if name.isdigit():
        return Stream(f"/dev/video{name}", kind="v4l2")
    if Path(name).expanduser().exists():
        return Played(FileVideo(path=name, start=0, frames=None)(), paced=paced)
    if "://" in name:
        return Stream(name)
    raise VideoError(f"'{name}' is no camera's number, no file and no address; name one of them")


class Played:
    """A clip as a camera.

    Args:
        clip: What is played.
        paced: Wait for each frame's time.
    """

    def __init__(self, clip: Clip, *, paced: bool) -> None:
        self.clip, self.paced = clip, paced
        self.height, self.width, self.fps = clip.height, clip.width, clip.fps

    def __iter__(self) -> Iterator[Shot]:
        begin = time.perf_counter()
        times = [float((int(pts) - int(self.clip.pts[0])) * self.clip.time_base) for pts in self.clip.pts]
        for pixels, time_s in zip(self.clip.frames, times, strict=True):
            if self.paced:
                time.sleep(max(0.0, begin + time_s - time.perf_counter()))
            yield Shot(pixels, time_s, time.perf_counter())


class Stream:
    """Frames of a camera or a network stream, as PyAV decodes them.

    Args:
        address: What FFmpeg opens.
        kind: FFmpeg's input format; None lets it find out.

    Raises:
        VideoError: It cannot be opened or shows no picture.
    """

    def __init__(self, address: str, kind: str | None = None) -> None:
        self.address = address
        try:
            self._container = av.open(address, format=kind)
            self._stream = self._container.streams.video[0]
        except (OSError, ValueError, IndexError) as error:
            advice = "is the camera plugged in, the address right?"
            raise VideoError(f"'{address}' cannot be opened ({error}); {advice}") from error
        self.height, self.width = self._stream.codec_context.height, self._stream.codec_context.width
        self.fps = self._stream.average_rate or _FPS

    def __iter__(self) -> Iterator[Shot]:
        begin = time.perf_counter()
        with self._container:
            for frame in self._container.decode(self._stream):
                now = time.perf_counter()
                yield Shot(frame.to_ndarray(format="rgb24"), now - begin, now)
