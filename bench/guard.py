"""Fails when a change makes the project render more often than before.

    python -m bench.guard [--update]

Counts generator evaluations (a rendering with its backward pass counts three) of every tuning and stitching option on a
clip of synthetic crops, so that neither the machine nor the weights matter, and compares with `bench/evaluations.json`.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from hydra.utils import instantiate

from bench.counting import Counter
from bench.modes import STITCHING, TUNING
from bench.setup import config
from stitch_exp.config import signature
from stitch_exp.fitting.trainer import quiet_trainer
from stitch_exp.networks.roles import Heads
from stitch_exp.networks.stylegan2 import Generator
from stitch_exp.perceptual.pyramid import Pyramid
from stitch_exp.types import AlignedClip, EditedLatents, Pivots, TunedGenerator, Workspace, WPlus

RECORD = Path(__file__).with_name("evaluations.json")
SIDE, NUM_FRAMES = 32, 30


def main(arguments: Sequence[str] | None = None) -> None:
    """Count, compare, and exit with 1 when a count has risen."""
    parser = argparse.ArgumentParser(prog="python -m bench.guard", description=__doc__.splitlines()[0])
    parser.add_argument("--update", action="store_true", help="accept the present counts")
    options = parser.parse_args(arguments)
    counts = count_all()
    if options.update:
        RECORD.write_text(json.dumps(counts, indent=1) + "\n")
    risen = compare(counts, json.loads(RECORD.read_text()))
    for name, value in counts.items():
        print(f"{name:45s} {value / NUM_FRAMES:8.2f} evaluations a frame")
    sys.exit("\n".join(risen) if risen else 0)


def compare(counts: dict[str, int], record: dict[str, int]) -> list[str]:
    """One sentence for every count that has risen, or that has no record."""
    return [
        f"{name}: {count} evaluations, {record.get(name, 'none')} recorded; "
        "make it cheaper, or accept it with python -m bench.guard --update"
        for name, count in counts.items()
        if count > record.get(name, -1)
    ]


def count_all() -> dict[str, int]:
    """Evaluations of each option on the synthetic clip; the published schedules are known and not run."""
    return {
        f"{group}: {name}": count(group, overrides)
        for group, modes in (("tuning", TUNING), ("stitching", STITCHING))
        for name, overrides in modes.items()
        if name not in ("pti", "border")
    }


def count(group: str, overrides: Sequence[str]) -> int:
    """Evaluations of one option."""
    torch.manual_seed(0)
    generator = Generator(
        z_dim=16, w_dim=16, img_resolution=SIDE, channel_base=512, channel_max=16, num_mapping_layers=1
    ).requires_grad_(False)
    codes = torch.randn(NUM_FRAMES, generator.num_ws, 16)
    stage = _stage(group, overrides, generator)
    counter, clip = Counter(generator), _clip()
    with counter.measure() as cost:
        if group == "tuning":
            stage(clip, Pivots(codes), Workspace())
        else:
            tuned = TunedGenerator(generator.state_dict(), codes, clip.crops, np.zeros(0))
            stage(clip, tuned, EditedLatents(WPlus(codes + 0.5), "guard", {}), Workspace())
    return cost.evaluations


def _stage(group: str, overrides: Sequence[str], generator: Generator) -> object:
    node = config(overrides)[group]
    offered = {
        "generator": generator,
        "segmenter": lambda crops, landmarks: Heads(np.ones(crops.shape[:3], np.float32)),
        "perceptual": Pyramid(num_levels=2, resize_px=None),
        "trainer": lambda **options: quiet_trainer("cpu", "32-true", **options),
        "device": torch.device("cpu"),
    }
    wanted = signature.parameters(node["_target_"]) or {}
    return instantiate(node, **{name: part for name, part in offered.items() if name in wanted}, _convert_="all")


def _clip() -> AlignedClip:
    pixels = np.random.default_rng(0).integers(0, 255, (NUM_FRAMES, SIDE, SIDE, 3), np.uint8)
    return AlignedClip(
        crops=pixels,
        frame_index=np.arange(NUM_FRAMES),
        frame_from_crop=np.tile(np.eye(3), (NUM_FRAMES, 1, 1)),
        quads=np.zeros((NUM_FRAMES, 4, 2)),
        landmarks=np.full((NUM_FRAMES, 68, 2), SIDE / 2),
        status=("detected",) * NUM_FRAMES,
    )


if __name__ == "__main__":
    main()
