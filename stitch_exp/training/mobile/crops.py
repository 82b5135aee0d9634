"""What the heads are fitted on: features of inner blocks, and the area average of the full picture over them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from stitch_exp.networks.mobile_stylegan import HEAD_CHANNELS, MobileGenerator
from stitch_exp.training.mobile.codes import Codes
from stitch_exp.training.storage import read_tensors, save_network

MARGIN = 1
"""Features around a crop, for the head's 3x3 kernel."""
FACE = ((0.25, 0.55), (0.15, 0.5))
"""Where half of the crops begin, down and across, as shares of the side: on the face."""
RENDERED_SIDE = 512


@dataclass(frozen=True, slots=True)
class HeadCrops:
    """Crops for the head of one side.

    Args:
        features: Output of the block, with `MARGIN` px around the crop.
        pictures: Area average of the full picture, in about [-1, 1].
        rows: The row of W+ that styles the head.
    """

    features: Float[Tensor, "N C P P"]
    pictures: Float[Tensor, "N 3 Q Q"]
    rows: Float[Tensor, "N D"]


def head_row(generator: MobileGenerator, side: int) -> int:
    """The row of W+ that styles the head of a side; see `MobileGenerator._styles`."""
    return 1 + 2 * (1 + generator.synthesis.sides.index(side))


def cut_crops(generator: MobileGenerator, codes: Codes, crop_sides: Mapping[int, int], folder: Path, seed: int) -> None:
    """Renders each face once and stores one crop a side in `folder`; faces stored already are passed over.

    Args:
        crop_sides: Side of the crops by side of the head, px.
    """
    for index in range(len(codes.first)):
        path = folder / f"{index:05d}.safetensors"
        if path.is_file():
            continue
        draws = torch.Generator().manual_seed(seed * 100_003 + index)
        tensors = _cut(generator, codes.rows(torch.tensor([index])), crop_sides, draws)
        save_network(path, tensors, network="crops", arguments={}, licence="as the generator's", half=True)


def load_crops(folder: Path, side: int) -> HeadCrops:
    """All crops of a side, in the order of their faces."""
    names = [f"{part}{side}" for part in ("features", "picture", "row")]
    stored = [read_tensors(path)[0] for path in sorted(folder.glob("*.safetensors"))]
    return HeadCrops(*(torch.stack([tensors[name] for tensors in stored]) for name in names))


@torch.no_grad()
def _cut(
    generator: MobileGenerator, rows: Float[Tensor, "1 L D"], crop_sides: Mapping[int, int], draws: torch.Generator
) -> dict[str, Tensor]:
    with recorded(generator, list(crop_sides)) as outputs:
        picture = generator(rows, resolution=RENDERED_SIDE)
    found = {}
    for side, crop in crop_sides.items():
        top, left = _corner(side, crop, draws)
        around = slice(top - MARGIN, top + crop + MARGIN), slice(left - MARGIN, left + crop + MARGIN)
        small = F.interpolate(picture, (side, side), mode="area")[0]
        found[f"features{side}"] = outputs[side][0, :, around[0], around[1]]
        found[f"picture{side}"] = small[:, top : top + crop, left : left + crop]
        found[f"row{side}"] = rows[0, head_row(generator, side)]
    return found


@contextmanager
def recorded(generator: MobileGenerator, sides: Sequence[int]) -> Iterator[dict[int, Tensor]]:
    """Fills a dictionary with the features of these sides whenever the generator renders."""
    assert set(sides) <= set(HEAD_CHANNELS)
    outputs: dict[int, Tensor] = {}

    def keep(side: int):
        return lambda _, __, output: outputs.update({side: output})

    handles = [generator.synthesis.block(side).register_forward_hook(keep(side)) for side in sides]
    try:
        yield outputs
    finally:
        for handle in handles:
            handle.remove()


def _corner(side: int, crop: int, draws: torch.Generator) -> tuple[int, int]:
    """Top left corner of a crop that has its margin: anywhere, or on the face."""
    last = side - crop - MARGIN
    spans = FACE if torch.rand((), generator=draws) < 0.5 else ((0.0, 1.0), (0.0, 1.0))
    places = [int(side * (low + (high - low) * torch.rand((), generator=draws).item())) for low, high in spans]
    top, left = (min(max(place, MARGIN), last) for place in places)
    return top, left
