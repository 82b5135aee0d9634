"""What native libraries read from the environment when they are loaded; nothing the user has set is changed."""

import ctypes
import gc
import os
import sys
from pathlib import Path
from typing import Any

QUIET = {"GLOG_minloglevel": "2", "TF_CPP_MIN_LOG_LEVEL": "3"}
"""So that users see our messages and not those of MediaPipe and its parts."""
SPINS = "1000"
"""Rounds an idle OpenMP thread looks for work before it sleeps (GNU's runtime, the one of PyTorch's builds for Linux).

Tuning is a long row of products of a fraction of a millisecond. Threads that sleep at once are woken too late for each
(1.7 times the time of an update); threads that never sleep stall a second process on the same cores, as in a sweep.
"""

TRIM, PAD, MAPPED, HEAPS = -1, -2, -4, -8
"""Parameters of glibc's `mallopt`: free memory at the heap's end that is handed back, what the heap grows by beyond a
request, how many blocks are mapped by themselves, and how many heaps threads may have."""
KEPT_BYTES, GROWTH_BYTES, NUM_HEAPS = 2**31 - 1, 256 * 2**20, 4

SIBLINGS = Path("/sys/devices/system/cpu")
THREADS = "STITCH_EXP_THREADS"
"""Carries the number of threads to the processes of a launcher, which may be given fewer cores than a run by itself:
sums of another number of threads round in another order, and the same cell would give other pictures."""


def threads() -> int:
    """Threads of torch where `runtime.threads` names none: the same in every process that one command starts."""
    for name in (THREADS, "OMP_NUM_THREADS"):
        first = os.environ.get(name, "").split(",")[0]
        if first.isdigit() and int(first) > 0:
            return int(first)
    return _num_cores()


def _num_cores() -> int:
    """Cores that this process may use; two threads of one core count once, as torch counts them."""
    try:
        cores = {
            (SIBLINGS / f"cpu{number}/topology/thread_siblings_list").read_text() for number in os.sched_getaffinity(0)
        }
        return len(cores)
    except (OSError, AttributeError):
        return os.cpu_count() or 1


def keep_freed_memory() -> None:
    """Makes glibc keep freed memory for the next tensor; nothing happens with another C library.

    By default each feature map of a network is mapped, cleared page by page and unmapped again: a third of an update's
    processor time at 256 px.
    """
    mallopt = _from_glibc("mallopt")
    if mallopt is not None and not any(name.startswith("MALLOC_") for name in os.environ):
        mallopt(MAPPED, 0)
        mallopt(TRIM, KEPT_BYTES)
        mallopt(PAD, GROWTH_BYTES)
        mallopt(HEAPS, NUM_HEAPS)


def return_freed_memory() -> None:
    """Hands everything that is free back to the system, between two jobs of one process."""
    gc.collect()
    trim = _from_glibc("malloc_trim")
    if trim is not None:
        trim(0)


def _from_glibc(name: str) -> Any:
    return getattr(ctypes.CDLL(None), name, None) if sys.platform.startswith("linux") else None


def set_defaults() -> None:
    """Call it before torch or mediapipe are imported; processes started later inherit it."""
    keep_freed_memory()
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    os.environ.setdefault(THREADS, str(threads()))
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", SPINS)
