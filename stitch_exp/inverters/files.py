"""Encoder networks from the checkpoints they are published in."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from stitch_exp.errors import WeightsError
from stitch_exp.inverters.e4e import Encoder4Editing, GradualStyleEncoder
from stitch_exp.inverters.hyperstyle import HyperNetwork
from stitch_exp.inverters.inverter import Inverter
from stitch_exp.inverters.mobile_encoder import LiteTrunk, MobileEncoder
from stitch_exp.inverters.restyle import BackboneEncoder, ProgressiveBackboneEncoder
from stitch_exp.inverters.w_encoder import WEncoder
from stitch_exp.weights import layouts
from stitch_exp.weights.filling import fill, finite, other_network, own_config, reading_as
from stitch_exp.weights.layouts import part
from stitch_exp.weights.reading import read_tensors

ENCODER_TYPES = {
    "Encoder4Editing": "e4e",
    "GradualStyleEncoder": "psp",
    "ProgressiveBackboneEncoder": "restyle_e4e",
    "BackboneEncoder": "restyle_psp",
    "WEncoder": "w_encoder",
}
CLASSES: dict[str, type[nn.Module]] = {
    "e4e": Encoder4Editing,
    "psp": GradualStyleEncoder,
    "restyle_e4e": ProgressiveBackboneEncoder,
    "restyle_psp": BackboneEncoder,
    "w_encoder": WEncoder,
}
PREFIXES = ("state_dict.encoder", "encoder", "network", "")


def load_inverter(path: Path | str) -> Inverter:
    """The encoder network of a weight file with its average code, on the CPU, in evaluation mode.

    Reads our own safetensors and the published checkpoints of e4e, pSp, ReStyle and HyperStyle's W encoder.

    Raises:
        WeightsError: The file is missing, damaged, unsafe, or holds no encoder.
    """
    with reading_as("an encoder", path):
        return _inverter(path)


def _inverter(path: Path | str) -> Inverter:
    tensors, metadata = read_tensors(path)
    if metadata.get("network") == MobileEncoder.__name__:
        return _mobile(tensors, metadata, path)
    state = next((found for prefix in PREFIXES if "input_layer.0.weight" in (found := part(tensors, prefix))), None)
    if state is None:
        raise other_network(path, "encoder", tensors)
    state.pop("latent_avg", None)
    options = metadata.get("opts") or {}
    kind = _kind(state, metadata.get("kind"), metadata.get("network"), options, path)
    arguments = own_config(metadata, path) or layouts.encoder_arguments(state)
    network = fill(_network_class(kind, path), arguments, state, path)
    average = _average(tensors.get("latent_avg"), options, layouts.num_styles(state), path)
    side = arguments.get("input_size", layouts.input_side(state))
    num_ws = layouts.num_styles(state) or (len(average) if len(average) > 1 else None)
    return Inverter(network, latent_avg=average, input_size=side, kind=kind, num_ws=num_ws)


def load_lite_trunk(path: Path | str) -> LiteTrunk:
    """The trunk that a file holds by itself or as a part of a `MobileEncoder`, on the CPU, in evaluation mode.

    Raises:
        WeightsError: The file is missing, damaged, or holds neither.
    """
    with reading_as("a trunk of our face encoder", path):
        tensors, metadata = read_tensors(path)
        if metadata.get("network") == LiteTrunk.__name__:
            return fill(LiteTrunk, metadata["config"], tensors, path)
    network = load_inverter(path).network
    if not isinstance(network, MobileEncoder):
        raise WeightsError(f"'{path}' holds a {type(network).__name__}; a LiteTrunk or a MobileEncoder is needed")
    return network.trunk


def _mobile(tensors: Mapping[str, Tensor], metadata: Mapping[str, Any], path: Path | str) -> Inverter:
    network = fill(MobileEncoder, metadata["config"], part(tensors, "network"), path)
    return Inverter(network, latent_avg=tensors["latent_avg"], input_size=network.input_size, kind=metadata["kind"])


def _kind(
    state: Mapping[str, Tensor],
    named: str | None,
    class_name: str | None,
    options: Mapping[str, Any],
    path: Path | str,
) -> str:
    if named is not None:
        return named
    if not layouts.num_styles(state):
        return "w_encoder"
    encoder_type = options.get("encoder_type", class_name)
    if encoder_type not in ENCODER_TYPES:
        raise WeightsError(
            f"'{path}' says its encoder is of type {encoder_type!r} (opts.encoder_type); "
            f"known are {', '.join(ENCODER_TYPES)}"
        )
    return ENCODER_TYPES[encoder_type]


def _network_class(kind: str, path: Path | str) -> type[nn.Module]:
    if kind not in CLASSES:
        raise WeightsError(f"'{path}' holds an encoder of kind {kind!r}; known are {', '.join(CLASSES)}")
    return CLASSES[kind]


def _average(stored: Tensor | None, options: Mapping[str, Any], rows: int, path: Path | str) -> Tensor:
    """The stored average; zeros for a network that was trained to give whole codes."""
    if not options.get("start_from_latent_avg", True):
        return torch.zeros(rows or 1, 512 if stored is None else stored.shape[-1])
    if stored is None:
        raise WeightsError(f"'{path}' lacks latent_avg, the mean code its encoder starts from; take the complete file")
    return finite("latent_avg", stored, path).reshape(-1, stored.shape[-1])


def load_hypernetwork(path: Path | str) -> HyperNetwork:
    """HyperStyle's hypernetwork of a weight file, on the CPU, in evaluation mode.

    The generator it was trained for comes in the same file and tells the sizes of its layers.

    Raises:
        WeightsError: The file is missing, damaged, unsafe, or holds no hypernetwork.
    """
    with reading_as("a HyperStyle hypernetwork", path):
        return _hypernetwork(path)


def _hypernetwork(path: Path | str) -> HyperNetwork:
    tensors, metadata = read_tensors(path)
    state = part(tensors, "state_dict.hypernet") or part(tensors, "hypernet") or dict(tensors)
    decoder = part(tensors, "state_dict.decoder")
    if "shared_weight_hypernet.w1" not in state:
        raise other_network(path, "HyperStyle hypernetwork", tensors)
    arguments = own_config(metadata, path)
    if arguments is None:
        if "conv1.conv.weight" not in decoder:
            raise WeightsError(f"'{path}' lacks the generator it was trained for (decoder.*); take the complete file")
        sizes = layouts.stylegan2_arguments(layouts.stylegan2_from_rosinality(decoder, None))
        arguments = layouts.hypernetwork_arguments(state, sizes)
    return fill(HyperNetwork, arguments, state, path)
