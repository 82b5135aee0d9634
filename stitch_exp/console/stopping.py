"""Signals that ask the program to stop: one exception that nothing on its way takes for an error."""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
from typing import Any, NoReturn

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
GRACE_SECONDS = 2.0
"""What is still at work after the last word may take so long to end."""

_asked: list[int] = []
_leaving: list[int] = []


class Stopped(BaseException):
    """The user or the system asked the program to stop.

    It is no `KeyboardInterrupt`, which Lightning turns into an exit of its own.

    Args:
        number: Of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number
        self.doing = ""

    @property
    def exit_code(self) -> int:
        """What shells expect of a program that a signal ended: 130 after Ctrl-C, 143 after SIGTERM."""
        return 128 + self.number

    def __str__(self) -> str:
        who = "Ctrl-C" if self.number == signal.SIGINT else signal.Signals(self.number).name
        return f"stopped by {who}" + (f" in {self.doing}" if self.doing else "")


def listen() -> None:
    """Turn the signals into `Stopped`; a second one of a kind ends the process at once. Main thread only."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in [getattr(signal, name) for name in NAMES if hasattr(signal, name)]:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, _stop)


def leave(code: int) -> NoReturn:
    """End the process with this exit code, for who has been asked to stop and has nothing left to say.

    What others have registered to run at exit (W&B waits for its service there, for as long as that takes), and threads
    that are still at work, are not waited for longer than `GRACE_SECONDS`. After that nothing is taken down piece by
    piece: with networks and frames in memory the interpreter has more than a second's work to do so.
    """
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    _leaving.append(code)
    timer = threading.Timer(GRACE_SECONDS, os._exit, (code,))
    timer.daemon = True
    timer.start()
    sys.exit(code)


def _end() -> None:
    if _leaving:
        os._exit(_leaving[0])


atexit.register(_end)  # on import, before most others, and so called after them


def asked() -> bool:
    """Whether the program has been asked to stop."""
    return bool(_asked)


def check() -> None:
    """Raise `Stopped` again if something on its way has swallowed it."""
    if _asked:
        raise Stopped(_asked[0])


def _stop(number: int, frame: Any) -> None:
    signal.signal(number, signal.SIG_DFL)
    _asked.append(number)
    raise Stopped(number)
