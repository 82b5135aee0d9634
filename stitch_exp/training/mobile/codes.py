"""Codes of rendered faces: one row of W for all layers, or two of them with a border between."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from stitch_exp.errors import DataError
from stitch_exp.networks.mobile_stylegan import MobileGenerator
from stitch_exp.training.storage import read_tensors, save_network

RULING_ROWS, IGNORED_ROWS = 10, 2
"""A first row that goes this far rules the face; a second one that leaves out this many rules it, too."""


@dataclass(frozen=True, slots=True)
class CodesPlan:
    """How random codes are drawn.

    Args:
        lowest_psi: Least truncation factor; each face's own is uniform between this and 1.
        mixed_share: Part of the faces whose later rows are another's.
        first_crossover: First row that a mixture may take from the other.
        last_crossover: Last such row.
    """

    lowest_psi: float
    mixed_share: float
    first_crossover: int
    last_crossover: int


@dataclass(frozen=True, slots=True)
class Codes:
    """Codes of N faces.

    Args:
        first: Row of W up to the crossover.
        second: Row of W from there on.
        crossover: First row that is `second`; `num_ws` for a face that is all `first`.
        average: Mean of W.
        num_ws: Rows of a W+ code.
    """

    first: Float[Tensor, "N D"]
    second: Float[Tensor, "N D"]
    crossover: Int[Tensor, " N"]
    average: Float[Tensor, " D"]
    num_ws: int

    def rows(self, indices: Int[Tensor, " B"]) -> Float[Tensor, "B L D"]:
        """W+ codes of some of the faces."""
        mine = torch.arange(self.num_ws)[None, :, None] < self.crossover[indices, None, None]
        return torch.where(mine, self.first[indices, None], self.second[indices, None])

    def some(self, indices: Int[Tensor, " B"]) -> "Codes":
        """Codes of some of the faces, in this order."""
        return replace(self, first=self.first[indices], second=self.second[indices], crossover=self.crossover[indices])

    def single(self) -> tuple[Float[Tensor, "N D"], Bool[Tensor, " N"]]:
        """A row of W that stands for each face, and whether it does: it must rule the rows up to 128 px."""
        mine, others = self.crossover >= RULING_ROWS, self.crossover <= IGNORED_ROWS
        return torch.where(others[:, None], self.second, self.first), mine | others

    def spread(self) -> Float[Tensor, ""]:
        """Mean square of the codes about the average."""
        return (torch.cat([self.first, self.second]) - self.average).square().mean()


@torch.no_grad()
def draw(generator: MobileGenerator, count: int, plan: CodesPlan, seed: int) -> Codes:
    """Random codes, the same for the same seed; a longer draw does not begin with a shorter one."""
    source = torch.Generator().manual_seed(seed)
    psi = plan.lowest_psi + (1 - plan.lowest_psi) * torch.rand(count, 1, generator=source)
    average = generator.w_avg
    first, second = (
        average.lerp(generator.mapping(torch.randn(count, generator.z_dim, generator=source)), psi) for _ in range(2)
    )
    mixed = torch.rand(count, generator=source) < plan.mixed_share
    border = torch.randint(plan.first_crossover, plan.last_crossover + 1, (count,), generator=source)
    return Codes(first, second, torch.where(mixed, border, generator.num_ws), average, generator.num_ws)


def save_codes(path: Path, codes: Codes, licence: str) -> None:
    """Writes codes in single precision: a later fit must meet exactly what was rendered."""
    tensors = {"w_first": codes.first, "w_second": codes.second, "crossover": codes.crossover, "w_avg": codes.average}
    arguments = {"num_ws": codes.num_ws}
    save_network(path, tensors, network="codes", arguments=arguments, licence=licence, half=False)


def load_codes(path: Path, num_ws: int) -> Codes:
    """Reads what `save_codes` wrote.

    Raises:
        DataError: Something is missing.
    """
    tensors, _ = read_tensors(path)
    missing = [key for key in ("w_first", "w_second", "crossover", "w_avg") if key not in tensors]
    if missing:
        raise DataError(f"'{path}' has no {', '.join(missing)}; stage=mobile_samples writes such files")
    crossover = tensors["crossover"].long()
    return Codes(tensors["w_first"], tensors["w_second"], crossover, tensors["w_avg"].flatten(), num_ws)


def numbered(codes: Codes, names: Sequence[str]) -> Codes:
    """Codes of pictures whose file names are their numbers.

    Raises:
        DataError: A picture has no number, or no code.
    """
    numbers = [int(stem) if (stem := Path(name).stem).isdigit() else -1 for name in names]
    for name, number in zip(names, numbers, strict=True):
        if not 0 <= number < len(codes.first):
            raise DataError(f"picture '{name}' has none of the {len(codes.first)} codes; set stage.codes to its file")
    return codes.some(torch.tensor(numbers, dtype=torch.long))
