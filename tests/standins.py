"""Randomly filled checkpoints in the public layouts and under the public names, of full or small size.

`python -m tests.standins FOLDER [small]` writes what `model=ffhq paths.weights=FOLDER` reads. The generator and the
encoders compute nonsense; the parser calls every pixel skin, so that masks are not empty.
"""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from stitch_exp.inverters.e4e import Encoder4Editing, GradualStyleEncoder
from stitch_exp.inverters.hyperstyle import HyperNetwork
from stitch_exp.inverters.restyle import ProgressiveBackboneEncoder
from stitch_exp.inverters.w_encoder import WEncoder
from stitch_exp.networks.bisenet import BiSeNet
from stitch_exp.networks.stylegan2 import Generator
from stitch_exp.recognisers.arcface import ArcFace

CLASSES = {
    "e4e_ffhq_encode.pt": (Encoder4Editing, "Encoder4Editing"),
    "psp_ffhq_encode.pt": (GradualStyleEncoder, "GradualStyleEncoder"),
    "restyle_e4e_ffhq_encode.pt": (ProgressiveBackboneEncoder, "ProgressiveBackboneEncoder"),
    "faces_w_encoder.pt": (WEncoder, "WEncoder"),
}
CORE = ("stylegan2-ffhq-config-f.pt", "e4e_ffhq_encode.pt", "79999_iter.pth", "alexnet-owt-7be5be79.pth")
ALL = (*CORE, "20180402-114759-vggface2.pt", "w_directions", *list(CLASSES)[1:], "hyperstyle_ffhq.pt", "fs3.npy")


@dataclass(frozen=True)
class Size:
    """How large the networks are.

    Args:
        generator: Arguments of `stylegan2.Generator`.
        trunk: Arguments of all encoders.
        heads: Further arguments of the encoders with one head a row.
        hypernetwork: Further arguments of the hypernetwork.
    """

    generator: Mapping[str, Any]
    trunk: Mapping[str, Any]
    heads: Mapping[str, Any]
    hypernetwork: Mapping[str, Any]

    @property
    def num_ws(self) -> int:
        return 2 * int(np.log2(self.generator["img_resolution"])) - 2


PUBLIC = Size({"img_resolution": 1024}, {}, {}, {})
SMALL = Size(
    {"z_dim": 16, "w_dim": 16, "img_resolution": 32, "channel_base": 256, "channel_max": 16},
    {"widths": (8, 8, 12, 14, 16), "num_units": (1, 1, 1, 1), "style_dim": 16},
    {"head_width": 16, "input_size": 64},
    {"layers_to_tune": (2, 3, 9), "code_dim": 8, "input_size": 64},
)


