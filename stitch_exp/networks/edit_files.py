"""Networks that only one edit needs, from the files they are published in."""

import re
from pathlib import Path

from jaxtyping import Float
from torch import Tensor

from stitch_exp.errors import WeightsError
from stitch_exp.networks.latent_transformer import LatentTransformer
from stitch_exp.networks.styleclip_mapper import LEVELS, LevelsMapper
from stitch_exp.networks.text import TextEncoder
from stitch_exp.weights.filling import fill, finite, other_network, reading_as
from stitch_exp.weights.layouts import part
from stitch_exp.weights.reading import read_tensors

TEXT_HALF = re.compile(
    r"(positional_embedding|text_projection|logit_scale)$|(token_embedding|ln_final|transformer)\.(?!.*attn_mask$)"
)
"""Tensors of CLIP that embed texts; masks that some archives keep are made anew."""


def load_latent_transformer(path: Path | str) -> LatentTransformer:
    """A `tnet_<attribute>.pth.tar`, or the same as safetensors.

    Raises:
        WeightsError: The file is missing, unsafe, or holds something else.
    """
    tensors, _ = read_tensors(path)
    if "dense.0.weight" not in tensors:
        raise other_network(path, "Latent Transformer", tensors)
    rows = sum(1 for key in tensors if re.fullmatch(r"dense\.\d+\.weight", key))
    with reading_as("a Latent Transformer", path):
        arguments = {"num_ws": rows, "w_dim": len(tensors["dense.0.weight"])}
        return fill(LatentTransformer, arguments, tensors, path)


def load_mapper(path: Path | str) -> LevelsMapper:
    """A StyleCLIP mapper; levels that its training left out are absent.

    Raises:
        WeightsError: The file is missing, unsafe, or holds something else.
    """
    tensors, _ = read_tensors(path)
    state = part(tensors, "state_dict.mapper") or part(tensors, "mapper") or tensors
    levels = tuple(name for name in LEVELS if f"{name}.mapping.1.weight" in state)
    if not levels:
        raise other_network(path, "StyleCLIP mapper with levels", tensors)
    with reading_as("a StyleCLIP mapper", path):
        width = len(state[f"{levels[0]}.mapping.1.weight"])
        return fill(LevelsMapper, {"levels": levels, "w_dim": width}, state, path)


def load_text_encoder(path: Path | str) -> TextEncoder:
    """CLIP's text half from a state dict of CLIP ViT-B/32 (OpenAI's or open_clip's).

    Raises:
        WeightsError: The file is missing, unsafe, or of another network.
        ConfigError: open_clip is not installed.
    """
    tensors, _ = read_tensors(path)
    state = part(tensors, "state_dict") or tensors
    own = {f"clip.{key}": value for key, value in state.items() if TEXT_HALF.match(key)}
    return fill(TextEncoder, {}, own, path)


def load_vector(path: Path | str) -> Float[Tensor, " E"]:
    """A single vector, such as a text direction kept from another run.

    Raises:
        WeightsError: The file is missing, unsafe, or holds anything but one vector.
    """
    tensors, _ = read_tensors(path)
    if len(tensors) != 1:
        raise WeightsError(f"'{path}' holds {len(tensors)} tensors; a single vector is needed")
    return finite(*next(iter(tensors.items())), path).flatten()
