"""Seconds of processor time for a picture and for an update of the tuning, beside what the machine allows at most.

    python -m bench.limits [--model ffhq_mobile] [--sides 128 256 512] [--repeats 5] [--compile] [--out outputs/bench]

One thread. Both limits are measured in the same process, between the pictures: the multiply-adds of the work by the
rate of a product of two matrices, and the bytes it moves by the rate of a copy that no cache holds. Bytes count every
tensor once for each operation that reads or writes it (`bench.arithmetic`), so the second is the limit of a program
that runs these operations one by one; only a compiler that fuses them can beat it.
"""

import argparse
import json
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from torch import Tensor

from bench.arithmetic import Work
from bench.setup import config
from stitch_exp.building.builder import Builder
from stitch_exp.host.hardware import multiplies_bfloat16
from stitch_exp.networks.roles import Generator
from stitch_exp.ops.ranges import to_pixels
from stitch_exp.tuning.base import starting_generator
from stitch_exp.tuning.targets import Targets
from stitch_exp.types import Pivots

MATRIX, COPY = 1024, 1 << 26
"""Side of the matrices, and bytes of the copied block (64 MiB: beyond the caches' share of a core)."""
Row = dict[str, Any]
Run = Callable[[], Any]


def main(arguments: Sequence[str] | None = None) -> list[Row]:
    """Measure, print the table, write `limits.json`."""
    parser = argparse.ArgumentParser(prog="python -m bench.limits", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="ffhq_mobile")
    parser.add_argument("--sides", type=int, nargs="+", default=[128, 256, 512])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--compile", action="store_true", help="also a picture by torch.compile (minutes a side)")
    parser.add_argument("--out", type=Path, default=Path("outputs/bench"))
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    rows = []
    for side in options.sides:
        bench = Bench(options.model, side)
        for precision in precisions():
            rows += measured(bench, precision, options.repeats)
        if options.compile:
            rows.append(compiled(bench, options.repeats))
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "limits.json").write_text(json.dumps(rows, indent=1))
    print(table(rows))
    return rows


def precisions() -> list[str]:
    """float32, and bfloat16 where this machine multiplies it."""
    return ["float32", *(["bfloat16"] if multiplies_bfloat16(torch.device("cpu")) else [])]


