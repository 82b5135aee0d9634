"""What is said on the console when a command goes wrong: one sentence, and never markup made of users' text."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hydra.errors import HydraException
from rich.console import Console
from rich.markup import escape

from stitch_exp.console import system_libraries
from stitch_exp.console.stopping import Stopped
from stitch_exp.errors import SettingsError, StitchError

log = logging.getLogger("stitch_exp")
console = Console(stderr=True)


def unwrapped(error: BaseException) -> BaseException:
    """The error of ours inside one of Hydra's, or the error itself; a missing library of the system becomes words."""
    inside: BaseException | None = error
    while inside is not None:
        if isinstance(inside, StitchError | Stopped):
            return inside
        if (words := system_libraries.missing(inside)) is not None:
            return words
        inside = inside.__cause__ or inside.__context__ if isinstance(inside, HydraException) else None
    return error


def exit_code(error: BaseException) -> int:
    """2 for what the user can mend on the command line, 128 and the signal after one, 1 for the rest."""
    if isinstance(error, HydraException):
        return 2
    return error.exit_code if isinstance(error, StitchError | Stopped) else 1


def sentence(error: BaseException, folder: Path | None = None) -> str:
    """An error for people.

    Args:
        error: As caught; ours is looked for inside Hydra's.
        folder: The run folder, whose `run.log` has the traceback.
    """
    if isinstance(error, SettingsError):
        return "; ".join(f"{name} {text}" for name, text in error.problems.items())
    if isinstance(error, StitchError | Stopped):
        return str(error)
    if isinstance(error, HydraException):
        return next(iter(str(error).strip().splitlines()), type(error).__name__)
    where = f"the traceback is in {folder}/run.log" if folder is not None else "debug=true shows the traceback"
    return f"{type(error).__name__}: {error} (our defect; {where})"


def fail(text: str) -> None:
    """Print an error."""
    console.print(f"[bold red]error:[/bold red] {escape(text)}", highlight=False, soft_wrap=True)


def stopped(error: Stopped, resumable: bool = True) -> None:
    """Print the one line after a signal."""
    rest = "; the same command goes on where it was" if resumable else ""
    console.print(f"{error}{rest}", highlight=False, soft_wrap=True)


class Warnings(logging.Handler):
    """Shows warnings of the package as one line each; the same sentence only once."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._said: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if record.levelno < logging.ERROR and text not in self._said:
            self._said.add(text)
            console.print(f"[yellow]warning:[/yellow] {escape(text)}", highlight=False, soft_wrap=True)


@contextmanager
def shown_warnings() -> Iterator[None]:
    """Warnings of the package go to the console inside the block."""
    handler = Warnings()
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)


class LogFile(logging.FileHandler):
    """`run.log`, whose own troubles (a full disk) never hide what happened to the run."""

    def handleError(self, record: logging.LogRecord) -> None:
        return None

    def close(self) -> None:
        try:
            super().close()
        except OSError:
            sys.stderr.write(f"warning: {self.baseFilename} is incomplete, as the disk is full\n")


def write_traceback() -> None:
    """Put the traceback of the error being handled into `run.log`."""
    log.error("%s", traceback.format_exc())
