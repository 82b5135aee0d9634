"""`report.html`: one self-contained page that shows what a run did."""

from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined

from stitch_exp.report import chart, pictures, words
from stitch_exp.report.records import read_frames, read_json


def environment() -> Environment:
    """Templates of this package, with escaping on."""
    pages = Environment(
        loader=PackageLoader("stitch_exp.report"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    pages.filters["number"] = words.number
    return pages


def render_report(folder: Path) -> None:
    """Writes `report.html` from the records and videos of a run folder.

    The page needs no network: charts are drawn inline, pictures are embedded, and the videos are those beside it.
    """
    stored = {name: read_json(folder / f"{name}.json") for name in ("metrics", "status", "provenance")}
    curves, states = read_frames(folder)
    page = (
        environment()
        .get_template("report.html")
        .render(
            title=_title(stored["provenance"], stored["status"]),
            tiles=_tiles(stored["metrics"].get("results", [])),
            groups=_groups(stored["metrics"].get("results", [])),
            charts=_charts(curves, states),
            strip=_strip(folder, len(states)),
            poster=_poster(folder),
            worst=_worst(folder, curves),
            states={state: states.count(state) for state in ("detected", "interpolated", "missing")},
            ribbon=_ribbon(states),
            stages=_stages(stored["status"]),
            status=stored["status"],
            provenance=stored["provenance"],
            config=_text(folder / "config.yaml"),
            videos=[name for name in ("comparison.mp4", "edited.mp4") if (folder / name).is_file()],
        )
    )
    (folder / "report.html").write_text(page, encoding="utf-8")


def _text(path: Path) -> str:
    return path.read_text() if path.is_file() else ""


def _title(provenance: dict[str, Any], status: dict[str, Any]) -> str:
    edits = ", ".join(f"{name} {strength:+g}" for name, strength in provenance.get("edit", {}).items())
    clip = provenance.get("input", {}).get("name", "a clip")
    return f"{edits or status.get('name', 'edit')} on {clip}"


def _groups(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows by the question they answer, each group with the networks it was measured with."""
    by_name = {item["name"]: _row(item) for item in results}
    members = {group: [by_name[name] for name in names if name in by_name] for group, names in words.GROUPS.items()}
    members["Further"] = [row for name, row in by_name.items() if name not in words.QUANTITIES]
    return [
        {"title": group, "rows": rows, "instruments": sorted({row["instrument"] for row in rows} - {""})}
        for group, rows in members.items()
        if rows
    ]


def _tiles(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    by_name = {item["name"]: _row(item) for item in results}
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
    marks = [frame for frame, state in enumerate(states) if state == "missing"]
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


def _strip(folder: Path, frames: int) -> list[tuple[int, str]]:
    wanted = sorted({round(t) for t in np.linspace(0, frames - 1, 6)}) if frames else []
    found = pictures.read_frames(folder / "comparison.mp4", wanted)
    return [(index, pictures.data_uri(pictures.stacked_pair(found[index]))) for index in wanted if index in found]


def _poster(folder: Path) -> str:
    found = pictures.read_frames(folder / "comparison.mp4", [0])
    return pictures.data_uri(found[0], width=960) if found else ""


def _worst(folder: Path, curves: dict[str, np.ndarray]) -> list[dict[str, Any]]:
    watched = [item for item in words.QUANTITIES.values() if item.watched and item.name in curves]
    signs = {"lower": 1, "higher": -1}
    chosen = pictures.worst_frames({item.name: (curves[item.name], signs[item.better]) for item in watched})
    found = pictures.read_frames(folder / "comparison.mp4", [frame for frame, _ in chosen])
    return [
        {
            "frame": frame,
            "why": f"{words.title_of(name)} {words.number(float(curves[name][frame]))}",
            "picture": pictures.data_uri(pictures.stacked_pair(found[frame])),
        }
        for frame, name in chosen
        if frame in found
    ]


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