def measured(bench: "Bench", precision: str, repeats: int) -> list[Row]:
    """A row for a picture and one for an update, with the limits that were measured in between."""
    kind = torch.bfloat16 if precision == "bfloat16" else torch.float32
    matrix, block = torch.randn(MATRIX, MATRIX, dtype=kind), torch.ones(COPY // 4)
    runs: dict[str, Run] = {
        "picture": lambda: bench.picture(precision),
        "update": lambda: bench.update(precision),
        "matrix": lambda: matrix @ matrix,
        "copy": block.clone,
    }
    rounds = [{name: processor_time(run) for name, run in runs.items()} for _ in range(repeats + 1)][1:]
    spent = {name: median(one[name] for one in rounds) for name in runs}
    rates = MATRIX**3 / spent["matrix"], 2 * COPY / spent["copy"]
    return [row(what, bench.side, precision, spent[what], counted(runs[what]), rates) for what in ("picture", "update")]


def row(what: str, side: int, how: str, seconds: float, work: tuple[int, int], rates: tuple[float, float]) -> Row:
    """One line of the table.

    Args:
        what: `picture` or `update`.
        side: Of the picture.
        how: Precision, or the form of the program.
        seconds: Of processor time.
        work: Multiply-adds, and bytes moved.
        rates: The machine's, of both, in a second.
    """
    by_arithmetic, by_memory = (amount / rate for amount, rate in zip(work, rates, strict=True))
    return {
        "what": what, "side": side, "precision": how, "seconds": seconds, "multiply_adds": work[0], "bytes": work[1],
        "by_arithmetic": by_arithmetic, "by_memory": by_memory, "of_limit": seconds / (by_arithmetic + by_memory),
    }  # fmt: skip


def compiled(bench: "Bench", repeats: int) -> Row:
    """A picture by `torch.compile` against one without, alternating; or why there is none."""
    named: Row = {"what": "picture", "side": bench.side, "precision": "compile"}
    if not any(shutil.which(name) for name in ("g++", "c++", "clang++", "cl")):
        return named | {"failed": "no C++ compiler here"}
    try:
        fused = torch.compile(bench.generator.synthesis)
        code = bench.codes
        with torch.no_grad():
            rounds = [
                (processor_time(lambda: fused(code)), processor_time(lambda: bench.generator.synthesis(code)))
                for _ in range(repeats + 2)
            ][2:]
    except Exception as error:  # whatever a compiler cannot do is a sentence in the table
        return named | {"failed": f"{type(error).__name__}: {str(error).splitlines()[0][:120]}"}
    return named | {"seconds": median(a for a, _ in rounds), "of_eager": median(a / b for a, b in rounds)}


def counted(run: Run) -> tuple[int, int]:
    """Multiply-adds and bytes of one call."""
    with Work() as work:
        run()
    return work.multiply_adds, work.moved


def processor_time(run: Run) -> float:
    """Seconds of all threads of this process in one call."""
    start = time.process_time()
    run()
    return time.process_time() - start


class Bench:
    """A model at one side, and an update of its own tuning.

    Args:
        model: A bundle of `conf/model/`.
        side: Of the pictures.
    """

    def __init__(self, model: str, side: int) -> None:
        builder = Builder(config([f"model={model}", f"model.resolution={side}", "++model.sides=null"]))
        self.side, self.generator = side, builder.generator
        torch.manual_seed(0)
        noise = torch.randn(1, self.generator.z_dim)
        with torch.no_grad():
            self.codes = self.generator.map(noise, truncation_psi=0.7)
            crops = to_pixels(self.generator(self.codes))
        self._tuner(builder, np.clip(crops.astype(np.int64) + 9, 0, 255).astype(np.uint8))

    def _tuner(self, builder: Builder, crops: np.ndarray) -> None:
        stage = builder.stage("tuning")
        tuned: Generator = starting_generator(self.generator, {}, torch.device("cpu"))
        for layers in tuned.layers_below(stage.from_px):
            layers.requires_grad_(False)
        targets = Targets(crops, stage.loss, stage.perceptual, torch.device("cpu"), stage.cache_features)
        self.tuner = stage._tuner(tuned, targets, Pivots(self.codes), stage._rate(1))
        self.optimiser = self.tuner.configure_optimizers()["optimizer"]

    @torch.no_grad()
    def picture(self, precision: str) -> Tensor:
        """One rendering."""
        with _precision(precision):
            return self.generator(self.codes)

    def update(self, precision: str) -> None:
        """One update of the weights on one frame, as the tuning of the model makes it."""
        with _precision(precision):
            loss = self.tuner.training_step(torch.tensor([0]), 0)["loss"]
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()


def _precision(name: str) -> Any:
    return torch.autocast("cpu", torch.bfloat16) if name == "bfloat16" else nullcontext()


def table(rows: Sequence[Row]) -> str:
    """Markdown; times in milliseconds of processor time."""
    head = (
        "| | multiply-adds, G | moved, GB | ms | by arithmetic, ms | by memory, ms | ms / both |\n|---|" + "---:|" * 6
    )
    return "\n".join([head, *map(_line, rows)])


def _line(one: Row) -> str:
    name = f"| {one['what']}, {one['side']} px, {one['precision']} |"
    if "failed" in one:
        return f"{name} | | {one['failed']} | | | |"
    if "of_eager" in one:
        return f"{name} | | {1e3 * one['seconds']:.0f} | | | {one['of_eager']:.2f} of the time without |"
    amounts = f"{one['multiply_adds'] / 1e9:.2f} | {one['bytes'] / 1e9:.2f} | {1e3 * one['seconds']:.0f}"
    limits = f"{1e3 * one['by_arithmetic']:.0f} | {1e3 * one['by_memory']:.0f} | {one['of_limit']:.1f}"
    return f"{name} {amounts} | {limits} |"


if __name__ == "__main__":
    main()
