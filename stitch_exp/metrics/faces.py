"""The account of the frames: how many there are, and in how many of them no face was edited or none was left."""

from collections import Counter

from stitch_exp.metrics.base import Metric
from stitch_exp.metrics.observation import Observation
from stitch_exp.metrics.quantity import Quantity
from stitch_exp.types import MetricResult

EDITED = ("detected", "interpolated")
LOST = ("lost",)


class Faces(Metric):
    """How many frames the numbers beside it are about. Measured whenever anything is.

    `frames` counts all; `frames_passed` those the edit left as filmed, because the source shows no usable face;
    `faces_lost` those in which the source shows a face and the edited video does not; `cuts` the boundaries of shots.
    """

    word, inputs = "faces", ()
    quantities = (
        Quantity(name="frames", title="Frames", meaning="Of the clip.", group="Frames", unit="frames", column=True),
        Quantity(
            name="frames_passed", title="Passed frames", meaning="Left as filmed: no usable face in the source.",
            group="Frames", unit="frames", column=True,
        ),
        Quantity(
            name="faces_lost", title="Lost faces", meaning="The source shows a face, the edited video none.",
            group="Frames", unit="frames", better="lower", column=True,
        ),
        Quantity(name="cuts", title="Cuts", meaning="Nothing is compared across them.", group="Frames", column=True),
    )  # fmt: skip

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.seen: Counter[str] = Counter()
        self.cuts = 0

    def update(self, frame: Observation) -> None:
        self.seen[frame.status] += 1
        self.cuts += frame.cut

    def compute(self) -> tuple[MetricResult, ...]:
        frames, lost = self.seen.total(), sum(self.seen[status] for status in LOST)
        edited = sum(self.seen[status] for status in EDITED)
        counts = (frames, frames - edited - lost, lost, self.cuts)
        return tuple(item.result(float(count)) for item, count in zip(self.quantities, counts, strict=True))
