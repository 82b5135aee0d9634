"""The line itself: one clip, one edit, stage after stage, without a branch on the method."""

from __future__ import annotations

from dataclasses import dataclass

from stitch_exp import types
from stitch_exp.pipeline.parts import stitched
from stitch_exp.pipeline.stages import Line, Meter, Parts, Prepared, Stages
from stitch_exp.store import Made, Store


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything one run made, and which stages were read from the store."""

    clip: types.Clip
    aligned: types.AlignedClip
    pivots: types.Pivots
    tuned: types.TunedGenerator
    edited: types.EditedLatents
    stitched: types.StitchedCrops
    composed: types.EditedClip
    report: types.Report
    reused: tuple[str, ...]


def run(stages: Stages, store: Store, work: types.Workspace, meter: Meter, parts: Parts | None = None) -> Outcome:
    """Run the whole method on one clip.

    Args:
        stages: What to run.
        store: Where artefacts come from and go to.
        work: Room, progress and log handed to every stage.
        meter: `meter(stage)` is a context that measures time and memory of the stage inside it.
        parts: Where others have stitched the clip in parts; None stitches it here.
    """
    line = Line(store, work, meter, parts)
    return edit_and_measure(stages, line, prepare(stages, line))


def edit_and_measure(stages: Stages, line: Line, prepared: Prepared) -> Outcome:
    """The second half of the method: everything that depends on the edit."""
    source, aligned, pivots, tuned = prepared
    edited = line.make("edit", stages.edit, tuned)
    crops = stitched(stages, line, aligned, tuned, edited)
    with line.meter("composite"):
        composed = stages.composite(source, aligned.value, tuned.value, crops.value, line.work)
    with line.meter("metrics"):
        report = stages.metrics(source, aligned.value, tuned.value, edited.value, crops.value, composed, line.work)
    return Outcome(
        source,
        aligned.value,
        pivots.value,
        tuned.value,
        edited.value,
        crops.value,
        composed,
        report,
        tuple(line.reused),
    )


def prepare(stages: Stages, line: Line) -> Prepared:
    """The first half of the method: everything that does not depend on the edit."""
    with line.meter("video"):
        source = stages.video()
    aligned = line.make("aligner", stages.aligner, Made(source, source.digest, reused=False))
    return invert_and_tune(stages, line, source, aligned)


def invert_and_tune(stages: Stages, line: Line, source: types.Clip, aligned: Made) -> Prepared:
    """What follows the alignment of one face and does not depend on the edit."""
    pivots = line.make("encoder", stages.encoder, aligned)
    return Prepared(source, aligned, pivots, line.make("tuning", stages.tuning, aligned, pivots))
