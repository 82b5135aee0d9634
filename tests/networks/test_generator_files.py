"""Generators and encoders come out of every published layout as the reference computes them."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from stitch_exp.errors import WeightsError
from stitch_exp.inverters.e4e import Encoder4Editing
from stitch_exp.inverters.files import load_inverter
from stitch_exp.networks import generator_files
from stitch_exp.networks.generator_files import load_generator
from stitch_exp.networks.stylegan2 import Generator
from stitch_exp.weights.layouts import stylegan2_arguments, stylegan2_from_rosinality
from tests.golden.fill import fill_state_dict

SMALL = {
    "z_dim": 32,
    "w_dim": 32,
    "img_resolution": 16,
    "num_mapping_layers": 2,
    "channel_base": 128,
    "channel_max": 16,
}
ENCODER = {
    "num_styles": 6,
    "style_dim": 32,
    "input_size": 64,
    "widths": (4, 8, 12, 16, 24),
    "num_units": (1, 1, 1, 1),
    "pyramid_width": 24,
    "head_width": 8,
}


def arrays(path: Path) -> dict[str, torch.Tensor]:
    with np.load(path) as file:
        return {key: torch.from_numpy(file[key]) for key in file.files if file[key].dtype.kind == "f"}


def manifest(path: Path) -> dict[str, torch.Tensor]:
    entries = json.loads(path.read_text())["state_dict"]
    return {key: torch.empty(shape, device="meta") for key, shape, _ in entries}


def assert_close(actual: torch.Tensor, expected: torch.Tensor) -> None:
    assert (actual - expected).abs().max() <= 1e-4 * expected.std()


@torch.no_grad()
def test_nvidia_snapshot_renders_the_reference_image(golden: Path) -> None:
    generator = load_generator(golden / "nvidia_layout_mini.pkl")
    expected = arrays(golden / "nvidia_layout_mini_small.npz")
    assert_close(generator(expected["wplus"]), expected["img"])


@torch.no_grad()
def test_rosinality_file_renders_the_reference_image(golden: Path, tmp_path: Path) -> None:
    shapes = json.loads((golden / "stylegan2_rosinality_smallcfg.json").read_text())["state_dict"]
    state = fill_state_dict({key: torch.zeros(shape) for key, shape, _ in shapes}, "rosinality")
    expected = arrays(golden / "stylegan2_rosinality_small.npz")
    torch.save({"g_ema": state, "latent_avg": expected["latent_avg"]}, tmp_path / "g.pt")
    generator = load_generator(tmp_path / "g.pt")
    assert_close(generator.map(expected["z"])[:, 0], expected["w"])
    assert_close(generator(expected["wplus"]), expected["img_wplus"])
    assert_close(generator(generator.map(expected["z"])), expected["img_w"])
    assert_close(generator(generator.map(expected["z"], 0.7)), expected["img_trunc07"])


def test_key_map_at_the_full_public_size(golden: Path) -> None:
    mapped = stylegan2_from_rosinality(manifest(golden / "stylegan2_rosinality.json"), None)
    expected = manifest(golden / "stylegan2_ada.json")
    assert {key: value.shape for key, value in mapped.items()} == {key: value.shape for key, value in expected.items()}
    assert stylegan2_arguments(mapped) == {
        "z_dim": 512,
        "w_dim": 512,
        "img_resolution": 1024,
        "img_channels": 3,
        "num_mapping_layers": 8,
        "channel_base": 32768,
        "channel_max": 512,
    }


@pytest.mark.parametrize("with_config", [True, False])
def test_own_file_keeps_generator_and_numbers(tmp_path: Path, with_config: bool) -> None:
    made = Generator(**SMALL)
    metadata = {"config": json.dumps(SMALL)} if with_config else {}
    save_file(made.state_dict(), tmp_path / "g.safetensors", metadata)
    loaded = load_generator(tmp_path / "g.safetensors")
    codes = torch.randn(1, made.num_ws, 32)
    assert torch.equal(made(codes), loaded(codes)) and not loaded.training


def test_wrong_network_is_said(tmp_path: Path) -> None:
    state = Generator(**SMALL).state_dict()
    torch.save({"a": torch.zeros(1)}, tmp_path / "other.pt")
    with pytest.raises(WeightsError, match="holds no StyleGAN generator"):
        load_generator(tmp_path / "other.pt")
    del state["synthesis.b8.conv0.bias"]
    state["synthesis.b8.torgb.bias"] = torch.zeros(4)
    save_file(state, tmp_path / "g.safetensors")
    with pytest.raises(WeightsError, match=r"1 missing \(synthesis.b8.conv0.bias\); 1 of another shape"):
        load_generator(tmp_path / "g.safetensors")


def test_e4e_checkpoint(tmp_path: Path) -> None:
    made = Encoder4Editing(**ENCODER).eval()
    state = {f"encoder.{key}": value for key, value in made.state_dict().items()}
    average = torch.randn(6, 32)
    opts = {"encoder_type": "Encoder4Editing", "stylegan_size": 16, "start_from_latent_avg": True, "device": "cuda:0"}
    torch.save({"state_dict": state, "latent_avg": average, "opts": opts}, tmp_path / "e.pt")
    inverter = load_inverter(tmp_path / "e.pt")
    images = torch.randn(1, 3, 64, 64)
    assert (inverter.kind, inverter.input_size, inverter.num_ws) == ("e4e", 64, 6)
    assert torch.allclose(inverter(images), made(images) + average)


def test_own_encoder_file(tmp_path: Path) -> None:
    made = Encoder4Editing(**ENCODER).eval()
    tensors = {f"network.{key}": value for key, value in made.state_dict().items()} | {"latent_avg": torch.randn(6, 32)}
    save_file(tensors, tmp_path / "e.safetensors", {"config": json.dumps(ENCODER), "kind": "e4e"})
    images = torch.randn(1, 3, 64, 64)
    assert torch.allclose(load_inverter(tmp_path / "e.safetensors")(images), made(images) + tensors["latent_avg"])


def test_unknown_encoder_is_said(tmp_path: Path) -> None:
    state = {f"encoder.{key}": value for key, value in Encoder4Editing(**ENCODER).state_dict().items()}
    torch.save({"state_dict": state, "latent_avg": torch.zeros(6, 32), "opts": {}}, tmp_path / "e.pt")
    with pytest.raises(WeightsError, match=r"opts\.encoder_type"):
        load_inverter(tmp_path / "e.pt")
    torch.save({"a": torch.zeros(1)}, tmp_path / "f.pt")
    with pytest.raises(WeightsError, match="holds no encoder"):
        load_inverter(tmp_path / "f.pt")


def test_the_limit_of_a_half_precision_snapshot_is_kept() -> None:
    kwargs = {"synthesis_kwargs": {"channel_base": 256, "conv_clamp": 256, "num_fp16_res": 4}}
    assert generator_files._conv_clamp({"G_ema": {"init_kwargs": kwargs}}) == {"conv_clamp": 256.0}
    for without in ({}, {"G_ema": None}, {"G_ema": {"init_kwargs": {"synthesis_kwargs": {"conv_clamp": None}}}}):
        assert generator_files._conv_clamp(without) == {}
