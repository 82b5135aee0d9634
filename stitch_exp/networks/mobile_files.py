"""Reads MobileStyleGAN-FFHQ from the files of PyPI's `random-face`, without importing that package.

Its weights are plain little-endian float32 in two `.bin` files; the `.xml` beside each is a graph whose constants say
name, shape and offset. Nothing in them is code. The wheel is the user's own: we redistribute none of it.
"""

import hashlib
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from stitch_exp.errors import WeightsError
from stitch_exp.host import installed
from stitch_exp.networks.mobile_stylegan import MobileGenerator
from stitch_exp.weights.filling import fill

MOBILE = "mobile_stylegan"
"""What the metadata of our own part of the model says under `network`."""
PACKAGE = "random-face"
ADVICE = "pip install --no-deps random-face==2021.7.21.1 (non-commercial weights), or take model=mini"
MAPPING, SYNTHESIS = "MappingNetwork.xml", "SynthesisNetwork.xml"
HASHES = {
    "MappingNetwork.bin": "212dd716bdb556e18db603ea97300d4fa3c872b878c726b2402fea80820e7305",
    "SynthesisNetwork.bin": "c7da15fa22d508c82e1c30dd6b4cdf67fe3ccdddaf85b310ee764dbf0c289645",
}
"""SHA-256 of the two weight files of random-face 2021.7.21.1."""

SYNTHESIS_LAYERS = (8, 16, 32, 64, 128, 256, 512)
"""Sides in px of `m.layers.0` to `m.layers.6`."""
MAPPING_GAIN = 0.01 / 512**0.5
"""Our mapping network multiplies its weights by this at run time; the file has it inside."""


def load_mobile(own: Mapping[str, Tensor], path: Path | str) -> MobileGenerator:
    """The generator from the installed package and our own part of it, on the CPU, in evaluation mode.

    Args:
        own: Tensors of the heads that make pictures of 128 and 256 px, and `mapping.w_avg`.
        path: The file they come from, for messages.

    Raises:
        WeightsError: The package is not installed, or its files are others than expected.
    """
    state = dict(own)
    state |= {f"mapping.{key}": value for key, value in mapping_state(_checked(MAPPING)).items()}
    state |= {f"synthesis.{key}": value for key, value in synthesis_state(_checked(SYNTHESIS)).items()}
    generator = fill(MobileGenerator, {}, state, path)
    generator.synthesis.to(memory_format=torch.channels_last)
    return generator


def _checked(graph: str) -> Path:
    """Where the installed graph lies, once the weights beside it have the expected hash."""
    path = installed.find(PACKAGE, graph)
    if path is None:
        raise WeightsError(f"model=ffhq_mobile reads {graph} of PyPI's {PACKAGE}, which is not installed: {ADVICE}")
    weights = path.with_suffix(".bin")
    found = hashlib.sha256(weights.read_bytes()).hexdigest() if weights.is_file() else "missing"
    if found != HASHES[weights.name]:
        raise WeightsError(f"'{weights}' is not the file of {PACKAGE} 2021.7.21.1 (SHA-256 {found[:12]}): {ADVICE}")
    return path


def read_constants(graph: Path) -> list[tuple[str, Tensor]]:
    """Names and values of all float32 constants of an OpenVINO graph, in the graph's order.

    Raises:
        WeightsError: The graph or its `.bin` is damaged.
    """
    data = graph.with_suffix(".bin").read_bytes()
    found = []
    try:
        layers = ElementTree.parse(graph).getroot().iterfind("./layers/layer[@type='Const']")
        for layer in layers:
            entry = layer.find("data")
            if entry is not None and entry.get("element_type") == "f32":
                found.append((layer.get("name", ""), _tensor(entry.attrib, data)))
    except (ElementTree.ParseError, KeyError, ValueError) as error:
        raise WeightsError(
            f"'{graph}' is not the graph of random-face 2021.7.21.1 ({error}); install it again"
        ) from error
    return found


