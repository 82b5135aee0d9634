"""The line for everybody in a clip: once for each person, and all edited faces in the same frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from stitch_exp import STAGES, types
from stitch_exp.measures.everyone import of_everyone
from stitch_exp.pipeline.line import Outcome, edit_and_measure, invert_and_tune
from stitch_exp.pipeline.stages import Line, Meter, Parts, Prepared, Stages
from stitch_exp.store import Made, Store


@dataclass(frozen=True, slots=True)
class Everybody:
    """What one run over several people made. Each outcome is what a run of that person alone would have made."""

    clip: types.Clip
    people: tuple[Outcome, ...]
    """The most prominent person first."""
    composed: types.EditedClip
    """The clip with all faces edited."""
    report: types.Report
    """Of all people together, see `measures.everyone`."""
    left: dict[str, int]
    """How many others are left as filmed, by reason."""

    @property
    def edited(self) -> types.EditedLatents:
        """The first person's; the edit is the same for all."""
        return self.people[0].edited

    @property
    def reused(self) -> tuple[str, ...]:
        """The stages that were read from the store for everybody."""
        return tuple(stage for stage in STAGES if all(stage in one.reused for one in self.people))


def run_for_everybody(
    stages: Stages, store: Store, work: types.Workspace, meter: Meter, parts: Parts | None = None
) -> Everybody:
    """Run the whole method once for each person in a clip.

    Every person has artefacts of their own: their key depends on the place among the people found. All stages see the
    clip as it was filmed. The edited faces are laid into the frames in turn, the most prominent on top.

    Args:
        stages: What to run; the aligner must follow everybody.
        store: Where artefacts come from and go to.
        work: Room, progress and log handed to every stage.
        meter: `meter(stage)` is a context that measures time and memory of the stage inside it.
        parts: Where others have stitched each person in parts; None stitches everybody here.
    """
    crowd = prepare_everybody(stages, store, work, meter, parts)
    people = [edit_and_measure(stages, line, prepared) for line, prepared in crowd.people]
    composed = together(crowd.source, [one.composed for one in people])
    report = of_everyone([one.report for one in people], [one.composed for one in people])
    return Everybody(crowd.source, tuple(people), composed, report, dict(crowd.left))


class Crowd(NamedTuple):
    """What all edits of everybody in a clip share."""

    source: types.Clip
    people: list[tuple[Line, Prepared]]
    """The most prominent person first, each with the line that goes on from there."""
    left: Mapping[str, int]
    """How many others are left as filmed, by reason."""


def prepare_everybody(
    stages: Stages, store: Store, work: types.Workspace, meter: Meter, parts: Parts | None = None
) -> Crowd:
    """The first half of the method for each person, see `run_for_everybody`."""
    with meter("video"):
        source = stages.video()
    clip = Made(source, source.digest, reused=False)
    found = Line(store, work, meter).make("aligner", stages.aligner.everyone, clip)
    people = []
    for number in range(len(found.value.landmarks)):
        line = Line(store, _named(work, number), meter, parts)
        aligned = line.make("aligner", stages.aligner.person, clip, found, Made(number, f"person {number}", False))
        people.append((line, invert_and_tune(stages, line, source, aligned)))
    return Crowd(source, people, found.value.left)


def _named(work: types.Workspace, number: int) -> types.Workspace:
    """The workspace of one person, whose progress and losses are told from the others'."""

    def track(items: Iterable[Any], description: str, total: int | None = None) -> Iterator[Any]:
        return work.track(items, f"{number + 1}: {description}", total)

    return replace(work, track=track, log=lambda stage, values: work.log(f"{stage}/{number + 1}", values))


def together(source: types.Clip, edits: Sequence[types.EditedClip]) -> types.EditedClip:
    """One clip with the edited faces of several, the first on top; other pixels are the source's own."""
    frames = source.frames
    for edit in reversed(edits):
        assert edit.faces is not None
        frames = edit.faces(frames)
    treatments = tuple(_together(kinds) for kinds in zip(*(edit.treatments for edit in edits), strict=True))
    status: tuple[types.FrameStatus, ...] = tuple(
        _best(states) for states in zip(*(edit.status for edit in edits), strict=True)
    )
    return types.EditedClip(replace(source, frames=frames, digest=""), status, treatments, edits[0].cuts)


def _best(states: Sequence[types.FrameStatus]) -> types.FrameStatus:
    """Of the face that was found best."""
    known: tuple[types.FrameStatus, ...] = ("detected", "interpolated", "missing")
    return min(states, key=known.index)


def _together(treatments: Sequence[types.Treatment]) -> types.Treatment:
    """Of the frame as a whole; the reason tells people apart where they are treated differently."""
    kinds = ("edited", "faded", "passed")
    best = min(treatments, key=lambda one: kinds.index(one.kind))
    if len(set(treatments)) == 1:
        return best
    reasons = (f"person {n}: {one.reason or one.kind}" for n, one in enumerate(treatments, 1))
    return types.Treatment(best.kind, "; ".join(reasons), max(one.kept for one in treatments))
