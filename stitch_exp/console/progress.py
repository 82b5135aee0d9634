"""What a person sees while a run works, and what each stage costs."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from jaxtyping import UInt8
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from stitch_exp.console import stopping
from stitch_exp.types import FrameSource, Workspace

log = logging.getLogger("stitch_exp")


Listener = Callable[[str, int, int | None], None]
"""`listener(what, done, total)` hears how far a task is; `total` is None where it is not known."""


class Costs:
    """Seconds, processor time and peak memory of each stage.

    Convention: memory is the resident set of the process in MB: its highest value while the stage ran (Linux), the
    highest so far (Windows), or what it was when the stage ended (macOS).
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.processor_seconds: dict[str, float] = {}
        self.peak_memory_mb: dict[str, float] = {}

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Adds what happens inside to the account of `stage`."""
        _reset_peak()
        start, busy = time.perf_counter(), time.process_time()
        try:
            yield
        except stopping.Stopped as stopped:
            stopped.doing = stage
            raise
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - start
            self.processor_seconds[stage] = self.processor_seconds.get(stage, 0.0) + time.process_time() - busy
            self.peak_memory_mb[stage] = max(_peak_mb(), self.peak_memory_mb.get(stage, 0.0))
            log.info("%s: %.2f s, %.0f MB", stage, self.seconds[stage], self.peak_memory_mb[stage])

    def figures(self) -> dict[str, dict[str, float]]:
        """For `status.json`: all of it by name and stage. Processor time is that of all threads together."""
        return {
            "seconds": {stage: round(value, 3) for stage, value in self.seconds.items()},
            "processor_seconds": {stage: round(value, 3) for stage, value in self.processor_seconds.items()},
            "peak_memory_mb": {stage: round(value) for stage, value in self.peak_memory_mb.items()},
        }


class Screen:
    """One progress line for each task of each stage.

    Args:
        console: Where the lines are drawn.
        listener: Hears the same as the lines show.
    """

    def __init__(self, console: Console, listener: Listener | None = None) -> None:
        self.listener = listener
        self.bars = Progress(
            TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
            TextColumn("left"), TimeRemainingColumn(), console=console, refresh_per_second=4,
        )  # fmt: skip

    def track(self, items: Iterable[Any], description: str, total: int | None = None) -> Iterator[Any]:
        """Yields the items and moves the line of `description`."""
        if total is None and hasattr(items, "__len__"):
            total = len(items)  # type: ignore[arg-type]
        task = self.bars.add_task(description, total=total)
        for done, item in enumerate(items):
            stopping.check()
            if self.listener is not None:
                self.listener(description, done, total)
            yield item
            self.bars.advance(task)
        self.bars.update(task, total=self.bars.tasks[task].completed)


class Followed:
    """A frame source whose iteration moves a progress line."""

    def __init__(self, frames: FrameSource, work: Workspace, description: str) -> None:
        self._frames, self._work, self._description = frames, work, description

    def __len__(self) -> int:
        return len(self._frames)

    def __getitem__(self, index: int) -> UInt8[np.ndarray, "H W 3"]:
        return self._frames[index]

    def __iter__(self) -> Iterator[UInt8[np.ndarray, "H W 3"]]:
        return self._work.track(self._frames, self._description, len(self._frames))


def _reset_peak() -> None:
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def _peak_mb() -> float:
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    except (OSError, StopIteration):
        memory = psutil.Process().memory_info()
        # Windows counts the peak itself; elsewhere what the process holds now stands in for it.
        return getattr(memory, "peak_wset", memory.rss) / 2**20
