"""Files that appear under their name only when they are complete."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

UNFINISHED = ".*.part*"
"""Names of files that are being written, or were when their process was killed."""


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to; it takes its name when the block ends well, and vanishes when it does not.

    Whoever reads `path` at the same time sees the old file or the new one, never a part. The folder is made; the
    unfinished file keeps the suffix, and has the number of the process in its name, so that two may write at once.
    """
    unfinished = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield unfinished
        os.replace(unfinished, path)
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
