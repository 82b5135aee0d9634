"""What a metric is: it declares its numbers, sees the clip one frame at a time and keeps only numbers or embeddings."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float

from stitch_exp.measures.observation import Observation
from stitch_exp.measures.quantity import Quantity
from stitch_exp.types import MetricResult


class Metric(ABC):
    """Accumulates frames with `update`, answers with `compute`, starts again after `reset`.

    What its constructor asks for by name is handed to it, out of `catalogue.Tools`.
    """

    word: ClassVar[str]
    """What `metrics.names` calls it; metrics that share a word are measured together."""
    inputs: ClassVar[tuple[str, ...]]
    """Fields of `Observation` it cannot do without."""
    quantities: ClassVar[tuple[Quantity, ...]]
    """The numbers it gives, in the order of its results."""
    by_default: ClassVar[bool] = True
    """Whether it is measured when nobody says what to measure."""
    instrument: str = ""
    """Network, weight hash and landmark rule its numbers depend on."""

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
    """A quantity with one value a frame, averaged over the frames that define it."""

    def __init__(self) -> None:
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
        return (self.quantities[0].result(mean_defined(curve), curve, instrument=self.instrument),)

    def reset(self) -> None:
        self.values = []


def mean_defined(values: Float[np.ndarray, "..."]) -> float:
    """Mean of the entries that are not NaN; NaN when there is none."""
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if defined.size else float("nan")
