"""StyleCLIP's latent mapper: a network trained for one text moves each code by itself."""

from pathlib import Path

import torch

from stitch_exp.edit.base import Edit
from stitch_exp.networks.edit_files import load_mapper
from stitch_exp.settings import Strength, checked
from stitch_exp.types import EditedLatents, TunedGenerator, Workspace, WPlus

PUBLISHED_STEP = 0.1
"""The mapper was trained to be added with this factor."""


@checked
class StyleClipMapper(Edit):
    """Adds `strength * 0.1 * mapper(code)` to every pivot.

    Args:
        weights: The file of a mapper, which was trained for one text.
        strength: A factor on the mapper's step: 1 is the edit it was trained for, 0 is none.
        device: Where it runs.

    Reference: Patashnik et al. 2021 (StyleCLIP), section 5; SPEC 9.3.
    """

    def __init__(self, *, weights: Path | str, strength: Strength, device: torch.device) -> None:
        self.mapper, self.device = load_mapper(weights).to(device), device
        self.name, self.strength = Path(weights).stem, float(strength)

    @torch.no_grad()
    def __call__(self, tuned: TunedGenerator, work: Workspace) -> EditedLatents:
        codes = tuned.pivots
        if self.strength != 0.0:
            step = self.mapper(codes.to(self.device, torch.float32)).to(codes)
            codes = codes + self.strength * PUBLISHED_STEP * step
        return EditedLatents(WPlus(codes), self.name, {self.name: self.strength})
