"""Cameras, streams and files as sources of shots."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import cv2

from stitch_exp.errors import VideoError
from stitch_exp.live.shot import Shot, Source
from stitch_exp.types import Clip
from stitch_exp.video import FileVideo
from stitch_exp.video.opening import open_media

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
        return Camera(int(name))
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


class Camera:
    """A camera of this machine, by OpenCV, which finds it on every system.

    Args:
        number: 0 is the first.

    Raises:
        VideoError: There is none of this number, or it gives no picture.
    """

    clip: Clip | None = None

    def __init__(self, number: int) -> None:
        self.number = number
        with _quiet_opencv():
            self._camera = cv2.VideoCapture(number)
        self._camera.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # the newest picture, not the oldest
        good, first = self._camera.read()
        if not good:
            self._camera.release()
            raise VideoError(f"camera {number} cannot be opened; is it plugged in, and no other program using it?")
        self.height, self.width = first.shape[:2]
        told = self._camera.get(cv2.CAP_PROP_FPS)
        self.fps = Fraction(told).limit_denominator(1001) if 1 <= told <= 1000 else _FPS

    def __iter__(self) -> Iterator[Shot]:
        begin = time.perf_counter()
        try:
            while True:
                good, frame = self._camera.read()
                if not good:
                    return  # it was unplugged
                now = time.perf_counter()
                yield Shot(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), now - begin, now)
        finally:
            self._camera.release()


@contextmanager
def _quiet_opencv() -> Iterator[None]:
    """Without OpenCV's own lines about cameras that are not there; ours says it."""
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(level)


class Stream:
    """Frames of a network stream, as PyAV decodes them.

    Args:
        address: What FFmpeg opens.

    Raises:
        VideoError: It cannot be opened or shows no picture.
    """

    clip: Clip | None = None

    def __init__(self, address: str) -> None:
        self.address = address
        try:
            self._container = open_media(address)
            self._stream = self._container.streams.video[0]
        except (OSError, ValueError, IndexError) as error:
            raise VideoError(f"'{address}' cannot be opened ({error}); is the address right?") from error
        self.height, self.width = self._stream.codec_context.height, self._stream.codec_context.width
        self.fps = self._stream.average_rate or _FPS

    def __iter__(self) -> Iterator[Shot]:
        begin = time.perf_counter()
        with self._container:
            for frame in self._container.decode(self._stream):
                now = time.perf_counter()
                yield Shot(frame.to_ndarray(format="rgb24"), now - begin, now)
