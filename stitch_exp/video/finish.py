"""Videos that appear under their name only when they are complete."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av

from stitch_exp.errors import StorageError, VideoError
from stitch_exp.host.whole import written_whole

_DISK_ERRORS = {
    errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EEXIST,
    errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG,
}  # fmt: skip


@contextmanager
def complete_or_nothing(path: Path) -> Iterator[Path]:
    """As `written_whole`, for videos. FFmpeg makes a file with the first packet, after many frames; this one is there.

    Raises:
        StorageError: in place of errors of the disk inside the block; before it if the folder cannot be written.
        VideoError: in place of FFmpeg's other errors.
    """
    try:
        with written_whole(path) as unfinished:
            unfinished.touch()
            yield unfinished
    except (OSError, av.FFmpegError) as error:
        raise _explained(error, path) from error


def _explained(error: Exception, path: Path) -> StorageError | VideoError:
    reason = getattr(error, "strerror", None) or str(error)
    if abs(getattr(error, "errno", None) or 0) in _DISK_ERRORS:
        return StorageError(f"cannot write '{path}' ({reason}); free some space or choose another output folder")
    return VideoError(f"cannot encode '{path.name}' ({reason})")
