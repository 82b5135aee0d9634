"""Libraries of the system that installed packages load, and the command that brings each."""

from __future__ import annotations

import re

from stitch_exp.errors import ConfigError

_MISSING = re.compile(r"(?P<file>[\w.+-]+\.so[\w.]*): (?:cannot open shared object file|file too short|invalid ELF)")
"""What the loader of Linux says, with or without a folder before it."""
_OPENCV = re.compile(r"lib(GL|SM|ICE|Xext|X11|Xrender|xcb|glib|gthread)\b")
_HEADLESS = "pip install --force-reinstall --no-deps 'opencv-python-headless<5'"
_MEDIAPIPE = re.compile(r"lib(EGL|GLESv2)\b")


def missing(error: BaseException) -> ConfigError | None:
    """A sentence with the command that mends it, if a package could not load a library of the system.

    Args:
        error: An `ImportError` or `OSError` as the dynamic loader of Linux causes it.
    """
    if not isinstance(error, ImportError | OSError) or (found := _MISSING.search(str(error))) is None:
        return None
    file = found["file"]
    if _OPENCV.match(file):  # the build that draws windows is installed, and this machine has none
        return ConfigError(f"OpenCV cannot be imported, as {file} is missing: run `{_HEADLESS}`")
    if _MEDIAPIPE.match(file):
        return ConfigError(
            f"MediaPipe cannot be loaded, as {file} of the system is missing: run `apt-get install libegl1 libgles2` "
            "(Debian, Ubuntu), or take the system's own packages of these names"
        )
    return ConfigError(f"a library of the system, {file}, is missing: install the system's package that has it")
