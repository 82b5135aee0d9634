"""The published method against the default, clip by clip, in one table."""

from collections.abc import Callable, Sequence

from bench.cells import Row, ratio, value

QUALITY = (
    ("PSNR of the inversions, dB", "tuning", "psnr"),
    ("perceptual distance", "tuning", "perceptual"),
    ("drift of the edit", "tuning", "drift"),
    ("border error", "edit", "border"),
    ("content error", "edit", "content"),
    ("shake", "edit", "shake"),
    *(
        (f"{words}, `composite={composite}`", "edit", f"{name} ({composite})")
        for composite in ("feather", "delta")
        for words, name in (
            ("TL-ID", "tl_id"),
            ("TG-ID", "tg_id"),
            ("identity to source", "identity_to_source"),
            ("flicker, levels", "warp_error_excess"),
        )
    ),
)
PAIRS = {"tuning": ("pti", "pti_fast"), "stitching": ("border", "border_fast"), "edit": ("published", "default")}
Pair = tuple[list[Row], list[Row]]


def versus(rows: Sequence[Row], clips: Sequence[str]) -> str:
    """Markdown: one column a clip, each cell `published / default`; ratios are published over default."""
    pairs = {
        (clip, stage): tuple([row for row in rows if (row["clip"], row["stage"], row["option"]) == (clip, stage, name)]
                             for name in names)
        for clip in clips for stage, names in PAIRS.items()
    }  # fmt: skip
    measured = [clip for clip in clips if all(pairs[clip, stage][0] for stage in PAIRS)]

    def line(words: str, stage: str, cell: Callable[[Pair], str]) -> str:
        return f"| {words} | " + " | ".join(cell(pairs[clip, stage]) for clip in measured) + " |"

    lines = ["| published / default | " + " | ".join(measured) + " |", "|" + "---|" * (len(measured) + 1)]
    lines += [line("one edit, cold: seconds", "edit", both("seconds")), line("times faster", "edit", faster("seconds"))]
    lines += [line(f"{stage} alone: times faster", stage, faster("seconds")) for stage in ("tuning", "stitching")]
    lines += [line("a second edit: seconds", "edit", both("second_edit"))]
    lines += [line("times faster", "edit", faster("second_edit"))]
    lines += [line(words, stage, both(name)) for words, stage, name in QUALITY]
    return "\n".join(lines)


def both(name: str) -> Callable[[Pair], str]:
    """`published / default` of one figure."""
    return lambda pair: f"{value(pair[0], name)} / {value(pair[1], name)}"


def faster(name: str) -> Callable[[Pair], str]:
    """How many times faster the default is, with its spread."""
    return lambda pair: ratio(*pair, name)
