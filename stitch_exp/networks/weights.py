"""Weight files become networks here, and nowhere else.

Which network a file holds is read from its contents (options, key names, shapes), never from its name. Reading itself
is in `reading`; it runs no code of a file.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from stitch_exp.errors import WeightsError
from stitch_exp.networks import layouts
from stitch_exp.networks.filling import fill, summary
from stitch_exp.networks.inverter_files import load_hypernetwork, load_inverter
from stitch_exp.networks.layouts import part
from stitch_exp.networks.reading import file_digest, present, read_tensors
from stitch_exp.networks.stylegan2 import Generator
from stitch_exp.networks.stylegan3_files import stylegan3_arguments
from stitch_exp.networks.stylegan_mapping import MappedGenerator

__all__ = ["file_digest", "fill", "load_generator", "load_hypernetwork", "load_inverter", "present", "read_tensors"]

GENERATOR_PREFIXES = ("G_ema", "g_ema", "state_dict.decoder", "decoder", "generator", "")


def load_generator(path: Path | str, resolution: int | None = None) -> MappedGenerator:
    """The generator of a weight file, on the CPU, in evaluation mode.

    Args:
        resolution: Side of its images; less than the generator was trained for leaves out its finest layers, which is
            all that a small face in the source can use. None for the generator's own.

    Reads our own safetensors, `G_ema` of an NVIDIA snapshot (StyleGAN2 and 3), `g_ema` of a stylegan2-pytorch file, and
    the decoder inside an e4e, pSp, ReStyle or HyperStyle checkpoint.

    Raises:
        WeightsError: The file is missing, damaged, unsafe, or holds no generator.
        ConfigError: The generator makes no images of this side.
    """
    generator = _whole_generator(path)
    if resolution is not None:
        generator.stop_at(resolution)
    return generator


def _whole_generator(path: Path | str) -> MappedGenerator:
    tensors, metadata = read_tensors(path)
    for prefix in GENERATOR_PREFIXES:
        state = part(tensors, prefix)
        if "conv1.conv.weight" in state:
            state = layouts.stylegan2_from_rosinality(state, tensors.get("latent_avg"))
        if "synthesis.b4.const" in state:
            return _stylegan2(state, metadata, path)
        if "synthesis.input.freqs" in state:
            return _stylegan3(state, metadata, path)
    raise WeightsError(f"'{path}' holds no StyleGAN generator; it has {summary(tensors)}")


def _stylegan2(state: Mapping[str, Tensor], metadata: Mapping[str, Any], path: Path | str) -> Generator:
    arguments = metadata.get("config") or layouts.stylegan2_arguments(state)
    return fill(Generator, arguments, state, path)


def _stylegan3(state: Mapping[str, Tensor], metadata: Mapping[str, Any], path: Path | str) -> MappedGenerator:
    from stitch_exp.networks import stylegan3

    arguments = metadata.get("config") or stylegan3_arguments(state)
    if arguments is None:
        raise WeightsError(f"'{path}' holds a StyleGAN3 generator of unknown layer sizes; use a T or R snapshot")
    # Bare state dicts of the published encoders leave the user transform out; it is the identity there.
    return fill(stylegan3.Generator, arguments, {"synthesis.input.transform": torch.eye(3), **state}, path)
