"""Names of tensors: from the public checkpoints' spelling to ours, and constructor arguments from shapes.

Our StyleGAN2 uses the names of NVIDIA's PyTorch snapshots. The other spelling in circulation (`conv1.conv.weight`,
`latent_avg`), in which e4e and its successors carry their decoder, is mapped onto it; the numbers stay the same.
"""

import re
from collections.abc import Mapping
from typing import Any

from torch import Tensor

DERIVED = re.compile(r"(blur|upsample)\.kernel$")
LAYER_SUFFIXES = {
    "conv.weight": "weight",
    "conv.modulation.weight": "affine.weight",
    "conv.modulation.bias": "affine.bias",
    "noise.weight": "noise_strength",
    "activate.bias": "bias",
    "bias": "bias",
}


def stylegan2_from_rosinality(state: Mapping[str, Tensor], latent_avg: Tensor | None) -> dict[str, Tensor]:
    """A state dict of `stylegan2.Generator` from one of the stylegan2-pytorch layout.

    Args:
        state: Tensors of the `g_ema` or `decoder` part, without prefix.
        latent_avg: The mean of W, [D] or [L D]; None leaves zeros.

    Reference: SPEC 3.3, where the two layouts' images agree to 6e-6.
    """
    out = {}
    for key, value in state.items():
        if name := _renamed(key):
            out[name] = value
        elif not DERIVED.search(key):
            name, value = _mapped(key, value)
            out[name] = value
    width = out["synthesis.b4.conv1.affine.weight"].shape[1]
    rows = latent_avg if latent_avg is not None else out["synthesis.b4.const"].new_zeros(width)
    out["mapping.w_avg"] = rows.reshape(-1, width)[0]
    return out | _resample_filters(out)


def _renamed(key: str) -> str:
    """Dense layers keep their numbers under another name."""
    dense = re.fullmatch(r"style\.(\d+)\.(weight|bias)", key)
    return f"mapping.fc{int(dense[1]) - 1}.{dense[2]}" if dense else ""


def _mapped(key: str, value: Tensor) -> tuple[str, Tensor]:
    if key == "input.input":
        return "synthesis.b4.const", value[0]
    if noise := re.fullmatch(r"noises\.noise_(\d+)", key):
        return f"{_conv_layer(int(noise[1]))}.noise_const", value[0, 0]
    head, suffix = _head(key)
    name = LAYER_SUFFIXES[suffix]
    if suffix == "conv.weight":
        value = value[0]
    elif name == "noise_strength":
        value = value.reshape(())
    return f"{head}.{name}", value.reshape(-1) if name == "bias" else value


def _head(key: str) -> tuple[str, str]:
    single = re.fullmatch(r"(conv1|to_rgb1)\.(.+)", key)
    if single:
        return "synthesis.b4." + {"conv1": "conv1", "to_rgb1": "torgb"}[single[1]], single[2]
    layer = re.fullmatch(r"(convs|to_rgbs)\.(\d+)\.(.+)", key)
    if not layer:
        raise KeyError(key)
    index = int(layer[2])
    head = _conv_layer(index + 1) if layer[1] == "convs" else f"synthesis.b{8 << index}.torgb"
    return head, layer[3]


def _conv_layer(index: int) -> str:
    """Name of the n-th convolution from 4 px upwards."""
    return "synthesis.b4.conv1" if index == 0 else f"synthesis.b{8 << (index - 1) // 2}.conv{(index - 1) % 2}"


