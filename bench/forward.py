"""Forward, and forward with backward, of our generator against a reference-equivalent one.

    python -m bench.forward [--side 1024] [--repeats 3]

Both run in turn in one process; the ratio of each pair is taken and the median reported.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from statistics import median

import torch
from torch import Tensor

from bench.reference import ReferenceGenerator
from bench.steps import CHANNELS
from stitch_exp.networks.stylegan2 import Generator


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print one line for each form of the reference."""
    parser = argparse.ArgumentParser(prog="python -m bench.forward", description=__doc__.splitlines()[0])
    parser.add_argument("--side", type=int, default=1024)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args(arguments)
    base, widest = CHANNELS[options.side]
    ours = Generator(img_resolution=options.side, channel_base=base, channel_max=widest)
    ws = torch.randn(1, ours.num_ws, ours.w_dim)
    for fused in (True, False):
        reference = ReferenceGenerator(ours, fused=fused)
        for name, run in (("forward", _forward), ("forward and backward", _both)):
            ratios = [run(ours, ws) / run(reference, ws) for _ in range(options.repeats + 1)][1:]
            form = "grouped" if fused else "unfused"
            print(f"{options.side} px, {form}: {name} {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")


@torch.no_grad()
def _forward(render: Callable[[Tensor], Tensor], ws: Tensor) -> float:
    start = time.perf_counter()
    render(ws)
    return time.perf_counter() - start


def _both(render: Callable[[Tensor], Tensor], ws: Tensor) -> float:
    start = time.perf_counter()
    render(ws).square().mean().backward()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
