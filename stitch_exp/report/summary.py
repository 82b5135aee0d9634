"""What a person wants to know when a run ends, in six lines."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from stitch_exp.report.records import keyed
from stitch_exp.report.words import ARROWS, QUANTITIES, number
from stitch_exp.types import MetricResult

NOTHING = {"edit_change": 1.0, "face_change": 2.0}
"""Below so many levels of 255 an edit counts as none; a codec alone changes a face by one or two."""


def closing(
    results: Sequence[MetricResult],
    edits: Mapping[str, float],
    clip: str,
    facts: Mapping[str, Any],
    meanings: Mapping[str, str] | None = None,
) -> list[tuple[str, str]]:
    """Label and text of each line; lines about what was not measured are left out.

    Args:
        results: What was measured.
        edits: Strength of each edit.
        clip: Name of the source.
        facts: `frames`, `seconds` by stage and `reused`, as in `status.json`.
        meanings: What + and - of each edit do: `+ older, - younger; in standard deviations`.
    """
    values = {key: item.value for key, item in keyed(results).items() if not np.isnan(item.value)}
    warning = almost_nothing(values, edits)
    strength = "edit_change" if "edit_change" in values else "face_change"
    lines = [
        ("Edited", f"{named(edits, meanings)} on {clip}: {_frames(values, facts)}"),
        (
            "Took",
            warning or _shown(values, [*target_of(edits), strength]),
        ),
        ("Likeness", _shown(values, ["identity_to_source"])),
        ("Steadiness", _shown(values, ["tl_id", "tg_id", "warp_error_excess"])),
        ("Seam", _shown(values, ["seam_error"])),
        ("Time", _time(facts)),
    ]
    return [(label, text) for label, text in lines if text]


def named(edits: Mapping[str, float], meanings: Mapping[str, str] | None = None) -> str:
    """`age +2, smile -1`; with the meanings of the edits `age +2 (older), smile -1 (less)`."""
    known = meanings or {}
    words = {name: direction(known.get(name, ""), strength) for name, strength in edits.items()}
    shown = (f"{name} {strength:+g}{f' ({words[name]})' * bool(words[name])}" for name, strength in edits.items())
    return ", ".join(shown) or "nothing"


def direction(meaning: str, strength: float) -> str:
    """What the sign of a strength does: `older` for + of `+ older, - younger; in standard deviations`.

    Empty for 0, and where the meaning names no side or only a setting.
    """
    plus, minus = re.match(r"(?:\+ ([^;,]+))?(?:, - ([^;,]+))?", meaning).groups()  # type: ignore[union-attr]
    word = (plus if strength > 0 else minus if strength < 0 else None) or ""
    return "" if "edit." in word else word.strip()


def target_of(edits: Mapping[str, float]) -> list[str]:
    """The quantities that an edit is meant to change: `age_change` of `age`, `mouth_change` of `mouth_open`."""
    names = [f"{name.lower().split('_')[0]}_change" for name in edits]
    return [name for name in names if name in QUANTITIES]


def almost_nothing(values: Mapping[str, float], edits: Mapping[str, float] | None) -> str:
    """A sentence when an edit left the face as it was; empty when it did something or was not asked to.

    Args:
        values: What was measured, by name.
        edits: Strength of each edit; None when that is not known, as of a video that another program edited.
    """
    if edits is not None and not any(edits.values()):
        return ""
    name = next((name for name in NOTHING if name in values), None)
    if name is None or values[name] >= NOTHING[name]:
        return ""
    return f"the edit changed almost nothing: {QUANTITIES[name].title.lower()} is {number(values[name])} of 255 levels"


def _shown(values: Mapping[str, float], names: Sequence[str]) -> str:
    return ", ".join(_one(QUANTITIES[name], values[name]) for name in dict.fromkeys(names) if name in values)


def _one(item: Any, value: float) -> str:
    sign = "+" if item.name.endswith("_change") and item.level is not None and value > 0 else ""
    unit = f" {item.unit}" if item.unit and item.unit != "\u00b0" else item.unit
    return f"{item.title} {sign}{number(value)}{unit} {ARROWS[item.better]}".strip()


def _frames(values: Mapping[str, float], facts: Mapping[str, Any]) -> str:
    count = int(values.get("frames", facts.get("frames", 0)))
    people = [f"{int(values['people'])} people"] if "people" in values else []
    more = [
        f"{int(values[name])} {word}"
        for name, word in (("frames_passed", "passed through"), ("faces_lost", "with the face lost"), ("cuts", "cuts"))
        if values.get(name)
    ]
    return ", ".join([f"{count} frames", *people, *more])


def _time(facts: Mapping[str, Any]) -> str:
    seconds = facts.get("seconds", {})
    total, frames = sum(seconds.values()), facts.get("frames") or 1
    if not seconds:
        return ""
    reused = f", from the store: {', '.join(facts['reused'])}" if facts.get("reused") else ""
    slowest = max(seconds, key=lambda stage: seconds[stage])
    return f"{total:.1f} s, {total / frames:.2f} s a frame, most of it {slowest}{reused}"
