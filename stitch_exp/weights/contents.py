"""Says what network the tensors of a file belong to, for messages about a file in the wrong place."""

import re
from collections.abc import Mapping

from torch import Tensor

CONDITIONAL = "mapping.embed.weight"
"""The tensor that only a class-conditional generator has."""
SIGNS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("lat_comp",), "a GANSpace file of principal components; save one of them as a vector (.npy) to edit along it"),
    (("act_comp",), "a GANSpace file of principal components; save one of them as a vector (.npy) to edit along it"),
    (("synthesis.b4.const", CONDITIONAL), "a class-conditional StyleGAN2 generator"),
    (("synthesis.input.freqs", CONDITIONAL), "a class-conditional StyleGAN3 generator"),
    (("synthesis.b4.const",), "a StyleGAN2 generator"),
    (("synthesis.input.freqs",), "a StyleGAN3 generator"),
    (("shared_weight_hypernet.w1",), "a HyperStyle hypernetwork"),
    (("input_layer.0.weight", "styles.0.linear.weight"), "an encoder of the pSp and e4e family"),
    (("input_layer.0.weight", "output_layer.3.weight"), "an ArcFace recogniser"),
    (("input_layer.0.weight",), "an encoder that gives one row of W"),
    (("input.input", "conv1.conv.weight"), "a StyleGAN2 generator in the layout of stylegan2-pytorch"),
    (("cp.resnet.conv1.weight",), "a BiSeNet face parser"),
    (("course_mapping.mapping.1.weight",), "a StyleCLIP mapper"),
    (("coarse_mapping.mapping.1.weight",), "a StyleCLIP mapper"),
    (("dense.0.weight", "dense.1.weight"), "a Latent Transformer"),
    (("mixed_7a.branch0.0.conv.weight",), "a FaceNet recogniser"),
    (("token_embedding.weight",), "CLIP"),
    (("lin0.model.1.weight",), "the linear layers of LPIPS"),
    (("features.0.weight",), "an image classifier (AlexNet or VGG)"),
    (("b4.conv.weight", "b4.out.weight"), "a discriminator"),
    (("final_linear.0.weight", "final_conv.0.weight"), "a discriminator"),
)
"""Ends of tensor names, and what a file with all of them is."""
MAX_DIRECTION_ROWS = 32


def describe(tensors: Mapping[str, Tensor]) -> str:
    """What the tensors are, as far as their names tell; else how many there are and how their names begin."""
    for ends, what in SIGNS:
        if all(any(name == end or name.endswith("." + end) for name in tensors) for end in ends):
            return what
    if tensors and all(_is_direction(value) and re.fullmatch(r"[^.]+", key) for key, value in tensors.items()):
        return f"edit directions or other vectors ({_first(sorted(tensors))})"
    names = sorted({key.split(".")[0] for key in tensors})
    return f"{len(tensors)} tensors ({_first(names)})"


def _is_direction(value: Tensor) -> bool:
    return value.ndim in (1, 2, 3) and value.numel() <= MAX_DIRECTION_ROWS * value.shape[-1]


def _first(names: list[str]) -> str:
    return f"{', '.join(name[:40] for name in names[:6])}{', ...' if len(names) > 6 else ''}"
