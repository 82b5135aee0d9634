"""MediaPipe's models, which this package ships, made ready for MediaPipe's Tasks API."""

from __future__ import annotations

import hashlib
import os
import signal
import weakref
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8

from stitch_exp.errors import WeightsError
from stitch_exp.host.quiet import quiet_native

ASSETS = Path(__file__).resolve().parents[1] / "assets" / "mediapipe"
SHA256 = {
    "face_landmarker.task": "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
    "face_detection_full_range_sparse.tflite": "2c3728e6da56f21e21a320433396fb06d40d9088f2247c05e5635a688d45dfe1",
    "selfie_segmentation.tflite": "9ee168ec7c8f2a16c56fe8e1cfbc514974cbbb7e434051b455635f1bd1462f5c",
}


def model_bytes(name: str, folder: Path = ASSETS) -> bytes:
    """A model file's content.

    Args:
        name: One of the keys of `SHA256`.
        folder: Where the file lies.

    Raises:
        WeightsError: The file is missing or differs from the one that was published.
    """
    path = folder / name
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"'{path}' cannot be read ({error.strerror}); install stitch-exp again") from error
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256[name]:
        raise WeightsError(
            f"'{path}' is damaged: its sha256 starts with {found[:12]}, not {SHA256[name][:12]}; "
            "install stitch-exp again"
        )
    return content


class Task:
    """One of MediaPipe's vision tasks on the CPU, made without its greetings and closed with this object.

    Args:
        kind: Class name in `mediapipe.tasks.python.vision`, such as `FaceLandmarker`.
        model: File name of its model.
        **options: Further fields of `<kind>Options`; `running_mode` by name, such as `VIDEO`.

    Attributes:
        task: MediaPipe's own object.
    """

    def __init__(self, kind: str, model: str, **options: Any) -> None:
        os.environ.setdefault("GLOG_minloglevel", "2")
        content = model_bytes(model)
        with quiet_native():
            _ignore_profiling_signals()
            from mediapipe.tasks.python import BaseOptions, vision

            if "running_mode" in options:
                options["running_mode"] = vision.RunningMode[options["running_mode"]]
            settings = getattr(vision, f"{kind}Options")(
                base_options=BaseOptions(model_asset_buffer=content), **options
            )
            self.task = getattr(vision, kind).create_from_options(settings)
        weakref.finalize(self, _close, self.task)


def _close(task: Any) -> None:
    with quiet_native():
        try:
            task.close()
        except RuntimeError:
            # The interpreter is going and MediaPipe's thread has gone: without a handle its destructor says nothing.
            task._handle = None


def _ignore_profiling_signals() -> None:
    """Keeps SIGPROF from ending the process.

    MediaPipe 1.2 gives each of its threads a profiling timer and now and then has no handler for it, and then the
    signal's default is to kill. Threads inherit the mask of the one that starts them, so blocking it here blocks it
    in all of them.
    """
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGPROF})


def image(pixels: UInt8[np.ndarray, "H W 3"]) -> Any:
    """RGB pixels as MediaPipe takes them."""
    import mediapipe

    return mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(pixels))
