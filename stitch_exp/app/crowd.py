"""What a run over several people leaves behind besides the records of every run: a folder for each person."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from stitch_exp.pipeline import Everybody, Outcome
from stitch_exp.report.page import render_report
from stitch_exp.report.pictures import edited_clip
from stitch_exp.report.records import read_json, write_metrics
from stitch_exp.types import Report

FOLDER = "people"


def facts(outcome: Outcome | Everybody) -> dict[str, Any]:
    """For `status.json`: how many people are edited, and who is not and why; empty for a run of one person."""
    if isinstance(outcome, Outcome):
        return {}
    return {"people": len(outcome.people), "left_as_filmed": outcome.left}


def reports(outcome: Outcome | Everybody) -> list[Report]:
    """What was measured of each person, the most prominent first; empty for a run of one person."""
    return [] if isinstance(outcome, Outcome) else [person.report for person in outcome.people]


def write(outcome: Outcome | Everybody, folder: Path) -> None:
    """The metrics, frames and page of each person, in `people/1` and so on; nothing for a run of one person.

    Args:
        outcome: What the run made.
        folder: The run folder, with its `edited.mp4` and `provenance.json`.
    """
    if isinstance(outcome, Outcome):
        return
    story, edited = read_json(folder / "provenance.json"), edited_clip(folder)
    for number, person in enumerate(outcome.people, 1):
        place = folder / FOLDER / str(number)
        place.mkdir(parents=True, exist_ok=True)
        write_metrics(person.report, place, person.composed.status, person.composed.treatments, person.composed.cuts)
        of_person = story | {"input": story["input"] | {"name": f"{story['input']['name']}, person {number}"}}
        (place / "provenance.json").write_text(json.dumps(of_person, indent=1))
        render_report(place, outcome.clip, edited)
