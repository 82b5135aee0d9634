"""What the operating system says about the disk, as one sentence of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError

from stitch_exp.errors import StorageError


@contextmanager
def storage_errors(folder: Path) -> Iterator[None]:
    """Turns errors of writing inside the block into a `StorageError`; a missing file stays what it is.

    Raises:
        StorageError: The disk is full, or the folder cannot be written.
    """
    try:
        yield
    except FileNotFoundError:
        raise
    except (OSError, SafetensorError) as error:
        reason = _reason(error)
        if reason is None:
            raise
        advice = "free some space (`python -m stitch_exp.store prune` helps) or set paths.outputs to another folder"
        raise StorageError(f"cannot write {folder}: {reason}; {advice}") from error


def _reason(error: Exception) -> str | None:
    """What the system said; NumPy and safetensors wrap a full disk in words of their own."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.strerror
    text = str(error)
    full = "requested and" in text or "No space left" in text or "code: 28" in text
    return "No space left on device" if full else None
