"""Whether a GPU can be asked for, without importing torch."""

import ctypes
import sys
from contextlib import suppress

_LIBRARIES = ("nvcuda.dll",) if sys.platform == "win32" else ("libcuda.so.1", "libamdhip64.so")


def has_driver() -> bool:
    """Whether a driver that PyTorch calls `cuda` (NVIDIA's, or AMD's HIP) is installed."""
    for name in _LIBRARIES:
        with suppress(OSError):
            ctypes.CDLL(name)
            return True
    return False
