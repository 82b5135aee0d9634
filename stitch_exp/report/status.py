"""`status.json`: how a run stands or ended, and by which process."""

from __future__ import annotations

import json
import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

from stitch_exp.errors import StorageError
from stitch_exp.host.whole import UNFINISHED, written_whole

KILLED = "the process ended without a word (killed, or the machine went down); the same command goes on where it was"


def write_status(folder: Path, status: dict[str, Any]) -> None:
    """Write `status.json` in one step, with the process that wrote it.

    Raises:
        StorageError: The run folder cannot be written.
    """
    try:
        with written_whole(folder / "status.json") as unfinished:
            unfinished.write_text(json.dumps(status | {"process": _process(os.getpid())}, indent=1))
    except OSError as error:
        raise StorageError(
            f"cannot write {folder}: {error.strerror}; set paths.outputs to a writable folder"
        ) from error


def read_status(folder: Path) -> dict[str, Any]:
    """What `status.json` says; a run whose process is gone is `interrupted`, a file that cannot be read `unknown`."""
    try:
        status = json.loads((folder / "status.json").read_text())
    except (OSError, ValueError):
        return {"status": "unknown", "error": f"{folder / 'status.json'} cannot be read"}
    if not isinstance(status, dict):
        return {"status": "unknown", "error": f"{folder / 'status.json'} is not a record of a run"}
    process = status.get("process", {})
    if status.get("status") == "running" and process.get("host") == socket.gethostname():
        here = _process(int(process.get("pid", -1)))
        if here.get("started") is None or here["started"] != process.get("started"):
            return status | {"status": "interrupted", "error": KILLED}
    return status


def sweep_unfinished(runs: Path) -> None:
    """Remove what runs of this machine were writing when their process was killed; a file in use is left alone.

    Args:
        runs: A folder of run folders.
    """
    for unfinished in runs.glob(f"*/{UNFINISHED}"):
        status = read_status(unfinished.parent)
        if (status["status"], status.get("error")) == ("interrupted", KILLED):
            with suppress(OSError):
                unfinished.unlink()


def _process(pid: int) -> dict[str, Any]:
    return {"host": socket.gethostname(), "pid": pid, "started": _started(pid)}


def _started(pid: int) -> str | None:
    """When a process started, in the system's own count, or None if there is none; ids are used again."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        pass
    if Path("/proc/self/stat").exists() or pid <= 0:
        return None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except OSError:
        return "unknown"
    return "unknown"
