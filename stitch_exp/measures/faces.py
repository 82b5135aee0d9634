"""The account of the frames: how many there are, and in how many of them no face was edited or none was left."""

from collections import Counter

import numpy as np

from stitch_exp.measures.base import Metric, mean_defined
from stitch_exp.measures.observation import Observation
from stitch_exp.measures.quantity import Quantity
from stitch_exp.types import MetricResult

EDITED = ("detected", "interpolated")
LOST = ("lost",)


class Faces(Metric):
    """How many frames the numbers beside it are about. Measured whenever anything is.

    `frames` counts all; `frames_passed` those the edit left as filmed, because the source shows no usable face;
    `faces_lost` those in which the source shows a face and the edited video does not; `cuts` the boundaries of shots.
    Curves say where the face is in each frame, for whoever wants to look.
    """

    word, inputs = "faces", ()
    quantities = (
        Quantity(name="frames", title="Frames", meaning="Of the clip.", group="Frames", column=True),
        Quantity(
            name="frames_passed", title="Passed frames", meaning="Left as filmed: no usable face in the source.",
            group="Frames", column=True,
        ),
        Quantity(
            name="faces_lost", title="Lost faces", meaning="The source shows a face, the edited video none.",
            group="Frames", better="lower", column=True,
        ),
        Quantity(name="cuts", title="Cuts", meaning="Nothing is compared across them.", group="Frames", column=True),
        Quantity(name="face_x", title="Face, from the left", meaning="Middle of the face.", group="Frames", unit="px"),
        Quantity(name="face_y", title="Face, from the top", meaning="Middle of the face.", group="Frames", unit="px"),
        Quantity(name="face_size", title="Face size", meaning="Longer side of its points.", group="Frames", unit="px"),
    )  # fmt: skip

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.seen: Counter[str] = Counter()
        self.cuts = 0
        self.places: list[tuple[float, float, float]] = []

    def update(self, frame: Observation) -> None:
        self.seen[frame.status] += 1
        self.cuts += frame.cut
        points = frame.landmarks
        if points is None:
            self.places.append((np.nan, np.nan, np.nan))
            return
        x, y = points.mean(axis=0)
        self.places.append((float(x), float(y), float(np.ptp(points, axis=0).max())))

    def compute(self) -> tuple[MetricResult, ...]:
        frames, lost = self.seen.total(), sum(self.seen[status] for status in LOST)
        edited = sum(self.seen[status] for status in EDITED)
        counts = (frames, frames - edited - lost, lost, self.cuts)
        curves = np.asarray(self.places, np.float64).reshape(-1, 3).T
        return (
            *(item.result(float(count)) for item, count in zip(self.quantities[:4], counts, strict=True)),
            *(item.result(mean_defined(curve), curve) for item, curve in zip(self.quantities[4:], curves, strict=True)),
        )
