"""Tells what a weight file is from its first bytes, and says what is wrong with one that is none.

Downloads of checkpoints often leave something else under the right name: a web page about an exceeded quota, an empty
or cut file, a pointer of Git LFS. Each is named here, before anything tries to read it.
"""

import pickletools
import zipfile
from pathlib import Path
from typing import Literal

from stitch_exp.errors import WeightsError

Format = Literal["safetensors", "npy", "npz", "torch-zip", "torch-script", "torch-legacy", "pickle", "dlib"]

LEGACY_MAGIC = bytes.fromhex("8a0a6cfc9c46f9206aa85019")
"""How the second opcode of a pre-1.6 torch file spells its magic number."""


def detect(path: Path) -> Format:
    """The format of a weight file, by content; the name's ending is not trusted.

    Raises:
        WeightsError: The file is empty, cut short, a web page, or nothing that holds tensors.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(1024)
    if trouble := not_a_file(head, size):
        raise WeightsError(f"'{path}' is {trouble}; delete it and fetch it again")
    if known := _binary(path, head, size):
        return known
    raise WeightsError(
        f"'{path}' holds no tensors this program can read (first bytes {head[:8]!r}); it reads .safetensors, .npy, "
        ".npz, PyTorch .pt/.pth and NVIDIA .pkl files"
    )


def not_a_file(head: bytes, size: int) -> str:
    """What stands in place of a weight file ("a web page ..."), or nothing if it may be one.

    Args:
        head: The first bytes, 1024 are plenty.
        size: Length of the whole file, bytes.
    """
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if size == 0:
        return "empty (0 bytes)"
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<?xml")) or b"<html" in start:
        return "a web page, not weights (a sign-in, quota or error page was saved under this name)"
    if start.startswith(b"version https://git-lfs"):
        return "a Git LFS pointer, not the weights it points to"
    if start.startswith(b"{") and b'"error"' in start:
        return "an error message of a web service, not weights"
    return ""


def _binary(path: Path, head: bytes, size: int) -> Format | None:
    # Before the others: the first byte of safetensors is part of a length, and may be any other format's.
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") + 8 <= size:
        return "safetensors"
    if head.startswith(b"\x93NUMPY"):
        return "npy"
    if head.startswith(b"PK"):
        return _zipped(path)
    if head.startswith(b"\x80") and head[2:].startswith(LEGACY_MAGIC):
        return "torch-legacy"
    if head[:1] == b"\x80" or _is_text_pickle(head):
        return "pickle"
    if head[8:9] == b"{":
        return _safetensors(path, int.from_bytes(head[:8], "little"), size)
    return "dlib" if path.suffix == ".dat" else None


def _is_text_pickle(head: bytes) -> bool:
    try:
        return next(iter(pickletools.genops(head)))[0].name in ("GLOBAL", "MARK", "EMPTY_DICT", "INST", "PERSID")
    except (ValueError, StopIteration, UnicodeDecodeError):
        return False


def _zipped(path: Path) -> Format:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError) as error:
        raise cut_short(path) from error
    if any(name.endswith("data.pkl") for name in names):
        return "torch-script" if any(name.endswith("/constants.pkl") for name in names) else "torch-zip"
    if names and all(name.endswith(".npy") for name in names):
        return "npz"
    raise WeightsError(
        f"'{path}' is a zip archive of {names[:3]}, not a weight file; unpack it and name what is inside"
    )


def _safetensors(path: Path, header: int, size: int) -> Format:
    if header + 8 > size:
        raise cut_short(path)
    return "safetensors"


def cut_short(path: Path) -> WeightsError:
    """The error for a file that ends before its contents do."""
    return WeightsError(
        f"'{path}' ({path.stat().st_size:,} bytes) is damaged or was cut short; delete it and fetch it again"
    )
