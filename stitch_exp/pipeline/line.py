"""The line itself: one clip, one edit, stage after stage, without a branch on the method."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple

from stitch_exp import types
from stitch_exp.store import Made, Store


@dataclass(frozen=True, slots=True)
class Stages:
    """One callable for each stage, as `docs/architecture.md` lists them."""

    video: Callable[[], types.Clip]
    aligner: Callable[..., types.AlignedClip]
    encoder: Callable[..., types.Pivots]
    tuning: Callable[..., types.TunedGenerator]
    edit: Callable[..., types.EditedLatents]
    stitching: Callable[..., types.StitchedCrops]
    composite: Callable[..., types.EditedClip]
    metrics: Callable[..., types.Report]


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


Meter = Callable[[str], AbstractContextManager[Any]]


def run(stages: Stages, store: Store, work: types.Workspace, meter: Meter) -> Outcome:
    """Run the whole method on one clip.

    Args:
        stages: What to run.
        store: Where artefacts come from and go to.
        work: Room, progress and log handed to every stage.
        meter: `meter(stage)` is a context that measures time and memory of the stage inside it.
    """
    line = Line(store, work, meter)
    return edit_and_measure(stages, line, prepare(stages, line))


def edit_and_measure(stages: Stages, line: Line, prepared: Prepared) -> Outcome:
    """The second half of the method: everything that depends on the edit."""
    source, aligned, pivots, tuned = prepared
    edited = line.make("edit", stages.edit, tuned)
    stitched = line.make("stitching", stages.stitching, aligned, tuned, edited)
    with line.meter("composite"):
        composed = stages.composite(source, aligned.value, tuned.value, stitched.value, line.work)
    with line.meter("metrics"):
        report = stages.metrics(source, aligned.value, tuned.value, edited.value, stitched.value, composed, line.work)
    return Outcome(
        source,
        aligned.value,
        pivots.value,
        tuned.value,
        edited.value,
        stitched.value,
        composed,
        report,
        tuple(line.reused),
    )


class Prepared(NamedTuple):
    """What all edits of a clip share."""

    source: types.Clip
    aligned: Made
    pivots: Made
    tuned: Made


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


class Line:
    """Makes one stage after the other and remembers which were reused."""

    def __init__(self, store: Store, work: types.Workspace, meter: Meter) -> None:
        self.store = store
        self.work = work
        self.meter = meter
        self.reused: list[str] = []

    def make(self, name: str, stage: Callable[..., Any], *inputs: Made) -> Made:
        with self.meter(name):
            made = self.store.make(name, stage, self.work, list(inputs))
        if made.reused:
            self.reused.append(name)
        return made
