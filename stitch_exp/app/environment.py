"""What native libraries read from the environment when they are loaded; nothing the user has set is changed."""

import os

QUIET = {"GLOG_minloglevel": "2", "TF_CPP_MIN_LOG_LEVEL": "3"}
"""So that users see our messages and not those of MediaPipe and its parts."""
SPINS = "1000"
"""Rounds an idle OpenMP thread looks for work before it sleeps (GNU's runtime, the one of PyTorch's builds for Linux).

Tuning is a long row of products of a fraction of a millisecond. Threads that sleep at once are woken too late for each
(1.7 times the time of an update); threads that never sleep stall a second process on the same cores, as in a sweep.
"""


def set_defaults() -> None:
    """Call it before torch or mediapipe are imported; processes started later inherit it."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", SPINS)
