"""The benchmarks count what they say they count, and their tables say it."""

from pathlib import Path

import torch

from bench import guard, tables
from bench.counting import Counter
from stitch_exp.networks.tuned import tunable_copy
from stitch_exp.types import WPlus
from tests.small_clip import CPU, codes, tiny_generator


def test_copies_are_counted_too() -> None:
    generator = tiny_generator()
    counter = Counter(generator)
    copy = tunable_copy(generator, CPU)
    with counter.measure() as cost:
        copy(codes(3)).sum().backward()
        with torch.no_grad():
            WPlus(codes(2)).render(generator)
    assert (cost.with_gradient, cost.forward, cost.evaluations) == (3, 2, 11)


def test_the_guard_complains_about_more_work_only() -> None:
    assert guard.compare({"a": 3, "b": 2}, {"a": 3, "b": 4}) == []
    assert len(guard.compare({"a": 4, "new": 1}, {"a": 3})) == 2


def test_every_option_has_a_recorded_count() -> None:
    assert "tuning: pti_fast" in guard.RECORD.read_text()


def row(option: str, repeat: int, evaluations: int) -> dict[str, object]:
    return {
        "clip": "sample", "frames": 10, "stage": "stitching", "option": option, "repeat": repeat,
        "evaluations": evaluations, "seconds": float(evaluations), "peak_mb": 1.0, "border": 0.1, "content": 0.2,
    }  # fmt: skip


def test_tables_and_plot(tmp_path: Path) -> None:
    tables.write_tables([row("border", 0, 1000), row("border_fast", 0, 90), row("border_fast", 1, 110)], tmp_path)
    text = (tmp_path / "schedules.md").read_text()
    assert "| border_fast | 10 ± 1.4 | 10.0x |" in text
    assert (tmp_path / "schedules.png").stat().st_size > 1000
