"""One tuning step and one stitching step against steps that compute as the published implementation does.

    python -m bench.steps [--sides 128 256 512 1024] [--repeats 5] [--out outputs/bench]

Ours and the reference alternate within one process; the ratio within each round is taken and the median of the ratios
reported, so that other work on the machine does not matter. Weights are random: the time does not depend on them. The
published tuning loops run with unfused modulation (`unfused`); `grouped` is the fused form with grouped convolutions.

Ours are the published update of the generator by our networks (`pti`, `stitching`), in float32 and in what the fast
modes take as `native`, and the whole update of `tuning=pti_fast` (`pti_fast`: coarse layers kept, Muon).
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

import lpips
import torch
from torch import Tensor

from bench.reference import ReferenceGenerator
from stitch_exp.fitting.muon import Muon
from stitch_exp.host.hardware import multiplies_bfloat16
from stitch_exp.losses.border import BorderLoss
from stitch_exp.losses.reconstruction import Reconstruction, Target
from stitch_exp.networks.stylegan2 import Generator

CHANNELS = {128: (4096, 256), 256: (8192, 256), 512: (16384, 512), 1024: (32768, 512)}
"""Channel base and maximum: the embedded model's family for small sides, FFHQ's for 1024 px."""
Step = Callable[[], None]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and write `steps.json`."""
    parser = argparse.ArgumentParser(prog="python -m bench.steps", description=__doc__.splitlines()[0])
    parser.add_argument("--sides", type=int, nargs="+", default=[128, 256, 512, 1024])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path("outputs/bench"))
    options = parser.parse_args(arguments)
    rows = []
    for side in options.sides:
        for row in measure(side, options.repeats):
            rows.append(row)
            print(row, flush=True)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "steps.json").write_text(json.dumps(rows, indent=1))


def measure(side: int, repeats: int) -> list[dict[str, Any]]:
    """Ratios ours / reference for every step at one side, against both forms of the reference."""
    bench = Bench(side)
    rows = []
    for ours, reference in (
        ({"pti": bench.tuning_step, "pti_fast": bench.fast_tuning_step}, bench.reference_tuning_step),
        ({"stitching": bench.stitching_step}, bench.reference_stitching_step),
    ):
        variants = {(name, how): partial(run, how) for name, run in ours.items() for how in precisions()}
        theirs = {form: partial(reference, form) for form in ("unfused", "grouped")}
        rounds = [{key: timed(run) for key, run in {**variants, **theirs}.items()} for _ in range(repeats + 1)][1:]
        for (name, how), form in product(variants, theirs):
            ratios = sorted(times[name, how] / times[form] for times in rounds)
            rows.append({
                "step": name, "side": side, "precision": how, "reference": form, "ratio": round(median(ratios), 3),
                "spread": [round(ratios[0], 3), round(ratios[-1], 3)],
                "ours_s": round(median(times[name, how] for times in rounds), 3),
                "reference_s": round(median(times[form] for times in rounds), 3),
            })  # fmt: skip
    return rows


def precisions() -> list[str]:
    """float32, and bfloat16 where this machine multiplies it."""
    return ["float32", "bfloat16"] if multiplies_bfloat16(torch.device("cpu")) else ["float32"]


def timed(step: Step) -> float:
    """Seconds of one call."""
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


class CachedLpips:
    """The same network as a perceptual network of the project: features apart from their comparison."""

    def __init__(self, network: lpips.LPIPS) -> None:
        self.network = network

    def features(self, images: Tensor) -> list[Tensor]:
        layers = self.network.net(self.network.scaling_layer(images))
        return [lpips.normalize_tensor(layer) for layer in layers]

    def compare(self, features_a: list[Tensor], features_b: list[Tensor]) -> Tensor:
        pairs = zip(self.network.lins, features_a, features_b, strict=True)
        return sum(linear((a - b) ** 2).mean(dim=(1, 2, 3)) for linear, a, b in pairs)


class Bench:
    """Both kinds of steps at one side."""

    def __init__(self, side: int) -> None:
        torch.manual_seed(0)
        base, most = CHANNELS[side]
        self.generator = Generator(img_resolution=side, channel_base=base, channel_max=most, num_mapping_layers=1)
        self.generator.mapping.requires_grad_(False)
        self.code = torch.randn(1, self.generator.num_ws, 512)
        self.source, self.edited = torch.rand(2, 1, 3, side, side) * 2 - 1
        self.masks = (torch.rand(2, 1, side, side) > 0.5).float()
        parameters = list(self.generator.synthesis.parameters())
        self.ours = torch.optim.Adam(parameters, lr=3e-5, fused=True)
        coarse = {parameter for layers in self.generator.layers_below(16) for parameter in layers.parameters()}
        fine = [parameter for parameter in parameters if parameter not in coarse]
        self.muon = Muon(fine, kernel_rate=0.0, learning_rate=0.0)
        self.theirs = torch.optim.Adam(parameters, lr=3e-5, foreach=False)
        self.perceptual = lpips.LPIPS(net="alex", pretrained=False, pnet_rand=True, verbose=False).requires_grad_(False)
        self.network = CachedLpips(self.perceptual)
        self.loss = Reconstruction(10.0, 1.0, min(side, 256))
        with torch.no_grad():
            self.target = Target(self.source, self.loss.features(self.source, self.network))

    def tuning_step(self, precision: str) -> None:
        """Ours: shared convolutions, cached target features, LPIPS at 256 px at most, fused Adam."""
        self._update(self._reconstruction(precision), self.ours)

    def fast_tuning_step(self, precision: str) -> None:
        """The update of `tuning=pti_fast`: nothing below 16 px has a gradient, kernels are orthogonalised."""
        for layers in self.generator.layers_below(16):
            layers.requires_grad_(False)
        self._update(self._reconstruction(precision), self.muon)
        self.generator.synthesis.requires_grad_(True)

    def reference_tuning_step(self, form: str) -> None:
        """LPIPS of both images at full size in every step."""
        image = ReferenceGenerator(self.generator, form == "grouped")(self.code)
        loss = 10 * (image - self.source).square().mean() + self.perceptual(image, self.source).mean()
        self._update(loss, self.theirs)

    def stitching_step(self, precision: str) -> None:
        """Ours: the same objective."""
        with self._precision(precision):
            images = self.generator(self.code)
        terms = BorderLoss("l2", 0.01)(images, self.source, self.edited, *self.masks)
        self._update(terms["loss"].mean(), self.ours)

    def reference_stitching_step(self, form: str) -> None:
        """Both masked errors written out."""
        image = ReferenceGenerator(self.generator, form == "grouped")(self.code)
        parts = [_masked(image, goal, mask) for goal, mask in zip((self.source, self.edited), self.masks, strict=True)]
        self._update(parts[0] + 0.01 * parts[1], self.theirs)

    def _reconstruction(self, precision: str) -> Tensor:
        with self._precision(precision):
            return self.loss(self.generator(self.code), self.target, self.network)["loss"].mean()

    def _precision(self, name: str) -> torch.autocast:
        return torch.autocast("cpu", torch.bfloat16, enabled=name == "bfloat16")

    def _update(self, loss: Tensor, optimiser: torch.optim.Optimizer) -> None:
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


def _masked(image: Tensor, goal: Tensor, mask: Tensor) -> Tensor:
    return (image * mask - goal * mask).square().sum() / mask.sum()


if __name__ == "__main__":
    main()
