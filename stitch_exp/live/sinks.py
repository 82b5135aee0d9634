"""Where edited frames go: a file, a window, a virtual camera, or nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from jaxtyping import UInt8

from stitch_exp.errors import ConfigError, VideoError
from stitch_exp.live.shot import Controls, Source
from stitch_exp.video import colour
from stitch_exp.video.finish import complete_or_nothing
from stitch_exp.video.write import AI_EDITED

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
    """An mp4 that is marked as edited as those of runs are; it has no sound, and each frame its own time."""
    pixel_format = "yuv420p" if source.width % 2 == 0 and source.height % 2 == 0 else "yuv444p"
    with complete_or_nothing(path) as temporary, av.open(str(temporary), "w", "mp4") as out:
        out.metadata["comment"] = AI_EDITED
        stream = out.add_stream("libx264", rate=source.fps, options={"crf": "18", "preset": "veryfast", "threads": "1"})
        stream.width, stream.height, stream.pix_fmt = source.width, source.height, pixel_format
        stream.codec_context.time_base = _CLOCK

        written = 0

        def write(frame: np.ndarray, time_s: float, controls: Controls) -> None:
            nonlocal written
            picture = colour.from_rgb(frame, {}, pixel_format)
            picture.pts, picture.time_base = round(time_s / _CLOCK), _CLOCK
            out.mux(stream.encode(picture))
            written += 1

        yield write
        if not written:
            why = "no frame came in time; use --every-frame, or a faster machine"
            raise VideoError(f"'{path.name}' would be empty: {why}")
        out.mux(stream.encode(None))
