"""The page `docs/results.md`: claims, tables, plots and frames of the ablation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote

from stitch_exp.report import figures
from stitch_exp.report.claims import judge
from stitch_exp.report.finished import FinishedRun
from stitch_exp.report.formats import CAPTION, markdown_table
from stitch_exp.report.records import read_json
from stitch_exp.report.statistics import holm
from stitch_exp.report.table import Entry, Table, build
from stitch_exp.types import Clip

TABLES = {
    "Identity and steadiness": (
        "tl_id", "tg_id", "identity_to_source", "alignment_jitter", "warp_error_excess", "motion_kept", "edit_change",
    ),
    "Did the edit take, and only it": (
        "age_change", "age_change_spread", "gender_change", "smile_change", "mouth_change", "eyes_change",
        "skin_change",
    ),
    "Seam and fidelity": (
        "seam_error", "head_seam", "seam_crop_before", "seam_crop_after", "stitch_change", "psnr", "ssim", "sharpness",
        "background_change",
    ),
    "Cost": ("seconds_per_frame", "peak_memory_mb"),
}  # fmt: skip

BESIDE_PAPER = ("tl_id", "tg_id", "identity_to_source", "age_change", "age_change_spread", "psnr")

HEAD = """# Results: what each part does

This page is rebuilt by `make ablation` and is not edited by hand; every number comes from the records of the runs.
`docs/metrics.md` defines the metrics.
"""


PAPER = """| as published | TL-ID | TG-ID |
|---|---:|---:|
| Latent Transformer (Yao et al. 2021) | 0.976 | 0.811 |
| PTI (Roich et al. 2021) | – | 0.901 |
| Stitch it in Time (Tzaban et al. 2022) | 0.996 | 0.933 |

Published numbers are quoted from texts about the paper; PTI's TL-ID was in none of them. Ours may differ for four
reasons: other clips (theirs are in-the-wild videos, ours are short), another generator, another recogniser (the name
and hash of ours are below the table), and another strength of the edit: weaker edits keep more identity, so that
methods compare at an equal achieved edit only (judged age).
"""


FOOT = """
A claim holds when taking the part away is worse on every clip (TL-ID, TG-ID: farther from 1). p is the chance of so
large a difference if its sign were the toss of a coin on each clip, corrected after Holm for the number of claims.
With n clips it cannot be less than 1/2^n.
"""


def write_results(
    runs: Sequence[FinishedRun],
    entries: Sequence[Entry],
    failed: Sequence[tuple[str, str]],
    docs: Path,
    source_of: Callable[[FinishedRun], Clip | None] = lambda run: None,
    beside: Sequence[Entry] = (),
) -> Path:
    """Write the page and its pictures.

    Args:
        runs: The finished cells.
        entries: The same runs as rows of tables.
        failed: Name and reason of cells without a result.
        docs: Where `results.md` and `results/` go.
        source_of: Opens the source of a run again; None when it is gone.
        beside: Runs of the paper's methods as rows of tables; the published numbers stand beside them.
    """
    pictures = docs / "results"
    pictures.mkdir(parents=True, exist_ok=True)
    labelled = list(zip((entry.method for entry in entries), runs, strict=True))
    tables = build(entries)
    parts = [
        HEAD,
        _setting(runs),
        _claims(entries),
        *(_tables(table) for table in tables),
        _beside_the_paper(beside),
        "## Over time\n",
    ]
    parts += [_picture(path, docs) for path in figures.curves(labelled, pictures)]
    parts += ["## Where the time goes\n", _picture(figures.time_bars(labelled, pictures), docs)]
    parts += ["## Frames\n", *(_picture(path, docs) for path in figures.sheets(labelled, pictures, source_of))]
    if failed:
        parts.append("## Failed cells\n\n" + "\n".join(f"- {name}: {reason}" for name, reason in failed) + "\n")
    page = docs / "results.md"
    page.write_text("\n".join(parts), encoding="utf-8")
    return page


def _setting(runs: Sequence[FinishedRun]) -> str:
    first = runs[0].config
    weights = read_json(runs[0].folder / "provenance.json").get("weights_sha256", {})
    clips = sorted({f"{run.clip_name} ({run.status.get('frames')} frames)" for run in runs})
    hashes = ", ".join(f"`{key}` {digest[:12]}" for key, digest in sorted(weights.items()))
    edit = " ".join(f"{key}={first['edit'][key]}" for key in ("attribute", "strength") if key in first.get("edit", {}))
    return (
        f"{_made(runs)}\n\nModel `{first.get('model', {}).get('name')}`, edit {edit}, seed {first.get('seed')}. "
        f"Clips: {'; '.join(clips)}. Weights (SHA-256): {hashes}.\n"
    )


def _made(runs: Sequence[FinishedRun]) -> str:
    """When and on what the runs were made."""
    stories = [read_json(run.folder / "provenance.json") for run in runs]
    days = sorted({str(story.get("made_at", ""))[:10] for story in stories} - {""})
    commits = sorted({str(story["commit"]) for story in stories if story.get("commit")})
    machine, versions = stories[0].get("machine", {}), stories[0].get("versions", {})
    parts = [
        f"Made on {' to '.join(dict.fromkeys((days[0], days[-1])))}" if days else "",
        f"at commit {', '.join(commits)}" if commits else "",
        f"with torch {versions['torch']}" if "torch" in versions else "",
        f"on {machine['device']} ({machine.get('system')}, {machine.get('processor')})" if "device" in machine else "",
    ]
    return " ".join(part for part in parts if part) + "." if any(parts) else "When they were made is not recorded."


def _beside_the_paper(entries: Sequence[Entry]) -> str:
    if not entries:
        return ""
    tables = (table.narrowed(BESIDE_PAPER) for table in build(entries))
    ours = [markdown_table(table) for table in tables if table.columns]
    head = "## Beside the paper\n\n`python run.py -m experiment=paper_table`, on the same clips:\n"
    return "\n".join([head, *ours, PAPER])


def _claims(entries: Sequence[Entry]) -> str:
    verdicts = judge(entries)
    corrected = holm([verdict.chance for verdict in verdicts])
    rows = [verdict.row(chance) for verdict, chance in zip(verdicts, corrected, strict=True)]
    lines = [
        "## Do the paper's claims hold?\n",
        "| claim | metric | full | without | p | p, corrected | outcome |",
        "|---|---|---:|---:|---:|---:|---|",
    ]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    lines.append(FOOT)
    return "\n".join(lines)


def _tables(table: Table) -> str:
    parts = ["## Tables\n", CAPTION + "\n"]
    for caption, names in TABLES.items():
        narrow = table.narrowed(names)
        if narrow.columns:
            parts += [f"### {caption}\n", markdown_table(narrow)]
    return "\n".join(parts)


def _picture(path: Path, docs: Path) -> str:
    return f"![{path.stem.replace('_', ' ')}]({quote(path.relative_to(docs).as_posix())})\n"
