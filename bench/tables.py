"""Tables and the plot of quality against cost."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Any

AGAINST = {"tuning": "pti", "stitching": "border"}
QUALITY = {"tuning": ["psnr"], "stitching": ["border", "content", "shake", "tl_id", "tg_id", "flicker"]}
COSTS = ["evaluations", "seconds", "peak_mb"]


def write_tables(rows: Sequence[dict[str, Any]], folder: Path) -> None:
    """`schedules.md` and `schedules.png` in `folder`."""
    clips = sorted({row["clip"] for row in rows})
    text = [
        table([row for row in rows if row["clip"] == clip and row["stage"] == stage], stage, clip)
        for clip in clips
        for stage in AGAINST
    ]
    (folder / "schedules.md").write_text("\n\n".join(text) + "\n")
    plot(rows, folder / "schedules.png")


def table(rows: Sequence[dict[str, Any]], stage: str, clip: str) -> str:
    """One stage on one clip as Markdown: cost a frame, ratio to the published schedule, quality."""
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[row["option"]].append(row)
    base = groups.get(AGAINST[stage], [])
    names = [name for name in QUALITY[stage] if any(name in row for row in rows)]
    head = ["option", "evaluations/frame", "fewer", "s/frame", "faster", "peak MB", *names]
    lines = [f"**{clip}**, {stage}, {rows[0]['frames']} frames" if rows else clip, "", "| " + " | ".join(head) + " |"]
    lines.append("|" + "---|" * len(head))
    for option, found in groups.items():
        cells = [option, _value(found, "evaluations", "frames"), _ratio(base, found, "evaluations")]
        cells += [_value(found, "seconds", "frames"), _ratio(base, found, "seconds"), _value(found, "peak_mb")]
        lines.append("| " + " | ".join(cells + [_value(found, name) for name in names]) + " |")
    return "\n".join(lines)


def plot(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Quality against generator evaluations a frame, one panel a stage."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(1, 3, figsize=(13, 4))
    wanted = [("tuning", "psnr", "PSNR of the inversions, dB"), ("stitching", "border", "border error"),
              ("stitching", "content", "content error")]  # fmt: skip
    for panel, (stage, name, label) in zip(panels, wanted, strict=True):
        _panel(panel, [row for row in rows if row["stage"] == stage and name in row], name)
        panel.set(xscale="log", xlabel="generator evaluations a frame", ylabel=label, title=stage)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _panel(panel: Any, rows: Sequence[dict[str, Any]], name: str) -> None:
    for option in dict.fromkeys(row["option"] for row in rows):
        found = [row for row in rows if row["option"] == option]
        costs = [max(row["evaluations"] / row["frames"], 0.5) for row in found]
        panel.scatter(costs, [row[name] for row in found], label=option)
    panel.legend(fontsize=7)
    panel.grid(alpha=0.3)


def _value(rows: Sequence[dict[str, Any]], name: str, per: str | None = None) -> str:
    values = [row[name] / (row[per] if per else 1) for row in rows if name in row]
    if not values:
        return ""
    spread = f" ± {stdev(values):.2g}" if len(values) > 1 and stdev(values) > 0 else ""
    return f"{mean(values):.4g}{spread}"


def _ratio(base: Sequence[dict[str, Any]], rows: Sequence[dict[str, Any]], name: str) -> str:
    if not base or not mean(row[name] for row in rows):
        return ""
    return f"{mean(row[name] for row in base) / mean(row[name] for row in rows):.1f}x"
