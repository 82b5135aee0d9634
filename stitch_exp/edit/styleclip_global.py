"""StyleCLIP's global directions: an edit described by two texts, in StyleSpace."""

from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from stitch_exp.edit.base import Edit
from stitch_exp.edit.channels import channel_direction, split_by_layer
from stitch_exp.errors import ConfigError
from stitch_exp.networks.edit_files import load_text_encoder, load_vector
from stitch_exp.networks.roles import Generator
from stitch_exp.networks.text import templates, text_direction
from stitch_exp.networks.tuned import tunable_copy
from stitch_exp.settings import Share, Strength, checked
from stitch_exp.types import EditedLatents, StyleSpace, TunedGenerator, Workspace
from stitch_exp.weights.filling import finite
from stitch_exp.weights.reading import read_tensors


@checked
class StyleClipGlobal(Edit):
    """Adds `strength * direction` to the styles of the tuned generator, in the channels that the text is about.

    Stitching tunes with these styles held fixed, so that it cannot move the affine layers.

    Args:
        neutral: What the face is now, in words, such as "face".
        target: What the face should become, in words, such as "face with smile".
        strength: Styles move by at most this much in the most relevant channel. As in the published video code the
            step is not multiplied by each channel's spread, so that strengths are about 10, where StyleCLIP's own
            are about 4.
        beta: The least relevance of a channel that moves, 0 to 1: 0.1 touches many channels, 0.2 few.
        channels: `fs3.npy`, the direction of each channel in CLIP's space; None where the model has none.
        clip: CLIP ViT-B/32, which embeds the texts; unused if `text_direction` is given.
        text_direction: A file with the finished direction from `neutral` to `target`; None asks CLIP.
        generator: The model's generator; its tuned state gives the styles.
        device: Where networks run.

    Raises:
        ConfigError: The model has no channel directions, or neither CLIP nor a text direction is there.

    Reference: Patashnik et al. 2021, section 6; Stitch it in Time, section 4.4; SPEC 9.2.
    """

    def __init__(
        self,
        *,
        neutral: str,
        target: str,
        strength: Strength,
        beta: Share,
        channels: Path | str | None,
        clip: Path | str | None,
        text_direction: Path | str | None,
        generator: Generator,
        device: torch.device,
    ) -> None:
        if channels is None:
            raise ConfigError(
                "edit=styleclip_global needs the channel directions of its generator, and this model has none; "
                "use model=ffhq or set edit.channels=<fs3.npy>"
            )
        self.neutral, self.target, self.strength = neutral, target, float(strength)
        rows = finite(*next(iter(read_tensors(channels)[0].items())), channels)
        self.direction = channel_direction(rows, self._text(clip, text_direction), beta)
        self.generator, self.device = generator, device

    def _text(self, clip: Path | str | None, text_path: Path | str | None) -> Float[Tensor, " E"]:
        if text_path is not None:
            return load_vector(text_path)
        if clip is None:
            raise ConfigError("edit=styleclip_global needs edit.clip (CLIP ViT-B/32) or edit.text_direction; set one")
        return text_direction(load_text_encoder(clip), self.neutral, self.target, templates())

    @torch.no_grad()
    def __call__(self, tuned: TunedGenerator, work: Workspace) -> EditedLatents:
        generator = tunable_copy(self.generator, self.device, tuned.state)
        styles = [style.cpu() for style in generator.style_space(tuned.pivots.to(self.device))]
        if self.strength != 0.0:
            steps = split_by_layer(self.direction, [style.shape[1] for style in styles])
            styles = [style + self.strength * step for style, step in zip(styles, steps, strict=True)]
        name = f"{self.neutral} to {self.target}"
        return EditedLatents(StyleSpace(tuple(styles)), name, {self.target: self.strength})
