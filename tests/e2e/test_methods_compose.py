"""Every encoder and edit of the config, built as the application builds them, on small stand-in weight files."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hydra import compose, initialize_config_dir
from safetensors.torch import save_file
from torch import nn

from stitch_exp.building.builder import Builder
from stitch_exp.config import schema
from stitch_exp.config.validate import problems
from stitch_exp.inverters.e4e import Encoder4Editing, GradualStyleEncoder
from stitch_exp.inverters.hyperstyle import HyperNetwork
from stitch_exp.inverters.restyle import BackboneEncoder, ProgressiveBackboneEncoder
from stitch_exp.inverters.w_encoder import WEncoder
from stitch_exp.networks.latent_transformer import LatentTransformer
from stitch_exp.networks.styleclip_mapper import LevelsMapper
from stitch_exp.networks.stylegan2 import Generator
from stitch_exp.types import AlignedClip, StyleSpace, TunedGenerator, Workspace, WPlus

SIDE, WIDTH, ROWS, FRAMES = 64, 16, 10, 2
GENERATOR = {
    "z_dim": WIDTH, "w_dim": WIDTH, "img_resolution": SIDE, "num_mapping_layers": 2, "channel_base": 256,
    "channel_max": 16,
}  # fmt: skip
TRUNK = {"widths": [8, 8, 8, 8, 16], "num_units": [1, 1, 1, 1]}
HEADS = TRUNK | {"num_styles": ROWS, "style_dim": WIDTH, "input_size": 64, "head_width": 16}
PYRAMID = HEADS | {"pyramid_width": 16}
ENCODERS: dict[str, tuple[type[nn.Module], dict[str, Any]]] = {
    "e4e": (Encoder4Editing, PYRAMID),
    "psp": (GradualStyleEncoder, PYRAMID),
    "restyle_e4e": (ProgressiveBackboneEncoder, HEADS),
    "restyle_psp": (BackboneEncoder, HEADS),
    "w_encoder": (WEncoder, TRUNK | {"style_dim": WIDTH}),
}
HYPERNETWORK = {
    "layers_to_tune": [2, 3, 9], "resolution": SIDE, "channel_base": 256, "channel_max": 16, "code_dim": 8,
    "input_size": 64,
}  # fmt: skip


def write(path: Path, network: nn.Module, metadata: Mapping[str, str], **more: torch.Tensor) -> None:
    tensors = {key: value.clone() for key, value in network.state_dict().items()}
    save_file(tensors | more, path, dict(metadata))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("weights")
    generator = Generator(**GENERATOR)
    write(folder / "generator.safetensors", generator, {"config": json.dumps(GENERATOR)})
    for kind, (network, config) in ENCODERS.items():
        metadata = {"kind": kind, "config": json.dumps(config)}
        write(folder / f"{kind}.safetensors", network(**config), metadata, latent_avg=torch.zeros(ROWS, WIDTH))
    write(folder / "hypernetwork.safetensors", HyperNetwork(**HYPERNETWORK), {"config": json.dumps(HYPERNETWORK)})
    save_file({"age": torch.randn(ROWS, WIDTH)}, folder / "directions.safetensors")
    write(folder / "tnet_31.safetensors", LatentTransformer(num_ws=ROWS, w_dim=WIDTH), {})
    levels = ("course_mapping", "medium_mapping")
    write(folder / "mapper.safetensors", LevelsMapper(levels=levels, w_dim=WIDTH), {})
    styles = generator.style_space(torch.zeros(1, ROWS, WIDTH))
    channels = sum(style.shape[1] for index, style in enumerate(styles) if index % 3 != 1)
    np.save(folder / "fs3.npy", np.random.default_rng(0).standard_normal((channels, 12)).astype(np.float32))
    np.save(folder / "smile.npy", np.random.default_rng(1).standard_normal(12).astype(np.float32))
    return folder


def overrides(files: Path, *chosen: str) -> list[str]:
    return [
        *(f"model.inverters.{kind}={files}/{kind}.safetensors" for kind in ENCODERS),
        f"model.resolution={SIDE}",
        f"model.generator={files}/generator.safetensors",
        f"model.hypernetwork={files}/hypernetwork.safetensors",
        f"model.directions={files}/directions.safetensors",
        f"model.styleclip_directions={files}/fs3.npy",
        f"model.latent_transformers={files}",
        "runtime.device=cpu",
        "runtime.threads=1",
        "logger=none",
        *chosen,
    ]


def build(arguments: list[str], *names: str) -> list[Any]:
    schema.register()
    with initialize_config_dir(str(schema.config_folder()), version_base="1.3"):
        builder = Builder(compose("run", overrides=arguments))
    return [builder._node(name) for name in names]


def clip() -> AlignedClip:
    crops = np.random.default_rng(2).integers(0, 256, (FRAMES, SIDE, SIDE, 3), dtype=np.uint8)
    eye = np.broadcast_to(np.eye(3), (FRAMES, 3, 3))
    return AlignedClip(
        crops, np.arange(FRAMES), eye, np.zeros((FRAMES, 4, 2)), np.zeros((FRAMES, 68, 2)), ("detected",) * FRAMES
    )


@pytest.mark.parametrize("name", ["e4e", "psp", "restyle_e4e", "restyle_psp", "hyperstyle", "optimise"])
def test_encoders(files: Path, name: str) -> None:
    steps = (
        ["encoder.schedule.num_steps=3", "encoder.perceptual_px=64", "encoder.num_samples=16"]
        if name == "optimise"
        else []
    )
    [encoder] = build(overrides(files, f"encoder={name}", *steps), "encoder")
    pivots = encoder(clip(), Workspace())
    assert pivots.codes.shape == (FRAMES, ROWS, WIDTH) and pivots.codes.isfinite().all()
    assert bool(pivots.weight_offsets) == (name == "hyperstyle")


EDITS = {
    "none": ([], WPlus),
    "age": (["edit.strength=1.5"], WPlus),
    "latent_transformer": ([], WPlus),
    "styleclip_mapper": (["edit.weights={files}/mapper.safetensors"], WPlus),
    "styleclip_global": (["edit.text_direction={files}/smile.npy"], StyleSpace),
}


@pytest.mark.parametrize("name", EDITS)
def test_edits(files: Path, name: str) -> None:
    settings, kind = EDITS[name]
    [edit] = build(overrides(files, f"edit={name}", *(text.format(files=files) for text in settings)), "edit")
    generator = Generator(**GENERATOR)
    pivots = torch.randn(FRAMES, ROWS, WIDTH)
    state = {key: value.detach() for key, value in generator.state_dict().items()}
    tuned = TunedGenerator(state, pivots, np.zeros((FRAMES, SIDE, SIDE, 3), np.uint8), np.zeros(0))
    edited = edit(tuned, Workspace())
    assert type(edited.latents) is kind and len(edited.latents) == FRAMES
    assert edited.latents.render(generator).shape == (FRAMES, 3, SIDE, SIDE)
    if kind is WPlus:
        assert torch.equal(edited.latents.codes, pivots) == (name == "none")


@pytest.mark.parametrize("tuning", ["pti", "none"])
def test_hyperstyle_with_and_without_tuning_then_a_text_edit(files: Path, tuning: str) -> None:
    arguments = overrides(
        files, "encoder=hyperstyle", f"tuning={tuning}", "edit=styleclip_global",
        f"edit.text_direction={files}/smile.npy",
        *(["tuning.num_passes=2"] if tuning == "pti" else []),
    )  # fmt: skip
    assert problems(arguments) == []
    encoder, tuner, edit = build(arguments, "encoder", "tuning", "edit")
    aligned, work = clip(), Workspace()
    pivots = encoder(aligned, work)
    tuned = tuner(aligned, pivots, work)
    key = next(iter(pivots.weight_offsets))
    original = build(arguments, "encoder")[0].generator.state_dict()[key]
    change = tuned.state[key] / original - 1
    if tuning == "none":
        assert torch.allclose(change, pivots.weight_offsets[key], atol=1e-3)
    assert tuned.inversions.shape == aligned.crops.shape and tuned.inversions.std() > 0
    edited = edit(tuned, work)
    assert isinstance(edited.latents, StyleSpace) and all(style.isfinite().all() for style in edited.latents.styles)
