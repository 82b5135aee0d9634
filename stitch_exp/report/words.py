"""What people read about each number, derived from what the metrics declare."""

import math
from collections.abc import Collection, Sequence

from stitch_exp.measures import catalogue
from stitch_exp.measures.everyone import PEOPLE
from stitch_exp.measures.observation import DETECTED, JUDGED, OF_TWO_VIDEOS
from stitch_exp.measures.quantity import GROUPS as ORDER
from stitch_exp.measures.quantity import Quantity
from stitch_exp.types import Better

SECONDS = Quantity(
    name="seconds_per_frame", title="Time", meaning="All stages, without what came from the store.", group="Cost",
    unit="s/frame", better="lower", column=True,
)  # fmt: skip
MEMORY = Quantity(
    name="peak_memory_mb", title="Peak memory", meaning="Largest of all stages.", group="Cost", unit="MB",
    better="lower", column=True,
)  # fmt: skip

QUANTITIES: dict[str, Quantity] = catalogue.QUANTITIES | {item.name: item for item in (PEOPLE, SECONDS, MEMORY)}
"""Every number that has a title."""
GROUPS: dict[str, list[str]] = {
    group: [name for name, item in QUANTITIES.items() if item.group == group] for group in ORDER
}
"""Their names by the question they answer."""
COLUMNS = tuple(name for names in GROUPS.values() for name in names if QUANTITIES[name].column)
"""What benchmark pages show unless `columns=` says otherwise."""

ARROWS: dict[Better, str] = {"higher": "\u2191", "lower": "\u2193", "one": "\u2192 1", "none": ""}
"""The direction that is better."""


def is_headline(name: str) -> bool:
    """Whether a number is one of the few on top of pages."""
    return name in QUANTITIES and QUANTITIES[name].headline


def why_absent(names: Sequence[str], shown: Collection[str]) -> dict[str, list[str]]:
    """For each reason the titles of the wanted numbers that a table does not show.

    Args:
        names: The columns that were wanted.
        shown: Those there are.
    """
    reasons: dict[str, list[str]] = {}
    for name in names:
        if name not in shown and name in QUANTITIES:
            reasons.setdefault(_reason(name), []).append(QUANTITIES[name].title)
    return reasons


def _reason(name: str) -> str:
    if name not in catalogue.QUANTITIES:
        return "known of runs only"
    needs = set(catalogue.inputs_of(name))
    if needs & set(JUDGED):
        return "needs a judge: judge=age_gender"
    if not needs <= OF_TWO_VIDEOS:
        return "needs the crops and masks of a run"
    if needs & set(DETECTED):
        return "needs a detector: metrics.detector"
    return "undefined, or not among metrics.names"


def title_of(name: str) -> str:
    """Title of a result; its own name when it has none."""
    return QUANTITIES[name].title if name in QUANTITIES else name


def number(value: float) -> str:
    """About four significant digits; a dash for what is undefined."""
    if value != value:
        return "\u2013"
    if math.isinf(value):
        return "\u221e" if value > 0 else "-\u221e"
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    if abs(value) >= 1e5 or abs(value) < 1e-3:
        return f"{value:.2e}"
    return f"{value:.{4 if abs(value) < 2 else 2 if abs(value) < 100 else 1}f}"
