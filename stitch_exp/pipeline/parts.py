"""One clip stitched by several workers: each makes a part of the faces, and the whole is joined from the store.

Alignment, pivots and tuning are the whole clip's: the first worker makes them, the others wait for its lock and read
them. Parts begin where batches begin, so the whole has the bytes that one worker would have made, and its key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from stitch_exp.errors import DataError
from stitch_exp.pipeline.stages import Line, Parts, Prepared, Stages
from stitch_exp.store import Made
from stitch_exp.types import StitchedCrops, Workspace

STAGE = "stitching"


def make_part(stages: Stages, line: Line, prepared: Prepared, parts: Parts, number: int) -> slice:
    """Stitches one part of a clip, unless it or the whole is in the store.

    Args:
        stages: What to run.
        line: What has made `prepared`.
        prepared: The first half of the method.
        parts: How the faces are cut.
        number: Which part, from 1.

    Returns:
        Its faces, which may be none.

    Raises:
        ConfigError: The way of stitching works on all frames together.
    """
    stages.stitching.check_apart()
    inputs = (prepared.aligned, prepared.tuned, line.make("edit", stages.edit, prepared.tuned))
    faces = parts.ranges(len(prepared.aligned.value.crops), stages.stitching.grain)[number - 1]
    if num_chosen(faces) and line.store.find(STAGE, inputs) is None:
        line.make(STAGE, stages.stitching.part, *inputs, choice_of(faces))
    return faces


def stitched(stages: Stages, line: Line, *inputs: Made) -> Made:
    """All faces of a clip: stitched here, or joined where the line says that parts are made by others.

    Parts go when the whole is there, since it holds them.

    Args:
        stages: What to run.
        line: Its `parts` is None where this process stitches everything.
        inputs: Alignment, tuned generator and edited codes.

    Raises:
        DataError: Parts are missing; says which, and what makes them.
        ConfigError: The way of stitching works on all frames together.
    """
    if line.parts is None:
        return line.make(STAGE, stages.stitching, *inputs)
    stages.stitching.check_apart()
    ranges = line.parts.ranges(len(inputs[0].value.crops), stages.stitching.grain)
    made = line.make(STAGE, _Joining(line, line.parts, ranges, inputs), *inputs)
    for faces in ranges:
        line.store.discard(STAGE, (*inputs, choice_of(faces)))
    return made


@dataclass(frozen=True, slots=True)
class _Joining:
    """Takes the parts from the store in place of stitching."""

    line: Line
    parts: Parts
    ranges: Sequence[slice]
    inputs: tuple[Made, ...]

    def __call__(self, *given: Any) -> StitchedCrops:
        work: Workspace = given[-1]
        found = {
            number: self.line.store.find(STAGE, (*self.inputs, choice_of(faces)))
            for number, faces in enumerate(self.ranges, 1)
            if num_chosen(faces)
        }
        gone = ",".join(str(number) for number, part in found.items() if part is None)
        if gone:
            raise DataError(
                f"of {self.parts.count} parts of the stitching, {gone} are not in the store: "
                f"`{self.parts.command.format(parts=gone)}` makes them; then run this again"
            )
        return joined([part.value for part in found.values() if part is not None], work)


def joined(parts: Sequence[StitchedCrops], work: Workspace) -> StitchedCrops:
    """The faces of all parts, one part after the other; stacks are copied into the whole's room on the disk."""
    return StitchedCrops(**{item.name: _stack(item.name, parts, work) for item in fields(StitchedCrops)})


def _stack(name: str, parts: Sequence[StitchedCrops], work: Workspace) -> Any:
    values = [getattr(part, name) for part in parts]
    if values[0] is None:
        return None
    if values[0].dtype != np.uint8:
        return np.concatenate(values)
    out, start = work.allocate(name, (sum(map(len, values)), *values[0].shape[1:])), 0
    for value in work.track(values, f"joining {name.replace('_', ' ')}", len(values)):
        out[start : start + len(value)] = value
        start += len(value)
    return out


def choice_of(faces: slice) -> Made:
    """Some faces of a clip as something that a stage of the store is made from."""
    return Made(faces, f"faces {faces.start} to {faces.stop} by {faces.step or 1}", reused=False)


def num_chosen(faces: slice) -> int:
    """How many faces these are."""
    return len(range(faces.start, faces.stop, faces.step or 1))
