"""What the paper says each part does, and whether the numbers of an ablation agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stitch_exp.report.records import keyed
from stitch_exp.report.statistics import paired
from stitch_exp.report.table import Entry, distance
from stitch_exp.report.words import number, title_of
from stitch_exp.types import Better


@dataclass(frozen=True, slots=True)
class Claim:
    """Taking a part away makes a metric worse; `factor` says by how much at least where the claim does."""

    text: str
    arm: str
    metric: str
    better: Better
    factor: float = 1.0


CLAIMS = (
    Claim("PTI lifts TG-ID", "without pti", "tg_id", "one"),
    Claim("PTI brings the identity back", "without pti", "identity_to_source", "higher"),
    Claim("PTI makes the inversion faithful", "without pti", "psnr", "higher"),
    Claim("Stitching at least halves the seam", "without stitching", "seam_error", "lower", factor=2.0),
    Claim("The encoder lifts TL-ID over optimised pivots", "without encoder", "tl_id", "one"),
    Claim("Smoothing lowers the alignment's jitter", "without smoothing", "alignment_jitter", "lower"),
    Claim("Smoothing lowers flicker", "without smoothing", "warp_error_excess", "lower"),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A claim against the numbers, clip by clip."""

    claim: Claim
    full: tuple[float, ...]
    without: tuple[float, ...]

    @property
    def agreeing(self) -> int:
        """On how many clips taking the part away made the metric worse."""
        return sum(_worse(a, b, self.claim) for a, b in zip(self.full, self.without, strict=True))

    @property
    def words(self) -> str:
        """The outcome in a few words."""
        clips = len(self.full)
        if not clips:
            return "not measured"
        if self.agreeing == clips:
            return "holds" if clips > 1 else "holds (one clip)"
        return "does not hold" if self.agreeing == 0 else f"mixed: {self.agreeing} of {clips} clips"

    @property
    def chance(self) -> float:
        """How likely so large a difference is by a toss of signs over the clips; see `statistics.paired`."""
        pairs = zip(self.full, self.without, strict=True)
        return paired([_gap(full, without, self.claim) for full, without in pairs])

    def row(self, corrected: float) -> list[str]:
        """Cells of the table of claims.

        Args:
            corrected: `chance`, corrected for the number of claims.
        """
        values = [spread(side) for side in (self.full, self.without)]
        chances = [number(round(value, 3)) for value in (self.chance, corrected)]
        return [self.claim.text, title_of(self.claim.metric), *values, *chances, f"**{self.words}**"]


def judge(entries: Sequence[Entry], full: str = "full") -> list[Verdict]:
    """Every claim against the clips on which both the full method and the arm were measured."""
    return [_judge(claim, entries, full) for claim in CLAIMS]


def _judge(claim: Claim, entries: Sequence[Entry], full: str) -> Verdict:
    with_all, with_less = (_by_clip(entries, method, claim.metric) for method in (full, claim.arm))
    shared = [clip for clip in with_all if clip in with_less]
    return Verdict(claim, tuple(with_all[clip] for clip in shared), tuple(with_less[clip] for clip in shared))


def _by_clip(entries: Sequence[Entry], method: str, metric: str) -> dict[str, float]:
    return {
        entry.clip: result.value
        for entry in entries
        if entry.method == method
        for name, result in keyed(entry.results).items()
        if name == metric and not np.isnan(result.value)
    }


def _gap(full: float, without: float, claim: Claim) -> float:
    """How much farther from good the arm is than the claim demands."""
    if claim.factor > 1.0:
        return without - claim.factor * full
    return distance(without, claim.better) - distance(full, claim.better)


def _worse(full: float, without: float, claim: Claim) -> bool:
    if claim.factor > 1.0:
        return without > full and without >= claim.factor * full
    return distance(without, claim.better) > distance(full, claim.better)


def spread(values: Sequence[float]) -> str:
    """Mean and standard error over clips."""
    if not values:
        return "\u2013"
    mean = number(float(np.mean(values)))
    return mean if len(values) < 2 else f"{mean} \u00b1 {number(float(np.std(values, ddof=1) / len(values) ** 0.5))}"
