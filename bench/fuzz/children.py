"""Run a case in a forked process with a limit on time and memory, and tell how it ended."""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from stitch_exp.errors import StitchError

Ending = Literal["done", "refused", "traceback", "crash", "hang", "memory", "half-written"]
GOOD: frozenset[Ending] = frozenset({"done", "refused"})
_DONE, _REFUSED, _TRACEBACK = 0, 40, 41
_PATIENCE_S = 0.02
_WAITING = 8


@dataclass(frozen=True, slots=True)
class Limits:
    """What a case may use."""

    seconds: float = 60.0
    """Of processor time; of waiting, `_WAITING` times as much, as other programs may want the processor, too."""
    megabytes: float = 4096.0


@dataclass(frozen=True, slots=True)
class Result:
    """How a case ended."""

    ending: Ending
    words: str
    """What it printed, its message or its traceback last."""
    seconds: float
    megabytes: float
    """The most memory it had at a time."""


def run(case: Callable[[], None], log: Path, limits: Limits) -> Result:
    """Call `case` in a child of this process; its output goes to the file `log`.

    A `StitchError` is a refusal, any other exception a defect, SystemExit what its code says (0 done, 1 and 2 refused).
    """
    begun = time.monotonic()
    child = os.fork()
    if child == 0:
        _be(case, log)
    most = 0.0
    while True:
        done, status, usage = os.wait4(child, os.WNOHANG)
        seconds = time.monotonic() - begun
        if done:
            most = max(most, usage.ru_maxrss / 1024)
            break
        most = max(most, _resident_mb(child))
        slow = seconds > _WAITING * limits.seconds or worked_s(child) > limits.seconds
        if slow or most > limits.megabytes:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            ending: Ending = "hang" if slow else "memory"
            return Result(ending, _words(log), seconds, most)
        time.sleep(_PATIENCE_S)
    if most > limits.megabytes:
        return Result("memory", _words(log), seconds, most)
    return Result(_ending(status), _words(log), seconds, most)


def _be(case: Callable[[], None], log: Path) -> None:
    """The child: never returns."""
    code = _TRACEBACK
    try:
        out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(out, 1)
        os.dup2(out, 2)
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115  - whatever the parent had put in their place
        sys.stderr = open(2, "w", errors="backslashreplace", closefd=False)  # noqa: SIM115
        code = _code_of(case)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _code_of(case: Callable[[], None]) -> int:
    try:
        case()
    except StitchError as error:
        print(f"{type(error).__name__}: {error}", flush=True)
        return _REFUSED
    except SystemExit as stop:
        return _DONE if stop.code in (0, None) else _REFUSED
    except BaseException:
        traceback.print_exc()
        return _TRACEBACK
    return _DONE


def _ending(status: int) -> Ending:
    if os.WIFSIGNALED(status):
        return "crash"
    return {_DONE: "done", _REFUSED: "refused", _TRACEBACK: "traceback"}.get(os.WEXITSTATUS(status), "crash")


def _resident_mb(process: int) -> float:
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def worked_s(process: int) -> float:
    """Seconds of processor time of a running process; 0 when it is gone."""
    try:
        parts = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError, ValueError):
        return 0.0


def _words(log: Path) -> str:
    return log.read_text(errors="replace") if log.exists() else ""
