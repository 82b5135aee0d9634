"""Tables and the plot of quality against cost.

python -m bench.tables outputs/bench/schedules.json [more.json ...] [--out docs/performance]
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from bench.cells import Row, ratio, value
from bench.versus import PAIRS, versus

QUALITY = {
    "tuning": ["psnr", "perceptual", "drift"],
    "stitching": ["border", "content", "shake"],
    "edit": ["border", "content", "tl_id", "tg_id", "identity_to_source", "warp_error_excess"],
}
WORDS = {"seconds": "seconds", "second_edit": "second edit, seconds"}


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the tables and the plot of one or several runs of `bench.schedules`."""
    parser = argparse.ArgumentParser(prog="python -m bench.tables", description=__doc__.splitlines()[0])
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, default=Path("docs/performance"))
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    write_tables([row for file in options.files for row in json.loads(file.read_text())], options.out)


def write_tables(rows: Sequence[Row], folder: Path) -> None:
    """`schedules.md` and `schedules.png` in `folder`."""
    clips = list(dict.fromkeys(row["clip"] for row in rows))
    chosen = {stage: [[row for row in rows if (row["clip"], row["stage"]) == (clip, stage)] for clip in clips]
              for stage in ("edit", "tuning", "stitching")}  # fmt: skip
    text = [
        versus(rows, clips),
        *(table(found, stage) for stage, groups in chosen.items() for found in groups if found),
    ]
    (folder / "schedules.md").write_text("\n\n".join(text) + "\n")
    plot(rows, folder / "schedules.png")


def table(rows: Sequence[Row], stage: str) -> str:
    """One stage on one clip as Markdown: cost, ratios to the published schedule, quality."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["option"]].append(row)
    base = groups.get(PAIRS[stage][0], [])
    kinds = list(dict.fromkeys(name for row in rows for name in row if name.split(" (")[0] in QUALITY[stage]))
    costs = ["seconds", *(["second_edit"] if stage == "edit" else [])]
    head = ["option", "evaluations a frame", *(word for cost in costs for word in (WORDS[cost], "faster")), "peak MB"]
    repeats = 1 + max(row["repeat"] for row in rows)
    lines = [f"**{rows[0]['clip']}**, {stage}, {rows[0]['frames']} frames, {repeats} repeats"]
    lines += ["", "| " + " | ".join([*head, *kinds]) + " |", "|" + "---|" * (len(head) + len(kinds))]
    for option, found in groups.items():
        cells = [option, f"{mean(row['evaluations'] / row['frames'] for row in found):.3g}"]
        cells += [cell for cost in costs for cell in (value(found, cost), ratio(base, found, cost))]
        cells += [f"{max(row['peak_mb'] for row in found):.0f}", *(value(found, name) for name in kinds)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def plot(rows: Sequence[Row], path: Path) -> None:
    """Quality against seconds a frame, one panel a measure; one mark for each clip and repeat."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(1, 4, figsize=(16, 4))
    wanted = [
        ("tuning", "psnr", "PSNR of the inversions, dB (more is better)"),
        ("tuning", "drift", "drift of the edit (less is better)"),
        ("stitching", "border", "border error (less is better)"),
        ("stitching", "content", "content error (less is better)"),
    ]
    for panel, (stage, name, label) in zip(panels, wanted, strict=True):
        _panel(panel, [row for row in rows if row["stage"] == stage and name in row], name)
        panel.set(xscale="log", xlabel="seconds a frame", ylabel=label, title=stage)
    figure.tight_layout()
    figure.savefig(path, dpi=80)
    pyplot.close(figure)


def _panel(panel: Any, rows: Sequence[Row], name: str) -> None:
    for option in dict.fromkeys(row["option"] for row in rows):
        found = [row for row in rows if row["option"] == option]
        panel.scatter([row["seconds"] / row["frames"] for row in found], [row[name] for row in found], label=option)
    panel.legend(fontsize=7)
    panel.grid(alpha=0.3)


if __name__ == "__main__":
    main()
