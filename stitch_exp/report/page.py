"""`report.html`: one self-contained page that shows what a run did."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined

from stitch_exp.measures.faces import EDITED
from stitch_exp.report import chart, pictures, summary, words
from stitch_exp.report.look import Look
from stitch_exp.report.records import network_of, read_frames, read_json
from stitch_exp.types import Clip


def environment() -> Environment:
    """Templates of this package, with escaping on."""
    pages = Environment(
        loader=PackageLoader("stitch_exp.report"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    pages.filters["number"] = words.number
    return pages


def render_report(folder: Path, source: Clip | None = None, edited: Clip | None = None) -> None:
    """Writes `report.html` from the records of a run folder, its `edited.mp4` and the source.

    The page needs no network: charts are drawn inline, pictures are embedded, and the videos are those beside it.

    Args:
        folder: The run folder.
        source: What was edited; without it the page shows the edited frames alone.
        edited: What came of it, frame by frame; None: the folder's `edited.mp4`.
    """
    stored = {name: read_json(folder / f"{name}.json") for name in ("metrics", "status", "provenance")}
    results, edits = stored["metrics"].get("results", []), stored["provenance"].get("edit")
    curves, states = read_frames(folder)
    look = Look(source, edited or pictures.edited_clip(folder), curves)
    values = {item["name"]: item["value"] for item in reversed(results) if item["value"] is not None}
    page = (
        environment()
        .get_template("report.html")
        .render(
            title=_title(stored["provenance"], stored["status"]),
            meanings=stored["provenance"].get("edit_meaning", {}),
            warning=summary.almost_nothing(values, edits),
            tiles=_tiles(results),
            groups=_groups(results, summary.target_of(edits or {})),
            charts=_charts(curves, states),
            slider=look.slider(),
            strip=look.strip(),
            poster=look.poster(),
            worst=look.worst(),
            states=[(state, _STATES.get(state, state), states.count(state)) for state in dict.fromkeys(states)],
            ribbon=_ribbon(states),
            people=_people(folder),
            stages=_stages(stored["status"]),
            status=stored["status"],
            provenance=stored["provenance"],
            config=_text(folder / "config.yaml"),
            videos=[name for name in ("comparison.mp4", "edited.mp4") if (folder / name).is_file()],
        )
    )
    (folder / "report.html").write_text(page, encoding="utf-8")


_PLACE = pictures.FACE
"""What only the page itself needs: where to look."""
_STATES = {
    "detected": "with a face found",
    "interpolated": "with a face between two found ones",
    "missing": "without a face, as filmed",
    "lost": "with the face lost in the edit",
    "passed": "passed through, as filmed",
    "faded": "faded in or out",
}


def _people(folder: Path) -> list[dict[str, Any]]:
    """For each person of a run over several the page and the numbers on top of it."""
    places = sorted(folder.glob("people/*/metrics.json"), key=lambda path: int(path.parent.name))
    return [
        {"name": path.parent.name, "tiles": _tiles(read_json(path).get("results", [])), "frames": _edited(path.parent)}
        for path in places
    ]


def _edited(folder: Path) -> int:
    """In how many frames a person is edited."""
    return sum(state in EDITED for state in read_frames(folder)[1])


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _title(provenance: dict[str, Any], status: dict[str, Any]) -> str:
    edits = summary.named(provenance["edit"]) if provenance.get("edit") else ""
    clip = provenance.get("input", {}).get("name", "a clip")
    return f"{edits or status.get('name', 'edit')} on {clip}"


def compared(curves: Mapping[str, Mapping[str, np.ndarray]]) -> list[dict[str, Any]]:
    """A chart for each number that has one, with a line for each method.

    Args:
        curves: Method to its curves by name.
    """
    found = []
    for item in words.QUANTITIES.values():
        shown = {method: own[item.name] for method, own in curves.items() if item.chart and item.name in own}
        drawing = chart.line_chart(shown, reference=item.level)
        if drawing:
            unit = f" ({item.unit})" if item.unit else ""
            labels = list(zip(shown, chart.COLOURS * len(shown), strict=False))
            found.append({"caption": item.title + unit, "svg": drawing, "labels": labels})
    return found


def _groups(results: list[dict[str, Any]], targets: list[str]) -> list[dict[str, Any]]:
    """Rows by the question they answer, each group with the networks it was measured with."""
    members: dict[str, list[dict[str, Any]]] = {group: [] for group in words.GROUPS} | {"Further": []}
    for item in results:
        if item["name"] in _PLACE or item["name"].endswith("_spread"):
            continue
        group = words.QUANTITIES[item["name"]].group if item["name"] in words.QUANTITIES else "Further"
        if any(row["name"] == item["name"] for row in members[group]):
            group = f"{group}, by {network_of(item['instrument'])}"
        spread = next((other for other in results if other["name"] == _spread_of(item["name"])), None)
        row = _row(item) | {"role": _role(item["name"], targets), "spread": spread["value"] if spread else None}
        members.setdefault(group, []).append(row)
    return [
        {"title": group, "rows": rows, "instruments": sorted({row["instrument"] for row in rows} - {""})}
        for group, rows in members.items()
        if rows
    ]


def _spread_of(name: str) -> str:
    return f"{name.removesuffix('_change')}_spread" if name.endswith("_change") else ""


def _role(name: str, targets: list[str]) -> str:
    """Whether a change was wanted; empty where that is no question."""
    changes = words.QUANTITIES[name].group == "What changed" if name in words.QUANTITIES else False
    if not changes or not targets or not name.endswith("_change"):
        return ""
    return "target" if name in targets else "off target"


def _tiles(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    by_name = {item["name"]: _row(item) for item in reversed(results)}
    return [by_name[name] for name, item in words.QUANTITIES.items() if item.headline and name in by_name]


def _row(item: dict[str, Any]) -> dict[str, Any]:
    known = words.QUANTITIES.get(item["name"])
    value = float("nan") if item["value"] is None else float(item["value"])
    return item | {
        "title": words.title_of(item["name"]),
        "meaning": known.meaning if known else "",
        "value": value,
        "arrow": words.ARROWS[item["better"]],
    }


def _charts(curves: dict[str, np.ndarray], states: list[str]) -> list[dict[str, Any]]:
    marks = [frame for frame, state in enumerate(states) if state in ("missing", "lost", "passed")]
    found = []
    for caption in dict.fromkeys(item.chart for item in words.QUANTITIES.values() if item.chart):
        shared = [item for item in words.QUANTITIES.values() if item.chart == caption and item.name in curves]
        shown = {item.title: curves[item.name] for item in shared}
        level = next((item.level for item in shared if item.level is not None), None)
        drawing = chart.line_chart(shown, reference=level, marks=marks)
        if drawing:
            unit = f" ({shared[0].unit})" if shared[0].unit else ""
            labels = list(zip(shown, chart.COLOURS, strict=False))
            found.append({"caption": caption + unit, "svg": drawing, "labels": labels})
    return found


def _ribbon(states: list[str]) -> list[tuple[str, int]]:
    """Runs of equal status: (status, number of frames)."""
    runs: list[tuple[str, int]] = []
    for state in states:
        if runs and runs[-1][0] == state:
            runs[-1] = (state, runs[-1][1] + 1)
        else:
            runs.append((state, 1))
    return runs


def _stages(status: dict[str, Any]) -> list[dict[str, Any]]:
    seconds: dict[str, float] = status.get("seconds", {})
    longest = max(seconds.values(), default=0.0) or 1.0
    memory = status.get("peak_memory_mb", {})
    return [
        {
            "name": name,
            "seconds": value,
            "share": 100.0 * value / longest,
            "memory": memory.get(name),
            "reused": name in status.get("reused", []),
        }
        for name, value in seconds.items()
    ]
