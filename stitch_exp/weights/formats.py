"""Tells what a weight file is from its first bytes, and says what is wrong with one that is none.

Downloads of checkpoints often leave something else under the right name: a web page about an exceeded quota, an empty
or cut file, a pointer of Git LFS, an archive. Each is named here, before anything tries to read it.
"""

import pickletools
import zipfile
from pathlib import Path
from typing import Literal

from stitch_exp.errors import WeightsError

Format = Literal["safetensors", "npy", "npz", "torch-zip", "torch-script", "torch-legacy", "pickle", "tfjs"]

LEGACY_MAGIC = bytes.fromhex("8a0a6cfc9c46f9206aa85019")
"""How the second opcode of a pre-1.6 torch file spells its magic number."""
TFJS_MARKS = (b'"modelTopology"', b'"weightsManifest"', b'"graph-model"')
HEAD_BYTES = 4096
PACKED = "; unpack it and name what is inside"
NO_WEIGHTS = "; name a weight file"
OTHER_FRAMEWORK = "; a PyTorch or safetensors file of the network is needed"
SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x1f\x8b", "a gzip archive" + PACKED),
    (0, b"BZh", "a bzip2 archive" + PACKED),
    (0, b"\xfd7zXZ", "an xz archive" + PACKED),
    (0, b"7z\xbc\xaf", "a 7-Zip archive" + PACKED),
    (0, b"Rar!", "a RAR archive" + PACKED),
    (0, b"\x28\xb5\x2f\xfd", "a Zstandard archive" + PACKED),
    (257, b"ustar", "a tar archive" + PACKED),
    (0, b"\x89HDF", "an HDF5 file (Keras or MATLAB)" + OTHER_FRAMEWORK),
    (4, b"TFL3", "a TensorFlow Lite model" + OTHER_FRAMEWORK),
    (0, b"GGUF", "a GGUF file of a language model" + NO_WEIGHTS),
    (0, b"\x89PNG", "a picture" + NO_WEIGHTS),
    (0, b"\xff\xd8\xff", "a picture" + NO_WEIGHTS),
    (0, b"GIF8", "a picture" + NO_WEIGHTS),
    (0, b"RIFF", "a picture, sound or video" + NO_WEIGHTS),
    (4, b"ftyp", "a video" + NO_WEIGHTS),
    (0, b"\x1aE\xdf\xa3", "a video" + NO_WEIGHTS),
    (0, b"%PDF", "a PDF document" + NO_WEIGHTS),
    (0, b"\x7fELF", "a program" + NO_WEIGHTS),
    (0, b"MZ", "a program" + NO_WEIGHTS),
)
"""Offset, bytes, and what a file with them is."""


def detect(path: Path) -> Format:
    """The format of a weight file, by content; the name's ending is not trusted.

    Raises:
        WeightsError: The file is empty, cut short, a web page, or nothing that holds tensors.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if trouble := not_a_file(head, size):
        raise WeightsError(f"'{path}' is {trouble}; delete it and fetch it again")
    if known := _binary(path, head, size):
        return known
    raise WeightsError(f"'{path}' {_what_else(path, head)}")


def _what_else(path: Path, head: bytes) -> str:
    """What a file is that is no weight file, as the end of a sentence."""
    for offset, mark, what in SIGNATURES:
        if head[offset : offset + len(mark)] == mark:
            return f"is {what}"
    if path.suffix == ".dat":
        return "is a dlib model; only dlib reads it (aligner=dlib)"
    if not head.strip(b"\0"):
        return "begins with nothing but zeros, as an unfinished download does; delete it and fetch it again"
    if (text := head.decode("utf-8", "ignore")).isprintable() or all(c.isprintable() or c.isspace() for c in text):
        return f"is a text file (it begins {' '.join(text.split())[:40]!r}), which holds no tensors{NO_WEIGHTS}"
    return (
        f"holds no tensors this program can read (first bytes {head[:8]!r}); it reads .safetensors, .npy, .npz, "
        "PyTorch .pt/.pth and NVIDIA .pkl files"
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
    if head.lstrip().startswith(b"{") and any(mark in head for mark in TFJS_MARKS):
        return "tfjs"
    if head.startswith(b"PK"):
        return _zipped(path)
    if head.startswith(b"\x80") and head[2:].startswith(LEGACY_MAGIC):
        return "torch-legacy"
    if head[:1] == b"\x80" or _is_text_pickle(head):
        return "pickle"
    if head[8:9] == b"{":
        raise cut_short(path)
    return None


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


def cut_short(path: Path, error: Exception | None = None) -> WeightsError:
    """The error for a file that ends before its contents do, or that no reader understands."""
    told = " ".join(str(error).split())[:160] if error else ""
    reason = f" ({told})" if told else ""
    return WeightsError(
        f"'{path}' ({path.stat().st_size:,} bytes) is damaged or was cut short{reason}; delete it and fetch it again"
    )
