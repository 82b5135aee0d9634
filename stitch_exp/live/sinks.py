"""Where edited frames go: a file, a window, a virtual camera, or nowhere."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from av.container import OutputContainer
from av.packet import Packet
from jaxtyping import UInt8

from stitch_exp.errors import ConfigError, VideoError
from stitch_exp.live.shot import Controls, Source
from stitch_exp.video import colour
from stitch_exp.video.audio import Sound, sound_of
from stitch_exp.video.finish import complete_or_nothing
from stitch_exp.video.opening import open_media
from stitch_exp.video.write import AI_EDITED, Interleaved

log = logging.getLogger(__name__)
_CLOCK = Fraction(1, 90_000)
_TITLE = "stitch-exp live: + - strength, e edit, b compare, q end"


Sink = Callable[[UInt8[np.ndarray, "H W 3"], float, Controls], None]
"""`sink(frame, time_s, controls)` takes a frame; keys pressed in its window change the controls."""


@contextmanager
def sink_of(name: str, source: Source) -> Iterator[Sink]:
    """`window`, `virtual` (a virtual camera), `none`, or the path of an `.mp4`.

    Raises:
        ConfigError: Another ending, or what the system lacks for it.
    """
    if name == "none":
        yield lambda frame, time_s, controls: None
    elif name == "window":
        yield _window
        cv2.destroyAllWindows()
    elif name == "virtual":
        with _virtual_camera(source) as sink:
            yield sink
    elif name.endswith(".mp4"):
        with _file(Path(name), source) as sink:
            yield sink
    else:
        raise ConfigError(f"--out {name}: use window, virtual, none, or a file that ends in .mp4")


def _window(frame: np.ndarray, time_s: float, controls: Controls) -> None:
    try:
        cv2.imshow(_TITLE, frame[..., ::-1])
        key = cv2.waitKey(1)
    except cv2.error:
        raise ConfigError(
            "this OpenCV has no windows: use --out virtual or a file, or install opencv-contrib-python alone on a "
            "machine with a screen"
        ) from None
    if key >= 0:
        controls.press(chr(key & 0xFF))


@contextmanager
def _virtual_camera(source: Source) -> Iterator[Sink]:
    try:
        import pyvirtualcam
    except ImportError:
        raise ConfigError("a virtual camera needs an extra: run `pip install 'stitch-exp[virtualcam]'`") from None
    try:
        camera = pyvirtualcam.Camera(width=source.width, height=source.height, fps=float(source.fps))
    except RuntimeError as error:
        raise ConfigError(f"this system offers no virtual camera ({error}); on Linux load v4l2loopback") from None
    with camera:
        yield lambda frame, time_s, controls: camera.send(np.ascontiguousarray(frame))


@contextmanager
def _file(path: Path, source: Source) -> Iterator[Sink]:
    """An mp4 that is marked as those of runs are: each frame at its own time, with the sound of the source's file."""
    clip = source.clip
    with ExitStack() as opened:
        sound = opened.enter_context(sound_of(clip))
        out = opened.enter_context(open_media(str(opened.enter_context(complete_or_nothing(path))), "w", "mp4"))
        out.metadata["comment"] = AI_EDITED
        pictures = _Pictures(out, source, sound)
        yield pictures
        if not pictures.written:
            why = "no frame came in time; use --every-frame, or a faster machine"
            raise VideoError(f"'{path.name}' would be empty: {why}")
        pictures.close()
    if left_out := ", ".join(sound.left_out_of(out)):
        log.warning("mp4 cannot hold %s audio: '%s' is silent", left_out, path.name)


class _Pictures:
    """Encodes frames as they come and muxes them with the sound.

    Attributes:
        written: How many frames came.
    """

    def __init__(self, out: OutputContainer, source: Source, sound: Sound) -> None:
        self.written, self._pixel_format = 0, "yuv444p" if source.width % 2 or source.height % 2 else "yuv420p"
        options = {"crf": "18", "preset": "veryfast", "threads": "1"}
        self._stream = out.add_stream("libx264", rate=source.fps, options=options)
        self._stream.width, self._stream.height = source.width, source.height
        self._stream.pix_fmt = self._pixel_format
        self._stream.codec_context.time_base = _CLOCK
        self._joined = Interleaved(out, sound.copied_into(out))
        clip = source.clip
        self._begin_s = 0.0 if clip is None else float(int(clip.pts[0]) * clip.time_base - sound.span.shift)

    def __call__(self, frame: UInt8[np.ndarray, "H W 3"], time_s: float, controls: Controls) -> None:
        picture = colour.from_rgb(frame, {}, self._pixel_format)
        picture.pts, picture.time_base = round((self._begin_s + time_s) / _CLOCK), _CLOCK
        self._add(self._stream.encode(picture))
        self.written += 1

    def close(self) -> None:
        """Write what the encoder and the sound still hold."""
        self._add(self._stream.encode(None))
        self._joined.close()

    def _add(self, packets: list[Packet]) -> None:
        for packet in packets:
            self._joined.add(packet)
