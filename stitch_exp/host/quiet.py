"""Keep native libraries from chattering on the terminal."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

_STDERR = 2


@contextmanager
def quiet_native() -> Iterator[None]:
    """Hold back what native code writes to the process's standard error, and show it only if the block fails.

    MediaPipe and TensorFlow Lite greet every graph with lines that neither Python's logging nor an environment
    variable can switch off. The redirection concerns the whole process, so keep the block short.
    """
    sys.stderr.flush()
    with tempfile.TemporaryFile() as held:
        original = os.dup(_STDERR)
        os.dup2(held.fileno(), _STDERR)
        try:
            yield
        except BaseException:
            os.dup2(original, _STDERR)
            held.seek(0)
            os.write(_STDERR, held.read())
            raise
        finally:
            os.dup2(original, _STDERR)
            os.close(original)