def write(folder: Path, size: Size, names: tuple[str, ...] = CORE, seed: int = 0) -> Path:
    """Writes files by their public names and returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    decoder = rosinality(Generator(**size.generator).state_dict())
    for name in names:
        _write(folder / name, size, decoder)
    return folder


def _write(path: Path, size: Size, decoder: Mapping[str, Tensor]) -> None:
    width = size.generator.get("w_dim", 512)
    if path.name in CLASSES:
        torch.save(_encoder(path.name, size, decoder, width), path)
    elif path.name == "stylegan2-ffhq-config-f.pt":
        torch.save({"g_ema": decoder, "latent_avg": torch.zeros(width)}, path)
    elif path.name == "hyperstyle_ffhq.pt":
        torch.save(_hypernetwork(size, decoder, width), path)
    elif path.name == "w_directions":
        path.mkdir(exist_ok=True)
        for attribute in ("age", "smile"):
            row = np.random.default_rng(0).standard_normal(width) / np.sqrt(width)
            np.save(path / f"{attribute}.npy", np.tile(row, (size.num_ws, 1)))
    elif path.name == "fs3.npy":
        np.save(path, np.random.default_rng(0).standard_normal((_num_channels(size), 512)).astype(np.float32))
    else:
        torch.save(PERCEPTION[path.name](), path)


def _encoder(name: str, size: Size, decoder: Mapping[str, Tensor], width: int) -> dict[str, Any]:
    kind, encoder_type = CLASSES[name]
    arguments = dict(size.trunk)
    if kind is not WEncoder:
        arguments |= {"num_styles": size.num_ws, **size.heads}
    if kind in (Encoder4Editing, GradualStyleEncoder) and size.trunk:
        arguments["pyramid_width"] = size.trunk["widths"][-1]
    state = {f"encoder.{key}": value for key, value in kind(**arguments).state_dict().items()}
    state |= {f"decoder.{key}": value for key, value in decoder.items()}
    opts = {"encoder_type": encoder_type, "start_from_latent_avg": True, "device": "cuda:0"}
    return {"state_dict": state, "latent_avg": torch.zeros(size.num_ws, width), "opts": opts}


def _hypernetwork(size: Size, decoder: Mapping[str, Tensor], width: int) -> dict[str, Any]:
    sizes = {key: size.generator[key] for key in ("channel_base", "channel_max") if key in size.generator}
    network = HyperNetwork(resolution=size.generator["img_resolution"], **sizes, **size.hypernetwork)
    state = {f"hypernet.{key}": value for key, value in network.state_dict().items()}
    state |= {f"decoder.{key}": value for key, value in decoder.items()}
    tuned = ",".join(network.refinement_blocks)
    return {"state_dict": state, "latent_avg": torch.zeros(size.num_ws, width), "opts": {"layers_to_tune": tuned}}


def _num_channels(size: Size) -> int:
    styles = Generator(**size.generator).style_space(torch.zeros(1, size.num_ws, size.generator.get("w_dim", 512)))
    return sum(style.shape[1] for index, style in enumerate(styles) if index % 3 != 1)


def _parser() -> dict[str, Tensor]:
    state = BiSeNet().state_dict()
    final = state["conv_out.conv_out.weight"]
    state["conv_out.conv_out.weight"] = torch.where(torch.arange(19)[:, None, None, None] == 1, 1.0, -1.0) * final.abs()
    return state


def _facenet() -> dict[str, Tensor]:
    from facenet_pytorch.models.inception_resnet_v1 import InceptionResnetV1

    state = InceptionResnetV1().state_dict()
    return state | {"logits.weight": torch.zeros(8631, 512), "logits.bias": torch.zeros(8631)}


def _alexnet() -> dict[str, Tensor]:
    from torchvision.models import alexnet

    return nn.Module.state_dict(alexnet(weights=None))


PERCEPTION = {
    "79999_iter.pth": _parser,
    "model_ir_se50.pth": lambda: ArcFace().state_dict(),
    "20180402-114759-vggface2.pt": _facenet,
    "alexnet-owt-7be5be79.pth": _alexnet,
}


def rosinality(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A stylegan2-pytorch state dict from one of ours: the way back of `layouts.stylegan2_from_rosinality`."""
    out: dict[str, Tensor] = {}
    for key, value in state.items():
        out |= _dense(key, value) or _layer(key, value)
    return out


def _dense(key: str, value: Tensor) -> dict[str, Tensor]:
    match = re.fullmatch(r"mapping\.fc(\d+)\.(weight|bias)", key)
    if match:
        return {f"style.{int(match[1]) + 1}.{match[2]}": value}
    return {"input.input": value[None]} if key == "synthesis.b4.const" else {}


def _layer(key: str, value: Tensor) -> dict[str, Tensor]:
    match = re.fullmatch(r"synthesis\.b(\d+)\.(conv0|conv1|torgb)\.(.+)", key)
    if not match:
        return {}
    level, layer, name = int(np.log2(int(match[1]))) - 2, match[2], match[3]
    number = 2 * level - (layer == "conv0")
    if layer == "torgb":
        head = f"to_rgbs.{level - 1}" if level else "to_rgb1"
    else:
        head = f"convs.{number - 1}" if level else "conv1"
    if name == "resample_filter":
        return {f"{head}.conv.blur.kernel": 4 * value} if layer == "conv0" else {}
    if name == "bias":
        return {f"{head}.bias": value.reshape(1, 3, 1, 1)} if layer == "torgb" else {f"{head}.activate.bias": value}
    new, tensor = {
        "weight": (f"{head}.conv.weight", value[None]),
        "affine.weight": (f"{head}.conv.modulation.weight", value),
        "affine.bias": (f"{head}.conv.modulation.bias", value),
        "noise_strength": (f"{head}.noise.weight", value.reshape(-1)),
        "noise_const": (f"noises.noise_{number}", value[None, None]),
    }[name]
    upsample = {f"{head}.upsample.kernel": torch.zeros(4, 4)} if name == "weight" and layer == "torgb" and level else {}
    return {new: tensor, **upsample}


if __name__ == "__main__":
    write(Path(sys.argv[1]), SMALL if sys.argv[2:] == ["small"] else PUBLIC)
