"""Straight lines in W+: the edit of the paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

from jaxtyping import Float
from torch import Tensor

from stitch_exp.edit.base import Edit, edit_name, merged_terms
from stitch_exp.edit.directions import Directions
from stitch_exp.errors import ConfigError
from stitch_exp.settings import Finite, Range, Strength, checked
from stitch_exp.types import EditedLatents, TunedGenerator, Workspace, WPlus


@checked
class LinearEdit(Edit):
    """Adds `strength * scale * direction` to every pivot, summed over all terms.

    Args:
        attribute: The name of the main direction, one of those in `directions`.
        strength: How far the edit goes, and which way by its sign, -1000 to 1000. With the embedded directions 1 is one
            standard deviation of the attribute; with the public FFHQ ones about 8 is a strong edit.
        terms: Further directions and their strengths (`{smile: 1.5}`), added in the same step; a term named like
            `attribute` replaces `strength`. None for a single edit.
        directions: The file or folder of the directions; see `edit.directions.Directions`.
        scale: A factor on every strength: 0.5 for the public FFHQ directions, whose strengths are quoted for
            `pivot + strength / 2 * direction`, and 1 otherwise.
        same_hairdo: Attributes that ask for no other hairdo. Where all terms are among them, hair that the edit draws
            beyond the filmed head is not shown: an older face comes with the wider hair of those the model has seen.

    Raises:
        ConfigError: An unknown attribute, or directions of another model.

    Reference: Stitch it in Time, section 4.4; InterFaceGAN (Shen et al. 2020), equation 5; SPEC 9.1.
    """

    def __init__(
        self,
        *,
        attribute: str,
        strength: Strength,
        terms: Mapping[str, Strength | Annotated[int, Range(-1000, 1000)]] | None,
        directions: Path | str,
        scale: Finite,
        same_hairdo: Sequence[str],
    ) -> None:
        self.terms = merged_terms(attribute, strength, terms)
        self.same_hairdo = all(name in same_hairdo for name, value in self.terms.items() if value)
        known = Directions(directions)
        self.steps = {name: value * scale * known[name] for name, value in self.terms.items()}

    def __call__(self, tuned: TunedGenerator, work: Workspace) -> EditedLatents:
        codes = tuned.pivots
        for name, strength in self.terms.items():
            if strength != 0.0:
                codes = codes + _fitted(self.steps[name], codes, name)
        return EditedLatents(WPlus(codes), edit_name(self.terms), self.terms, self.same_hairdo)


def _fitted(step: Float[Tensor, "R D"], codes: Float[Tensor, "N L D"], name: str) -> Float[Tensor, "R D"]:
    if step.shape[1] != codes.shape[2] or step.shape[0] not in (1, codes.shape[1]):
        raise ConfigError(
            f"direction {name!r} is {tuple(step.shape)}, the pivots have {codes.shape[1]} rows of {codes.shape[2]}; "
            "take the directions of the same model"
        )
    return step.to(codes.device, codes.dtype)
