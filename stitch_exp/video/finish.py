"""Files that appear under their name only when they are complete."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import av

from stitch_exp.errors import StorageError, VideoError

_DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO}


@contextmanager
def complete_or_nothing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path` that takes its name when the block ends well and vanishes when it does not.

    Raises:
        StorageError: in place of errors of the disk inside the block.
        VideoError: in place of FFmpeg's other errors.
    """
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        os.replace(temporary, path)
    except (OSError, av.FFmpegError) as error:
        raise _explained(error, path) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _explained(error: Exception, path: Path) -> StorageError | VideoError:
    reason = getattr(error, "strerror", None) or str(error)
    if abs(getattr(error, "errno", None) or 0) in _DISK_ERRORS:
        return StorageError(f"cannot write '{path}' ({reason}); free some space or choose another output folder")
    return VideoError(f"cannot encode '{path.name}' ({reason})")
