"""Constructor arguments of a StyleGAN3 generator from the names and shapes of its tensors."""

import re
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from stitch_exp.networks.stylegan3_design import plan

WIDTH_BASES = tuple(2**power for power in range(8, 20))


def stylegan3_arguments(state: Mapping[str, Tensor]) -> dict[str, Any] | None:
    """Arguments of the `stylegan3.Generator` a state dict belongs to; None if no configuration has its layers.

    The names of the layers tell their sides and widths; the width rule with its two settings is found by trying.

    Reference: SPEC 4.
    """
    names = {match[1] for key in state if (match := re.match(r"synthesis\.(L\d+_\d+_\d+)\.", key))}
    layers = sorted(tuple(int(number) for number in re.findall(r"\d+", name)) for name in names)
    (_, resolution, colours), widest = layers[-1], max(layer[2] for layer in layers)
    base = next((base for base in WIDTH_BASES if _layers(resolution, colours, base, widest) == layers), None)
    if base is None:
        return None
    first = "synthesis.L{}_{}_{}".format(*layers[0])
    return {
        "z_dim": state["mapping.fc0.weight"].shape[1],
        "w_dim": state["mapping.w_avg"].shape[0],
        "img_resolution": resolution,
        "img_channels": colours,
        "num_mapping_layers": sum(1 for key in state if re.fullmatch(r"mapping\.fc\d+\.weight", key)),
        "channel_base": base,
        "channel_max": widest,
        "conv_kernel": state[f"{first}.weight"].shape[-1],
        "use_radial_filters": any(key.endswith("down_filter") and value.ndim == 2 for key, value in state.items()),
    }


def _layers(resolution: int, colours: int, base: int, widest: int) -> list[tuple[int, ...]]:
    bands = plan(resolution, colours, base, widest)
    return [(index, band.size, band.channels) for index, band in enumerate(bands)]
