"""What a piece of work costs besides seconds: generator evaluations and memory."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

PAGE = 4096


@dataclass(slots=True)
class Cost:
    """Seconds, images rendered without and with a gradient, and the highest memory seen."""

    seconds: float = 0.0
    forward: int = 0
    with_gradient: int = 0
    peak_mb: float = 0.0
    marks: list[float] = field(default_factory=list, repr=False)
    """When each rendering with a gradient ended, in seconds from the start."""

    def figures(self) -> dict[str, float]:
        """What a table shows."""
        return {"seconds": self.seconds, "evaluations": self.evaluations, "peak_mb": self.peak_mb}

    def parts(self, count: int = 3) -> list[float]:
        """Seconds the whole would take at the pace of each of `count` equal stretches of the optimisation.

        How far they lie apart says how steady the machine was during a run too long to be repeated.
        """
        if len(self.marks) < 2 * count:
            return []
        ends = [self.marks[len(self.marks) * part // count - 1] for part in range(1, count + 1)]
        spans = [end - start for start, end in zip([self.marks[0], *ends[:-1]], ends, strict=True)]
        return [self.seconds * span * count / sum(spans) for span in spans]

    @property
    def evaluations(self) -> int:
        """In units of one rendering; a rendering with its backward pass counts three."""
        return self.forward + 3 * self.with_gradient


class Counter:
    """Counts images through a generator and all copies that are made of it.

    The hook is a plain function, which a deep copy shares, so that tuned copies report here too.
    """

    def __init__(self, generator: nn.Module) -> None:
        self.cost, self.start = Cost(), time.perf_counter()

        def note(layer: nn.Module, inputs: tuple[Any, ...], output: torch.Tensor) -> None:
            if torch.is_grad_enabled() and output.requires_grad:
                self.cost.with_gradient += len(output)
                self.cost.marks.append(time.perf_counter() - self.start)
            else:
                self.cost.forward += len(output)

        generator.synthesis.blocks()[-1].torgb.register_forward_hook(note)

    @contextmanager
    def measure(self) -> Iterator[Cost]:
        """A fresh cost that is complete when the block ends."""
        self.cost = cost = Cost()
        done = threading.Event()
        watch = threading.Thread(target=_watch_memory, args=(cost, done), daemon=True)
        watch.start()
        self.start = time.perf_counter()
        try:
            yield cost
        finally:
            cost.seconds = time.perf_counter() - self.start
            self.cost = Cost()  # what is rendered from here on belongs to nobody
            done.set()
            watch.join()


def _watch_memory(cost: Cost, done: threading.Event) -> None:
    while not done.wait(0.05):
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        cost.peak_mb = max(cost.peak_mb, pages * PAGE / 2**20)