def _resample_filters(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The fixed low-pass filters, which the other layout stores only where it uses them."""
    row = next(iter(state.values())).new_tensor([1.0, 3.0, 3.0, 1.0])
    kernel = row[:, None] * row[None] / row.sum() ** 2
    blocks = {key.split(".")[1] for key in state if key.startswith("synthesis.")}
    convs = {key.rsplit(".", 1)[0] for key in state if re.search(r"\.conv[01]\.weight$", key)}
    return {f"{name}.resample_filter": kernel for name in {f"synthesis.{block}" for block in blocks} | convs}


def stylegan2_arguments(state: Mapping[str, Tensor]) -> dict[str, Any]:
    """Constructor arguments of the `stylegan2.Generator` a state dict belongs to, read from its shapes."""
    channels = {
        int(match[1]): value.shape[0]
        for key, value in state.items()
        if (match := re.fullmatch(r"synthesis\.b(\d+)\.conv1\.weight", key))
    }
    top, widest = max(channels), max(channels.values())
    w_dim = state["synthesis.b4.conv1.affine.weight"].shape[1]
    first = state.get("mapping.fc0.weight")
    narrowed = [size * count for size, count in channels.items() if count < widest]
    return {
        "z_dim": w_dim if first is None else first.shape[1],
        "w_dim": w_dim,
        "img_resolution": top,
        "img_channels": state[f"synthesis.b{top}.torgb.weight"].shape[0],
        "num_mapping_layers": sum(1 for key in state if re.fullmatch(r"mapping\.fc\d+\.weight", key)),
        "channel_base": max(narrowed) if narrowed else top * widest,
        "channel_max": widest,
    }


def num_styles(state: Mapping[str, Tensor]) -> int:
    """How many style heads an encoder has; none for one that gives a single W row."""
    return sum(1 for key in state if re.fullmatch(r"styles\.\d+\.linear\.weight", key))


def input_side(state: Mapping[str, Tensor]) -> int:
    """Side of an encoder's input in pixels: its first head halves the last map of the trunk, 1/16, down to one."""
    return (
        16 << sum(1 for key in state if re.fullmatch(r"styles\.0\.convs\.\d+\.weight", key))
        if num_styles(state)
        else 256
    )


def encoder_arguments(state: Mapping[str, Tensor]) -> dict[str, Any]:
    """Constructor arguments of the encoder (pSp, e4e, ReStyle or W) a state dict belongs to, read from its shapes."""
    widths, units = stage_widths(state)
    trunk = {"in_channels": state["input_layer.0.weight"].shape[1], "widths": widths, "num_units": units}
    if not num_styles(state):
        return trunk | {"style_dim": state["linear.weight"].shape[0]}
    heads = {
        "num_styles": num_styles(state),
        "style_dim": state["styles.0.linear.weight"].shape[0],
        "head_width": state["styles.0.convs.0.weight"].shape[0],
        "input_size": input_side(state),
    }
    levels = {"pyramid_width": state["latlayer1.weight"].shape[0]} if "latlayer1.weight" in state else {}
    return trunk | heads | levels


def hypernetwork_arguments(state: Mapping[str, Tensor], decoder: Mapping[str, Any]) -> dict[str, Any]:
    """Constructor arguments of the `hyperstyle.HyperNetwork` a state dict belongs to.

    Which layers it tunes is read from the names of its blocks, not assumed: published files differ.

    Args:
        decoder: Constructor arguments of the generator it was trained for.
    """
    blocks = {int(match[1]) for key in state if (match := re.match(r"refinement_blocks\.(\d+)\.", key))}
    arguments = {
        "layers_to_tune": sorted(blocks),
        "resolution": decoder["img_resolution"],
        "channel_base": decoder["channel_base"],
        "channel_max": decoder["channel_max"],
        "in_channels": state["conv1.weight"].shape[1],
        "code_dim": state["shared_weight_hypernet.w1"].shape[0],
    }
    shared = [index for index in sorted(blocks) if f"refinement_blocks.{index}.linear.weight" in state]
    if shared:
        prefix = re.escape(f"refinement_blocks.{shared[0]}.convs.")
        convs = sum(1 for key in state if re.fullmatch(prefix + r"\d+\.weight", key))
        arguments["input_size"] = 16 << (convs - 1)
    return arguments


def stage_widths(state: Mapping[str, Tensor]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Channel counts and units of an IR-SE trunk, read from its shapes."""
    indices = sorted({int(key.split(".")[1]) for key in state if key.startswith("body.")})
    outs = [state[f"body.{index}.res_layer.3.weight"].shape[0] for index in indices]
    widths = (state["input_layer.0.weight"].shape[0], *dict.fromkeys(outs))
    return widths, tuple(outs.count(width) for width in dict.fromkeys(outs))


def part(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Tensors below a prefix, with the prefix taken off."""
    start = prefix + "." if prefix else ""
    return {key[len(start) :]: value for key, value in tensors.items() if key.startswith(start)}
