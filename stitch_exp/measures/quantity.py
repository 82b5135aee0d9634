"""What a metric declares about each of its numbers, once; words, columns, tiles and charts are derived from it."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from stitch_exp.types import Better, MetricResult

GROUPS = (
    "Frames",
    "Identity over time",
    "How much was edited",
    "What changed",
    "Seam and background",
    "Steadiness",
    "Inversion",
    "Against ground truth",
    "Cost",
)
"""The questions that numbers answer, in the order in which pages ask them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One number of a metric and all that people are told about it."""

    name: str
    """In records and on the command line."""
    title: str
    """In tables and pages."""
    meaning: str
    """One sentence, shown below the title."""
    group: str
    """The question it answers, one of `GROUPS`."""
    unit: str = ""
    better: Better = "none"
    chart: str = ""
    """Caption of the chart that shows its curve; quantities with the same caption share one. Empty: no chart."""
    level: float | None = None
    """Where its chart has a dashed line: what the source itself, or an unedited video, would have."""
    column: bool = False
    """Whether benchmark pages show it; `benchmark.csv` has every quantity."""
    headline: bool = False
    """Whether it is one of the few numbers on top of a report."""
    watched: bool = False
    """Whether a frame that stands out in it is worth a look."""

    def result(
        self, value: float, curve: Float[np.ndarray, " T"] | None = None, *, note: str = "", instrument: str = ""
    ) -> MetricResult:
        """A measured value of this quantity."""
        return MetricResult(self.name, value, self.unit, self.better, curve, note, instrument)
