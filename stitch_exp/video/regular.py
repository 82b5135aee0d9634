"""What a path leads to, told before anything that waits for data opens it."""

from __future__ import annotations

import stat
from pathlib import Path

from stitch_exp.errors import VideoError

_APPLE_DOUBLE = b"\x00\x05\x16\x07"
_KINDS = {
    stat.S_IFIFO: "a pipe (FIFO)",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}


def check_regular(path: Path) -> None:
    """Pass for readable files with content.

    A clip is read several times, so that a pipe will not do; opening one would wait for a writer, perhaps for ever.

    Raises:
        VideoError: The path leads nowhere, to something that is not a file, or to an empty or unreadable file.
    """
    try:
        mode = path.stat().st_mode
    except OSError as error:
        why = "" if isinstance(error, FileNotFoundError) else f" ({error.strerror})"
        raise VideoError(f"there is no file '{path}'{why}; check video.path") from error
    if stat.S_ISDIR(mode):
        raise VideoError(f"'{path}' is a folder, not a file; for a folder of images use video=frames")
    if not stat.S_ISREG(mode):
        kind = _KINDS.get(stat.S_IFMT(mode), "something else")
        raise VideoError(
            f"'{path}' is {kind}, not a file; it has to be read more than once, so save it to a file first"
        )
    first = _first_bytes(path)
    if not first:
        raise VideoError(f"'{path.name}' is empty (0 bytes); copy or download it again")
    if first == _APPLE_DOUBLE:
        raise VideoError(
            f"'{path.name}' holds only what macOS notes about a file (AppleDouble); the file has a name without '._'"
        )


def is_system_litter(path: Path) -> bool:
    """Whether a file of a folder is hidden or one of macOS' notes about another file, and not a picture."""
    if path.name.startswith("."):
        return True
    return path.is_file() and _first_bytes(path) == _APPLE_DOUBLE


def _first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(len(_APPLE_DOUBLE))
    except OSError as error:
        raise VideoError(f"'{path}' cannot be read ({error.strerror}); check its permissions") from error