def _tensor(entry: dict[str, str], data: bytes) -> Tensor:
    shape = [int(size) for size in entry["shape"].split(",") if size.strip()]
    start, size = int(entry["offset"]), int(entry["size"])
    if start < 0 or start + size > len(data) or size != 4 * int(np.prod(shape)):
        raise ValueError(f"constant of shape {shape} at byte {start} of {len(data)}")
    return torch.from_numpy(np.frombuffer(data, "<f4", size // 4, start).reshape(shape).copy())


def mapping_state(graph: Path) -> dict[str, Tensor]:
    """`fc0` to `fc7` as `MappingNetwork` stores them."""
    constants = [value for _, value in read_constants(graph)]
    weights = [value for value in constants if value.shape == (512, 512)]
    biases = [value.flatten() for value in constants if value.numel() == 512]
    state = {}
    for index, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        state[f"fc{index}.weight"], state[f"fc{index}.bias"] = weight / MAPPING_GAIN, bias / 0.01
    return state


def synthesis_state(graph: Path) -> dict[str, Tensor]:
    """All of `MobileSynthesis` but the heads.

    A layer's scale is folded into its style, and the channels before each upsampling are put in order of bands: the
    file has the low band first and then, channel by channel, the three others.
    """
    constants = read_constants(graph)
    state = {"const": dict(constants)["m.input.input"][0]} | _styles(constants) | _kernels(constants)
    for name in ["b4", *(f"b{side}.conv1" for side in SYNTHESIS_LAYERS[:-1])]:
        _sort_bands(state, name)
    for side in SYNTHESIS_LAYERS:
        for part in ("weight", "bias"):
            key = f"b{side}.up.affine.{part}"
            state[key] = state[key][_band_order(len(state[key]))]
    for part in ("weight", "bias"):
        state[f"to_image.{part}"] = state[f"to_image.{part}"].flatten(1 if part == "weight" else 0)[_band_order(12)]
    return state


def _ours(name: str) -> str:
    """`m.layers.3.conv1.conv` to `b64.conv0`, and the like."""
    if name.startswith("m.conv1"):
        return "b4"
    index, layer = re.match(r"m\.layers\.(\d)\.(up|conv1|conv2|to_img)", name).groups()  # pyright: ignore
    if layer == "to_img":
        return "to_image"
    return f"b{SYNTHESIS_LAYERS[int(index)]}." + {"up": "up", "conv1": "conv0", "conv2": "conv1"}[layer]


def _styles(constants: list[tuple[str, Tensor]]) -> dict[str, Tensor]:
    """Affine maps; the scalar that follows a convolution's modulation is its scale."""
    state = {}
    for position, (name, value) in enumerate(constants):
        if not name.endswith("modulation.weight"):
            continue
        bias, follower = constants[position + 1][1].flatten(), constants[position + 2]
        scale = follower[1].item() if follower[0].startswith("Constant_") else 1.0
        key = f"{_ours(name)}.affine"
        state[f"{key}.weight"], state[f"{key}.bias"] = value * scale, bias * scale
    return state


def _kernels(constants: list[tuple[str, Tensor]]) -> dict[str, Tensor]:
    """Each layer's kernels, noise plane and bias, which stand in this order before the layer's own `.bias`."""
    state = {}
    for position, (name, value) in enumerate(constants):
        if not re.fullmatch(r"m\.(layers\.\d\.)?(conv\d|to_img)\.bias", name):
            continue
        ours = _ours(name)
        state[f"{ours}.bias"] = value.flatten()
        if ours == "to_image":
            state["to_image.weight"] = constants[position - 1][1]
            continue
        pointwise, noise = constants[position - 2][1], constants[position - 1][1]
        state[f"{ours}.noise_const"] = noise[0, 0]
        if ours == "b4":
            state["b4.weight"] = pointwise
        else:
            state[f"{ours}.pointwise"] = pointwise[:, :, 0, 0]
            state[f"{ours}.depthwise"] = constants[position - 3][1][:, 0]
    return state


def _band_order(channels: int) -> Tensor:
    quarter = channels // 4
    others = quarter + 3 * torch.arange(quarter)
    return torch.cat([torch.arange(quarter), others, others + 1, others + 2])


def _sort_bands(state: dict[str, Tensor], layer: str) -> None:
    """Reorders the output channels of a layer."""
    for part in ("weight", "pointwise", "bias"):
        if f"{layer}.{part}" in state:
            value = state[f"{layer}.{part}"]
            state[f"{layer}.{part}"] = value[_band_order(len(value))]
