"""Latent Transformer: the video editing baseline that predates tuning; one network an attribute."""

from pathlib import Path

import torch

from stitch_exp.edit.base import Edit
from stitch_exp.edit.directions import unknown_name
from stitch_exp.errors import ConfigError, WeightsError
from stitch_exp.networks.edit_files import load_latent_transformer
from stitch_exp.settings import Natural, Strength, checked
from stitch_exp.types import EditedLatents, TunedGenerator, Workspace, WPlus

MOVED_ROWS, PUBLISHED_ROWS = 11, 18
"""The published edit puts rows 11 to 17 of 18 back, which hold colours and fine detail."""

_NAMES = (
    "5_o_Clock_Shadow Arched_Eyebrows Attractive Bags_Under_Eyes Bald Bangs Big_Lips Big_Nose Black_Hair Blond_Hair "
    "Blurry Brown_Hair Bushy_Eyebrows Chubby Double_Chin Eyeglasses Goatee Gray_Hair Heavy_Makeup High_Cheekbones Male "
    "Mouth_Slightly_Open Mustache Narrow_Eyes No_Beard Oval_Face Pale_Skin Pointy_Nose Receding_Hairline Rosy_Cheeks "
    "Sideburns Smiling Straight_Hair Wavy_Hair Wearing_Earrings Wearing_Hat Wearing_Lipstick Wearing_Necklace "
    "Wearing_Necktie Young"
)
ATTRIBUTES = tuple(_NAMES.split())
"""The 40 attributes of CelebA in its order, which numbers the published files."""


@checked
class LatentTransformerEdit(Edit):
    """Adds `strength * f(code)` to the first rows of every pivot.

    Args:
        transformers: The folder of the `tnet_<index>` files; None where the model has none.
        attribute: One of `ATTRIBUTES`, such as `Smiling`.
        strength: How far the edit goes, and which way by its sign. 1 is what the paper's videos use; the networks were
            trained for -1.5 to 1.5.
        num_rows: How many rows move, from the first, 0 or more; None moves 11 of 18, and as large a part of other
            lengths.
        device: Where the network runs.

    Raises:
        ConfigError: Unknown attribute, or no folder.
        WeightsError: No file for the attribute.

    Reference: Yao et al. 2021, equation 1; SPEC 9.4. Its codes are those of pSp: use encoder=psp.
    """

    def __init__(
        self,
        *,
        transformers: Path | str | None,
        attribute: str,
        strength: Strength,
        num_rows: Natural | None,
        device: torch.device,
    ) -> None:
        if attribute not in ATTRIBUTES:
            raise ConfigError(unknown_name(attribute, list(ATTRIBUTES), "CelebA's attributes"))
        if transformers is None:
            raise ConfigError(
                "edit=latent_transformer needs its networks, and this model has none; "
                "use model=ffhq or set edit.transformers=<folder>"
            )
        self.network = load_latent_transformer(_file(Path(transformers), ATTRIBUTES.index(attribute))).to(device)
        self.attribute, self.strength, self.num_rows, self.device = attribute, float(strength), num_rows, device

    @torch.no_grad()
    def __call__(self, tuned: TunedGenerator, work: Workspace) -> EditedLatents:
        codes = tuned.pivots
        if codes.shape[1] != self.network.num_ws:
            raise ConfigError(
                f"the Latent Transformer is made for {self.network.num_ws} rows, the pivots have {codes.shape[1]}; "
                "use the generator it was trained with"
            )
        if self.strength != 0.0:
            step = self.network(codes.to(self.device, torch.float32)).to(codes)
            step[:, self._moved(codes.shape[1]) :] = 0.0
            codes = codes + self.strength * step
        return EditedLatents(WPlus(codes), self.attribute, {self.attribute: self.strength})

    def _moved(self, num_ws: int) -> int:
        return round(num_ws * MOVED_ROWS / PUBLISHED_ROWS) if self.num_rows is None else self.num_rows


def _file(folder: Path, index: int) -> Path:
    found = sorted(folder.glob(f"tnet_{index}.*"))
    if not found:
        raise WeightsError(
            f"no tnet_{index}.pth.tar in '{folder}'; python -m stitch_exp.weights list says where it comes from"
        )
    return found[0]
