"""Directions between two texts in CLIP's space, averaged over many ways of saying them.

Reference: Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", 2021 (the 80
templates); Patashnik et al., "StyleCLIP", ICCV 2021, section 6.
"""

from collections.abc import Callable
from types import ModuleType

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from stitch_exp.errors import ConfigError

ARCHITECTURE = "ViT-B-32-quickgelu"
"""The CLIP that StyleCLIP's channel directions were made with."""

SMALLEST_VISION = {"image_size": 32, "patch_size": 32, "layers": 1, "width": 64}
"""The image half is thrown away, so that it may as well be small."""


def templates() -> list[str]:
    """The 80 sentences with a gap `{}` that CLIP was prompted with for ImageNet.

    Raises:
        ConfigError: open_clip, which brings them, is not installed.
    """
    return [sentence("{}") for sentence in _open_clip().OPENAI_IMAGENET_TEMPLATES]


def text_direction(
    encode: Callable[[list[str]], Tensor], neutral: str, target: str, sentences: list[str]
) -> Float[Tensor, " E"]:
    """Unit vector from the neutral to the target text.

    Args:
        encode: Texts to embeddings [T E].
        sentences: Templates into which both texts are put; see `templates`.
    """
    ends = [_mean_embedding(encode, [sentence.format(text) for sentence in sentences]) for text in (target, neutral)]
    return F.normalize(ends[0] - ends[1], dim=0)


@torch.no_grad()
def _mean_embedding(encode: Callable[[list[str]], Tensor], texts: list[str]) -> Float[Tensor, " E"]:
    return F.normalize(F.normalize(encode(texts).float(), dim=1).mean(dim=0), dim=0)


class TextEncoder(nn.Module):
    """CLIP's text half: texts to embeddings, not normalised."""

    def __init__(self) -> None:
        super().__init__()
        clip = _open_clip()
        settings = clip.get_model_config(ARCHITECTURE) | {"vision_cfg": SMALLEST_VISION}
        self.clip = clip.CLIP(**settings)
        del self.clip.visual
        self.tokenize = clip.get_tokenizer(ARCHITECTURE)

    def forward(self, texts: list[str]) -> Float[Tensor, "T E"]:
        return self.clip.encode_text(self.tokenize(texts).to(self.clip.text_projection.device))


def _open_clip() -> ModuleType:
    try:
        import open_clip
    except ImportError as error:
        raise ConfigError(
            "StyleCLIP's text directions need the package open_clip_torch: pip install 'stitch-exp[clip]', "
            "or give a text direction from a file (edit.text_direction)"
        ) from error
    return open_clip
