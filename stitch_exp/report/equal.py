"""Identity at equal achieved edit: a method cannot win likeness by editing less."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stitch_exp.report.records import keyed
from stitch_exp.report.summary import target_of
from stitch_exp.report.table import Entry

LIKENESS = "identity_to_source"


@dataclass(frozen=True, slots=True)
class Curve:
    """One method over a sweep of strengths, averaged over clips: how far it went, and what was left of the person."""

    method: str
    achieved: tuple[float, ...]
    """Ascending."""
    identity: tuple[float, ...]

    def at(self, achieved: float) -> float:
        """Identity at that much edit, between the strengths on both sides; NaN outside of what was measured."""
        if not self.achieved[0] <= achieved <= self.achieved[-1]:
            return float("nan")
        return float(np.interp(achieved, self.achieved, self.identity))


@dataclass(frozen=True, slots=True)
class EqualEdit:
    """Methods compared where they achieve the same."""

    quantity: str
    """What counts as achieved."""
    level: float
    """How much of it: the most that every method reached."""
    curves: tuple[Curve, ...]


def at_equal_edit(entries: Sequence[Entry]) -> EqualEdit | None:
    """The comparison; None unless at least one method was run at two strengths of one edit."""
    groups: dict[str, dict[float, list[Entry]]] = {}
    for entry in entries:
        if entry.strength is not None:
            groups.setdefault(entry.base, {}).setdefault(entry.strength, []).append(entry)
    swept = {method: runs for method, runs in groups.items() if len(runs) > 1}
    if not swept or len({entry.edit for entry in entries if entry.strength is not None}) > 1:
        return None
    quantity = _quantity(entries)
    curves = [_curve(method, runs, quantity) for method, runs in swept.items()]
    known = tuple(curve for curve in curves if len(curve.achieved) > 1)
    if not known:
        return None
    return EqualEdit(quantity, min(curve.achieved[-1] for curve in known), known)


def _quantity(entries: Sequence[Entry]) -> str:
    """The target of the edit where it was measured, else how much the face changed."""
    names = {item.name for entry in entries for item in entry.results if not np.isnan(item.value)}
    wanted = target_of({entries[0].edit: 1.0})
    return next(name for name in (*wanted, "edit_change", "face_change", LIKENESS) if name in names or name == LIKENESS)


def _curve(method: str, runs: dict[float, list[Entry]], quantity: str) -> Curve:
    points = sorted((_mean(members, quantity), _mean(members, LIKENESS)) for members in runs.values())
    known = [(abs(far), like) for far, like in points if not np.isnan(far) and not np.isnan(like)]
    known.sort()
    return Curve(method, tuple(far for far, _ in known), tuple(like for _, like in known))


def _mean(members: Sequence[Entry], name: str) -> float:
    values = [item.value for entry in members for key, item in keyed(entry.results).items() if key == name]
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")
