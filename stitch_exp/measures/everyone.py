"""The numbers of several people in one clip, as those of the clip."""

from collections.abc import Sequence

import numpy as np

from stitch_exp.measures.base import mean_defined
from stitch_exp.measures.faces import EDITED
from stitch_exp.measures.quantity import Quantity
from stitch_exp.types import EditedClip, MetricResult, Report

PEOPLE = Quantity(
    name="people", title="People", meaning="Edited, each with a tuning of their own.", group="Frames",
)  # fmt: skip
_OF_CLIP = ("frames", "cuts")
_SUMS = ("faces_lost",)
_OF_ONE = ("face_x", "face_y", "face_size")


def of_everyone(reports: Sequence[Report], edits: Sequence[EditedClip]) -> Report:
    """One report on all people: the mean of each number over them, which its note says with the numbers themselves.

    Each person was measured as if nobody else had been edited. Counts of frames are those of the clip, a frame being
    passed where nobody is edited; lost faces add up. No curve is kept but `people`, how many are edited in each frame:
    a mean over whoever happens to be in the picture would be nobody's.

    Args:
        reports: Of each person, with the same numbers in the same order.
        edits: The clip with each of them edited alone.
    """
    present = np.array([[state in EDITED for state in edit.status] for edit in edits])
    found = [PEOPLE.result(float(len(reports)), present.sum(axis=0).astype(np.float64))]
    for same in zip(*(report.results for report in reports), strict=True):
        name = same[0].name
        if name in _OF_ONE:
            continue
        if name in _OF_CLIP:
            found.append(same[0])
        elif name == "frames_passed":
            found.append(_with(same[0], float((~present.any(axis=0)).sum()), ""))
        elif name in _SUMS:
            found.append(_with(same[0], sum(one.value for one in same), ""))
        else:
            found.append(_mean(same))
    return Report(tuple(found))


def _mean(same: Sequence[MetricResult]) -> MetricResult:
    values = np.array([one.value for one in same])
    shown = ", ".join("undefined" if np.isnan(value) else f"{value:.4g}" for value in values)
    notes = [f"person {n}: {one.note}" for n, one in enumerate(same, 1) if one.note]
    return _with(same[0], mean_defined(values), "; ".join([f"Mean over people: {shown}", *notes]))


def _with(result: MetricResult, value: float, note: str) -> MetricResult:
    return MetricResult(result.name, value, result.unit, result.better, None, note, result.instrument)
