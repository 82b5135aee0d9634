"""Everything worth knowing about one card, in one JSON.

    python -m bench.gpu [--out outputs/bench/gpu.json] [--minutes 8]
    python -m bench.gpu --device cpu --quick

Limits by arithmetic and by memory, parity with the CPU, seconds per picture and per update by side, precision and form,
live frames a second, peak memory. Weights are random: neither time nor parity depends on them. A measurement that fails
is a sentence in its place, and none is begun when the time is over.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import Tensor

from bench.steps import CHANNELS
from stitch_exp.networks.live_unet import LiveUNet
from stitch_exp.networks.stylegan2 import Generator

SIDES, PRECISIONS, FORMS = (256, 512, 1024), ("float32", "tf32", "bf16"), ("eager", "compile", "graphs")
Row = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Measure, write the JSON, return it."""
    parser = argparse.ArgumentParser(prog="python -m bench.gpu", description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda", choices=("cuda", "cpu"))
    parser.add_argument("--quick", action="store_true", help="tiny sizes: does it run at all")
    parser.add_argument("--minutes", type=float, default=8.0)
    parser.add_argument("--out", type=Path, default=Path("outputs/bench/gpu.json"))
    options = parser.parse_args(arguments)
    bench = Bench(torch.device(options.device), options.quick, options.minutes * 60)
    found = bench.all()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(found, indent=1))
    print(f"{options.out}: {len(found['rows'])} rows in {found['seconds']:.0f} s on {found['name']}")
    return found


class Bench:
    """Measures on one device.

    Args:
        device: Where.
        quick: Tiny sizes and few repeats.
        seconds: After so many nothing new is begun.
    """

    def __init__(self, device: torch.device, quick: bool, seconds: float) -> None:
        self.device, self.quick, self.begin = device, quick, time.perf_counter()
        self.seconds, self.repeats = seconds, 2 if quick else 7
        self.is_cuda = device.type == "cuda"

    def all(self) -> dict[str, Any]:
        """The whole JSON."""
        rows: list[Row] = [self.tried({"what": "limits"}, self.limits), self.tried({"what": "parity"}, self.parity)]
        sides = (32,) if self.quick else SIDES
        for form in FORMS[:1] if self.quick or not self.is_cuda else FORMS:
            for precision in PRECISIONS if self.is_cuda else ("float32", "bf16"):
                for side in sides:
                    row = {"what": "generator", "form": form, "precision": precision, "side": side}
                    rows.append(self.tried(row, lambda row=row: self.generator(**_without(row))))
                row = {"what": "live", "form": form, "precision": precision}
                rows.append(self.tried(row, lambda row=row: self.live(**_without(row))))
        name = torch.cuda.get_device_name() if self.is_cuda else "cpu"
        return {
            "name": name, "torch": torch.__version__, "quick": self.quick,
            "seconds": round(time.perf_counter() - self.begin, 1), "rows": rows,
        }  # fmt: skip

    def tried(self, row: Row, measure: Callable[[], Row]) -> Row:
        """The row with what was measured, or with why it was not."""
        if time.perf_counter() - self.begin > self.seconds:
            return row | {"skipped": "the time was over"}
        try:
            if self.is_cuda:
                torch.cuda.reset_peak_memory_stats()
            found = measure()
            peak = {"peak_mb": round(torch.cuda.max_memory_allocated() / 2**20)} if self.is_cuda else {}
            return row | found | peak
        except Exception as error:  # one form that fails must not cost the others
            return row | {"failed": f"{type(error).__name__}: {str(error)[:300]}"}

    def limits(self) -> Row:
        """What the machine can do at most: products of matrices, and copies of memory."""
        size, words = (8192, 1 << 28) if self.is_cuda else (2048, 1 << 25)
        if self.quick:
            size, words = 256, 1 << 20
        found: Row = {}
        for name, kind in (("float32", torch.float32), ("bf16", torch.bfloat16)):
            a = torch.randn(size, size, device=self.device, dtype=kind)
            found[f"tera_flops_{name}"] = 2 * size**3 / self.timed(lambda a=a: a @ a) / 1e12
        source = torch.zeros(words, device=self.device)
        target = torch.empty_like(source)
        found["gigabytes_a_second"] = 2 * 4 * words / self.timed(lambda: target.copy_(source)) / 1e9
        return found

    def parity(self) -> Row:
        """Largest difference between this device's pictures and the CPU's, in float32."""
        torch.manual_seed(0)
        side = 32 if self.quick else 256
        generator = _generator(side)
        ws = torch.randn(2, generator.num_ws, generator.w_dim)
        with torch.no_grad():
            here = generator(ws)
            there = generator.to(self.device)(ws.to(self.device)).cpu()
        return {"side": side, "largest_difference": float((here - there).abs().max()), "spread": float(here.std())}

    def generator(self, form: str, precision: str, side: int) -> Row:
        """Seconds of a picture, and of a picture with its backward pass."""
        generator = _generator(side).to(self.device)
        ws = torch.randn(1, generator.num_ws, generator.w_dim, device=self.device)

        @torch.no_grad()
        def picture() -> Tensor:
            return generator(ws)

        def update() -> None:
            generator.zero_grad(set_to_none=False)
            generator(ws).float().square().mean().backward()

        with self._context(precision):
            found = {"picture_s": self.timed(self._formed(picture, form))}
            return found | ({"update_s": self.timed(update)} if form == "eager" else {})

    def live(self, form: str, precision: str) -> Row:
        """Frames a second of the live network alone, one crop at a time."""
        side = 64 if self.quick else 256
        network = LiveUNet().eval().to(self.device, memory_format=torch.channels_last)
        crop, detail = (torch.zeros(1, count, side, side, device=self.device) for count in (3, 4))
        share = torch.ones(1, device=self.device)

        @torch.no_grad()
        def run() -> Tensor:
            return network(crop, share, detail).colour

        with self._context(precision):
            return {"side": side, "frames_a_second": 1 / self.timed(self._formed(run, form))}

    def _formed(self, run: Callable[[], Tensor], form: str) -> Callable[[], Any]:
        if form == "compile":
            return torch.compile(run)
        if form != "graphs":
            return run
        side_stream = torch.cuda.Stream()
        with torch.cuda.stream(side_stream):
            for _ in range(3):
                run()
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            run()
        return graph.replay

    def _context(self, precision: str) -> Any:
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision == "tf32"
        # A graph must hold the casts of its weights, not their cache.
        bf16 = torch.autocast(self.device.type, torch.bfloat16, cache_enabled=False)
        return bf16 if precision == "bf16" else nullcontext()

    def timed(self, run: Callable[[], Any]) -> float:
        """Median seconds of a call, after two that do not count."""
        spent = []
        for repeat in range(self.repeats + 2):
            start = time.perf_counter()
            run()
            if self.is_cuda:
                torch.cuda.synchronize()
            spent += [time.perf_counter() - start] if repeat >= 2 else []
        return median(spent)


def _generator(side: int) -> Generator:
    if side == 32:
        return Generator(z_dim=16, w_dim=16, img_resolution=32, channel_base=256, channel_max=16, num_mapping_layers=1)
    base, widest = CHANNELS[side]
    return Generator(img_resolution=side, channel_base=base, channel_max=widest)


def _without(row: Row) -> Row:
    return {key: value for key, value in row.items() if key != "what"}


if __name__ == "__main__":
    main()
