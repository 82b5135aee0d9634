"""StyleCLIP's global directions: which channels of StyleSpace a text moves, and how far.

Reference: Patashnik et al., "StyleCLIP", ICCV 2021, section 6; SPEC 9.2.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from stitch_exp.errors import ConfigError, DataError

RGB_PERIOD, RGB_PLACE = 3, 1
"""In the order of StyleSpace every third layer, counted from the second, is a torgb."""


def channel_direction(channels: Float[Tensor, "..."], text: Float[Tensor, " _"], beta: float) -> Float[Tensor, " C"]:
    """Step of each channel, at most 1.

    Args:
        channels: [C E]: for each channel, the unit direction in CLIP's space in which it moves images.
        text: [E]: unit direction of the text in CLIP's space.
        beta: Channels with a smaller absolute relevance stay as they are; more of them the higher it is.

    Raises:
        ConfigError: No channel is as relevant as that.
        DataError: Channels and text are not of one space.
    """
    if channels.ndim != 2:
        raise DataError(f"there are channel directions of shape {tuple(channels.shape)}; one row a channel is needed")
    if channels.shape[1] != len(text):
        raise DataError(
            f"there are channel directions of {channels.shape[1]} numbers, and the text's has {len(text)}; both come "
            "from CLIP, so take those of one model of it"
        )
    relevance = channels @ text
    strongest = float(relevance.abs().max())
    kept = torch.where(relevance.abs() > beta, relevance, torch.zeros_like(relevance))
    if not kept.any():
        raise ConfigError(f"edit.beta is {beta}, but the most relevant channel has {strongest:.4f}; lower it")
    return kept / strongest


def split_by_layer(direction: Float[Tensor, " C"], widths: list[int]) -> list[Float[Tensor, " W"]]:
    """Cuts a direction into the layers of StyleSpace.

    Published directions of StyleGAN2 leave out the torgb layers, which get zeros; those of StyleGAN3 have all layers.

    Args:
        widths: Channels of every layer in the order of `style_space`.

    Raises:
        DataError: The direction belongs to another generator.
    """
    is_rgb = [index % RGB_PERIOD == RGB_PLACE for index in range(len(widths))]
    if len(direction) == sum(widths):
        return list(direction.split(widths))
    convs = [width for width, rgb in zip(widths, is_rgb, strict=True) if not rgb]
    if len(direction) != sum(convs):
        raise DataError(
            f"the channel directions have {len(direction)} rows; the generator has {sum(convs)} channels in its "
            f"convolutions and {sum(widths)} in all; take the file made for this generator"
        )
    parts = iter(direction.split(convs))
    return [torch.zeros(width).to(direction) if rgb else next(parts) for width, rgb in zip(widths, is_rgb, strict=True)]
