"""`report.html`: one self-contained page that shows what a run did."""

from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined

from stitch_exp.report import chart, pictures, words
from stitch_exp.report.records import read_frames, read_json

CHARTS: dict[str, tuple[tuple[str, ...], float | None]] = {
    "Identity over time": (("tl_id", "tg_id"), 1.0),
    "Identity to source": (("identity_to_source",), None),
    "Seam (levels)": (("seam_error", "head_seam"), None),
    "Border error, before and after stitching": (("border_before", "border_after"), None),
    "PSNR of the inversion (dB)": (("psnr",), None),
    "Flicker (levels above the source)": (("warp_error_excess",), 0.0),
    "Jitter (% of face)": (("alignment_jitter", "source_jitter"), None),
    "Edit (levels)": (("edit_change", "face_change"), None),
}
HEADLINE = ("tl_id", "tg_id", "seam_error", "identity_to_source", "edit_change", "psnr")
WORSE = {"seam_error": 1, "warp_error_excess": 1, "identity_to_source": -1, "psnr": -1, "hair_leak": 1}
"""Curves that choose the frames to look at, with the sign of the worse side."""


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
    members["Further"] = [row for name, row in by_name.items() if name not in words.WORDS]
    return [
        {"title": group, "rows": rows, "instruments": sorted({row["instrument"] for row in rows} - {""})}
        for group, rows in members.items()
        if rows
    ]


def _tiles(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    by_name = {item["name"]: _row(item) for item in results}
    return [by_name[name] for name in HEADLINE if name in by_name]


def _row(item: dict[str, Any]) -> dict[str, Any]:
    word = words.WORDS.get(item["name"])
    value = float("nan") if item["value"] is None else float(item["value"])
    return item | {
        "title": words.title_of(item["name"]),
        "meaning": word.meaning if word else "",
        "value": value,
        "arrow": words.ARROWS[item["better"]],
    }


def _charts(curves: dict[str, np.ndarray], states: list[str]) -> list[dict[str, Any]]:
    marks = [frame for frame, state in enumerate(states) if state == "missing"]
    found = []
    for caption, (names, reference) in CHARTS.items():
        shown = {words.title_of(name): curves[name] for name in names if name in curves}
        drawing = chart.line_chart(shown, reference=reference, marks=marks)
        if drawing:
            found.append({"caption": caption, "svg": drawing, "labels": list(zip(shown, chart.COLOURS, strict=False))})
    return found


def _strip(folder: Path, frames: int) -> list[tuple[int, str]]:
    wanted = sorted({round(t) for t in np.linspace(0, frames - 1, 6)}) if frames else []
    found = pictures.read_frames(folder / "comparison.mp4", wanted)
    return [(index, pictures.data_uri(pictures.stacked_pair(found[index]))) for index in wanted if index in found]


def _poster(folder: Path) -> str:
    found = pictures.read_frames(folder / "comparison.mp4", [0])
    return pictures.data_uri(found[0], width=960) if found else ""


def _worst(folder: Path, curves: dict[str, np.ndarray]) -> list[dict[str, Any]]:
    chosen = pictures.worst_frames({name: (curves[name], sign) for name, sign in WORSE.items() if name in curves})
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
