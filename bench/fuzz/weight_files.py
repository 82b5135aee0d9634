"""Damaged and hostile weight files: a network that renders, or a refusal in words, and nothing else may come of one.

    python -m bench.fuzz.weight_files --seed 0 --count 150 [--keep FOLDER]

Case n of a seed is always the same: a small file of one of many kinds, honest or built to deceive, with bytes damaged
in most cases, given to one of the loaders. Exits with 1 if a case ends in a traceback, a crash, after 60 s or beyond
4 GB.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import torch

from bench.fuzz import campaign
from bench.fuzz.children import GOOD, Limits, Result, run
from bench.fuzz.weight_kinds import KINDS
from stitch_exp.edit.directions import Directions
from stitch_exp.inverters.files import load_hypernetwork, load_inverter
from stitch_exp.networks.edit_files import load_latent_transformer, load_mapper, load_vector
from stitch_exp.networks.generator_files import load_generator
from stitch_exp.weights.convert import convert

LIMITS = Limits()
_UNTOUCHED = 0.3
_LOADERS = {
    "generator": 6,
    "inverter": 2,
    "hypernetwork": 1,
    "directions": 2,
    "vector": 1,
    "mapper": 1,
    "latent transformer": 1,
    "convert": 1,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Try the cases of a seed, print what ended badly and a count of endings."""
    parser = campaign.parser("weight_files", __doc__ or "", count=150)
    parser.add_argument("--keep", help="a folder for the files that end badly")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:

        def tried(number: int) -> Result:
            kind, path = make_case(options.seed, number, Path(scratch) / str(number))
            result = attempt(options.seed, number, path, Limits(seconds=options.seconds))
            if result.ending not in GOOD:
                _keep(number, path, options.keep)
            shutil.rmtree(path.parent)
            return replace(result, words=f"{kind}, {path.name}\n{result.words[-2000:]}")

        campaign.tell("weight files", options, tried, _report)


def make_case(seed: int, number: int, folder: Path) -> tuple[str, Path]:
    """Case `number` of a seed: its kind, and its file, written into `folder`."""
    rng = Random(f"{seed}:{number}")
    torch.manual_seed(number)
    folder.mkdir(parents=True)
    kind = rng.choice(sorted(KINDS))
    path = folder / rng.choice(("x.pt", "x.pkl", "x.safetensors", "x.npy", "x"))
    KINDS[kind](path, rng)
    if rng.random() > _UNTOUCHED:
        path.write_bytes(damaged(path.read_bytes(), rng))
    return kind, path


def damaged(content: bytes, rng: Random) -> bytes:
    """The bytes with a few of them changed, cut, repeated or moved, most often near the beginning or the end."""
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        if not data:
            break
        near = min(len(data), 600)
        at = rng.choice((rng.randrange(len(data)), rng.randrange(near), len(data) - 1 - rng.randrange(near)))
        match rng.randrange(6):
            case 0:
                data[at] ^= 1 << rng.randrange(8)
            case 1:
                data[at : at + 4] = rng.choice((b"\xff\xff\xff\xff", bytes(4), b"\xff\xff\xff\x7f", rng.randbytes(4)))
            case 2:
                del data[at : at + rng.choice((1, 8, 100))]
            case 3:
                data[at:at] = data[at : at + rng.choice((1, 8, 100))]
            case 4:
                del data[at:]
            case _:
                data[at] = rng.choice(b"(.)0}]tRqjhcK\x80\x85\x93N")
    return bytes(data)


def attempt(seed: int, number: int, path: Path, limits: Limits) -> Result:
    """Give one case to a loader in a process of its own."""
    rng = Random(f"{seed}:{number}:loader")
    loader = rng.choices(list(_LOADERS), list(_LOADERS.values()))[0]
    return run(lambda: load(loader, path), path.parent / "log", limits)


def load(loader: str, path: Path) -> None:
    """Load a file as one of the networks, and let a generator that comes of it render."""
    torch.set_num_threads(1)
    if loader == "generator":
        generator = load_generator(path)
        image = generator(generator.map(torch.zeros(1, generator.z_dim)))
        assert image.isfinite().all() or max(value.abs().max() for value in generator.parameters()) > 1e3
    elif loader == "directions":
        known = Directions(path)
        for name in known.vectors:
            assert known[name].isfinite().all()
    elif loader == "convert":
        convert(path, path.with_name("converted.safetensors"))
    else:
        {
            "inverter": load_inverter,
            "hypernetwork": load_hypernetwork,
            "vector": load_vector,
            "mapper": load_mapper,
            "latent transformer": load_latent_transformer,
        }[loader](path)


def _report(number: int, result: Result) -> None:
    told = f"case {number} ended in {result.ending} after {result.seconds:.1f} s with {result.megabytes:.0f} MB"
    print(f"{told}: {result.words}", flush=True)


def _keep(number: int, path: Path, keep: str | None) -> None:
    if keep:
        Path(keep).mkdir(parents=True, exist_ok=True)
        shutil.copy(path, Path(keep) / f"{number}_{path.name}")


if __name__ == "__main__":
    main()
