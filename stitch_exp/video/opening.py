"""The one way in which files are opened with PyAV."""

from __future__ import annotations

from typing import Any, Literal

import av
import av.logging


def open_media(file: Any, mode: Literal["r", "w"] = "r", container: str | None = None, **options: Any) -> Any:
    """`av.open`, with FFmpeg's messages kept from Python.

    An old torchvision (0.24) has PyAV hand them over as soon as it is imported. A thread of a decoder that has
    something to report then waits for Python, which waits for this thread while the decoder is taken down: a hang.

    Args:
        file: A path, an address or an object to read from or write to.
        mode: `r` or `w`.
        container: The format; None takes it from the name or the content.
        options: Further arguments of `av.open`.
    """
    av.logging.set_level(None)
    return av.open(file, mode, container, **options)
