"""Every encoder comes out of its published layout, at the full size key by key, and small with its numbers."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from stitch_exp.errors import WeightsError
from stitch_exp.inverters.files import CLASSES, load_hypernetwork, load_inverter
from stitch_exp.inverters.hyperstyle import HyperNetwork
from stitch_exp.inverters.restyle import BackboneEncoder, ProgressiveBackboneEncoder
from stitch_exp.inverters.w_encoder import WEncoder
from stitch_exp.weights import layouts

TRUNK = {"widths": (4, 8, 12, 16, 24), "num_units": (1, 1, 1, 1)}
HEADS = {"num_styles": 6, "style_dim": 24, "head_width": 8, "input_size": 64, "in_channels": 6}
PUBLIC = {
    "e4e_encoder": "e4e",
    "psp_encoder": "psp",
    "restyle_e4e_encoder": "restyle_e4e",
    "restyle_psp_encoder": "restyle_psp",
    "restyle_sg3_encoder": "restyle_e4e",
    "w_encoder": "w_encoder",
}


def manifest(golden: Path, name: str) -> dict[str, Tensor]:
    entries = json.loads((golden / f"{name}.json").read_text())["state_dict"]
    return {key: torch.empty(shape, device="meta") for key, shape, _ in entries}


def shapes(state: Mapping[str, Tensor]) -> dict[str, torch.Size]:
    return {key: value.shape for key, value in state.items()}


@pytest.mark.parametrize("name", PUBLIC)
def test_public_encoders_key_by_key(golden: Path, name: str) -> None:
    state = manifest(golden, name)
    with torch.device("meta"):
        network = CLASSES[PUBLIC[name]](**layouts.encoder_arguments(state))
    assert shapes(network.state_dict()) == shapes(state)


def test_public_hypernetwork_key_by_key(golden: Path) -> None:
    state = manifest(golden, "hyperstyle_hypernet")
    sizes = layouts.stylegan2_arguments(manifest(golden, "stylegan2_ada"))
    with torch.device("meta"):
        network = HyperNetwork(**layouts.hypernetwork_arguments(state, sizes))
    assert shapes(network.state_dict()) == shapes(state)


def checkpoint(network: nn.Module, encoder_type: str, latent_avg: Tensor) -> dict:
    state = {f"encoder.{key}": value for key, value in network.state_dict().items()}
    return {"state_dict": state, "latent_avg": latent_avg, "opts": {"encoder_type": encoder_type, "input_nc": 6}}


@torch.no_grad()
@pytest.mark.parametrize("kind", [BackboneEncoder, ProgressiveBackboneEncoder])
def test_restyle_checkpoint(tmp_path: Path, kind: type[nn.Module]) -> None:
    made = kind(**TRUNK, **HEADS).eval()
    torch.save(checkpoint(made, kind.__name__, torch.zeros(6, 24)), tmp_path / "r.pt")
    inverter = load_inverter(tmp_path / "r.pt")
    images = torch.randn(1, 6, 64, 64)
    assert inverter.kind.startswith("restyle") and inverter.input_size == 64
    assert torch.allclose(inverter(images), made(images))


@torch.no_grad()
def test_w_encoder_checkpoint(tmp_path: Path) -> None:
    made, average = WEncoder(**TRUNK, style_dim=24).eval(), torch.randn(6, 24)
    torch.save(checkpoint(made, "WEncoder", average), tmp_path / "w.pt")
    inverter = load_inverter(tmp_path / "w.pt")
    images = torch.randn(2, 3, 64, 64)
    assert inverter.kind == "w_encoder" and inverter.num_ws == 6
    assert torch.allclose(inverter(images), made(images)[:, None] + average, atol=1e-6)


@torch.no_grad()
def test_an_average_is_added_only_if_the_options_say_so(tmp_path: Path) -> None:
    made = BackboneEncoder(**TRUNK, **HEADS).eval()
    content = checkpoint(made, "BackboneEncoder", torch.ones(6, 24))
    content["opts"]["start_from_latent_avg"] = False
    torch.save(content, tmp_path / "r.pt")
    assert load_inverter(tmp_path / "r.pt").latent_avg.abs().max() == 0
    del content["latent_avg"], content["opts"]["start_from_latent_avg"]
    torch.save(content, tmp_path / "r.pt")
    with pytest.raises(WeightsError, match="lacks latent_avg"):
        load_inverter(tmp_path / "r.pt")


def test_hypernetwork_needs_its_file(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(1)}, tmp_path / "h.pt")
    with pytest.raises(WeightsError, match="holds no HyperStyle"):
        load_hypernetwork(tmp_path / "h.pt")
