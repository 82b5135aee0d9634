"""What a metric is: it sees the clip one frame at a time and keeps only numbers or embeddings."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from stitch_exp.metrics.observation import Observation
from stitch_exp.types import Better, MetricResult


class Metric(ABC):
    """Accumulates frames with `update`, answers with `compute`, starts again after `reset`."""

    @abstractmethod
    def update(self, frame: Observation) -> None:
        """Takes the next frame of the clip; a frame that lacks an input counts as undefined."""

    @abstractmethod
    def compute(self) -> tuple[MetricResult, ...]:
        """The results so far; NaN where no frame defined the quantity."""

    @abstractmethod
    def reset(self) -> None:
        """Forgets every frame."""


class PerFrame(Metric):
    """A quantity with one value a frame, averaged over the frames that define it.

    Args:
        name: Column name in tables.
        unit: Shown behind the number.
        better: Direction.
        inputs: Fields of `Observation` that must be present for a frame to count.
        instrument: Network, weight hash and landmark rule the number depends on.
        note: Anything else a reader must know.
    """

    def __init__(
        self, *, name: str, unit: str, better: Better, inputs: Sequence[str], instrument: str = "", note: str = ""
    ) -> None:
        self.name, self.unit, self.inputs = name, unit, tuple(inputs)
        self.better: Better = better
        self.instrument, self.note = instrument, note
        self.values: list[float] = []

    @abstractmethod
    def measure(self, *inputs: Any) -> float:
        """The value of a frame that has every input, given in the order of `inputs`."""

    def update(self, frame: Observation) -> None:
        inputs = [getattr(frame, name) for name in self.inputs]
        missing = any(value is None for value in inputs)
        self.values.append(float("nan") if missing else float(self.measure(*inputs)))

    def compute(self) -> tuple[MetricResult, ...]:
        curve = np.asarray(self.values, dtype=np.float64)
        return (self.result(self.name, mean_defined(curve), curve),)

    def result(self, name: str, value: float, curve: Float[np.ndarray, " T"] | None = None) -> MetricResult:
        """A result that carries this metric's unit, direction and instrument."""
        return MetricResult(name, value, self.unit, self.better, curve, self.note, self.instrument)

    def reset(self) -> None:
        self.values = []


def mean_defined(values: Float[np.ndarray, "..."]) -> float:
    """Mean of the entries that are not NaN; NaN when there is none."""
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if defined.size else float("nan")
