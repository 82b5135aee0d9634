"""Generators from the weight files they are published in.

Which one a file holds is read from its contents (options, key names, shapes), never from its name.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from stitch_exp.errors import WeightsError
from stitch_exp.networks.mobile_files import MOBILE, load_mobile
from stitch_exp.networks.stylegan2 import Generator
from stitch_exp.networks.stylegan3_design import plan
from stitch_exp.networks.stylegan_mapping import MappedGenerator
from stitch_exp.weights import layouts
from stitch_exp.weights.contents import CONDITIONAL, describe
from stitch_exp.weights.filling import fill, other_network, own_config, reading_as
from stitch_exp.weights.layouts import part
from stitch_exp.weights.reading import read_tensors

GENERATOR_PREFIXES = ("G_ema", "g_ema", "state_dict.decoder", "decoder", "generator", "")
WIDTH_BASES = tuple(2**power for power in range(8, 20))


def load_generator(path: Path | str, resolution: int | None = None) -> MappedGenerator:
    """The generator of a weight file, on the CPU, in evaluation mode.

    Args:
        resolution: Side of its images; less than the generator was trained for leaves out its finest layers, which is
            all that a small face in the source can use. None for the generator's own.

    Reads our own safetensors (with the installed `random-face` where they are a part of it), `G_ema` of an NVIDIA
    snapshot (StyleGAN2 and 3), `g_ema` of a stylegan2-pytorch file, and the decoder inside an e4e, pSp, ReStyle or
    HyperStyle checkpoint.

    Raises:
        WeightsError: The file is missing, damaged, unsafe, or holds no generator.
        ConfigError: The generator makes no images of this side.
    """
    with reading_as("a StyleGAN generator", path):
        generator = _whole_generator(path)
    if resolution is not None:
        generator.stop_at(resolution)
    return generator


def _whole_generator(path: Path | str) -> MappedGenerator:
    tensors, metadata = read_tensors(path)
    if metadata.get("network") == MOBILE:
        return load_mobile(tensors, path)
    for prefix in GENERATOR_PREFIXES:
        state = part(tensors, prefix)
        if CONDITIONAL in state:
            raise WeightsError(
                f"'{path}' holds {describe(state)} ({state[CONDITIONAL].shape[-1]:,} classes), and faces have no "
                "classes here; take an unconditional one, such as FFHQ's"
            )
        if "conv1.conv.weight" in state:
            state = layouts.stylegan2_from_rosinality(state, tensors.get("latent_avg"))
        if "synthesis.b4.const" in state:
            return _stylegan2(state, metadata, path)
        if "synthesis.input.freqs" in state:
            return _stylegan3(state, metadata, path)
    raise other_network(path, "StyleGAN generator", tensors)


def _stylegan2(state: Mapping[str, Tensor], metadata: Mapping[str, Any], path: Path | str) -> Generator:
    arguments = own_config(metadata, path) or layouts.stylegan2_arguments(state) | _conv_clamp(metadata)
    return fill(Generator, arguments, state, path)


def _conv_clamp(metadata: Mapping[str, Any]) -> dict[str, float]:
    """The limit of activations that a snapshot was trained with; it is in no tensor.

    Reference: SPEC 3.1.
    """
    snapshot = metadata.get("G_ema") or {}
    clamp = ((snapshot.get("init_kwargs") or {}).get("synthesis_kwargs") or {}).get("conv_clamp")
    return {} if clamp is None else {"conv_clamp": float(clamp)}


def _stylegan3(state: Mapping[str, Tensor], metadata: Mapping[str, Any], path: Path | str) -> MappedGenerator:
    from stitch_exp.networks import stylegan3

    arguments = own_config(metadata, path) or stylegan3_arguments(state)
    if arguments is None:
        raise WeightsError(f"'{path}' holds a StyleGAN3 generator of unknown layer sizes; use a T or R snapshot")
    # Bare state dicts of the published encoders leave the user transform out; it is the identity there.
    return fill(stylegan3.Generator, arguments, {"synthesis.input.transform": torch.eye(3), **state}, path)


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
