"""The benchmarks count what they say they count, and their tables say it."""

import json
from pathlib import Path

import torch

from bench import guard, tables
from bench.counting import Cost, Counter
from bench.modes import STITCHING, TUNING
from bench.versus import versus
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
    generator(codes(4))
    assert (cost.with_gradient, cost.forward, cost.evaluations) == (3, 2, 11)


def test_the_guard_complains_about_more_work_only() -> None:
    assert guard.compare({"a": 3, "b": 2}, {"a": 3, "b": 4}) == []
    assert len(guard.compare({"a": 4, "new": 1}, {"a": 3})) == 2


def test_every_option_has_a_recorded_count() -> None:
    counted = {f"{group}: {name}" for group, modes in (("tuning", TUNING), ("stitching", STITCHING)) for name in modes}
    assert set(json.loads(guard.RECORD.read_text())) == counted - {"tuning: pti", "stitching: border"}


def row(option: str, repeat: int, seconds: float, spread: tuple[float, ...] = ()) -> dict[str, object]:
    return {
        "clip": "sample", "frames": 10, "stage": "stitching", "option": option, "repeat": repeat, "spread": spread,
        "evaluations": 10 * seconds, "seconds": seconds, "peak_mb": 1.0, "border": 0.1 * seconds, "content": 0.2,
    }  # fmt: skip


def test_tables_and_plot(tmp_path: Path) -> None:
    rows = [row("border", 0, 1000.0, (900.0, 1100.0)), row("border_fast", 0, 9.0), row("border_fast", 1, 11.0)]
    tables.write_tables(rows, tmp_path)
    text = (tmp_path / "schedules.md").read_text()
    assert "| border_fast | 10 | 10 (9 to 11) | 100x (81.8 to 122) | 1 | 1 (0.9 to 1.1) | 0.2 |" in text
    assert (tmp_path / "schedules.png").stat().st_size > 1000


def test_published_against_default_in_one_table() -> None:
    rows = [row("border", 0, 1000.0), row("border_fast", 0, 9.0), row("border_fast", 1, 11.0)]
    rows += [row(option, 0, seconds) | {"stage": "tuning"} for option, seconds in (("pti", 400.0), ("pti_fast", 20.0))]
    rows += [
        row(option, 0, seconds) | {"stage": "edit", "second_edit": seconds / 2, "tl_id (delta)": 0.99}
        for option, seconds in (("published", 1400.0), ("default", 35.0))
    ]
    lines = versus(rows, ["sample", "never measured"]).splitlines()
    assert lines[0] == "| published / default | sample |"
    assert "| stitching alone: times faster | 100x (90.9 to 111) |" in lines
    assert "| one edit, cold: seconds | 1400 / 35 |" in lines
    assert "| TL-ID, `composite=delta` | 0.99 / 0.99 |" in lines


def test_the_pace_of_each_third() -> None:
    cost = Cost(seconds=14.0, marks=[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0])
    first, second, third = cost.parts()
    assert first < second < third
    assert Cost(seconds=1.0, marks=[0.5]).parts() == []
