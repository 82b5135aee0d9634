"""The stand-in files are those of the public layouts, and every loader reads them."""

import json
from pathlib import Path

import pytest
import torch

from stitch_exp.inverters.files import load_hypernetwork, load_inverter
from stitch_exp.networks.generator_files import load_generator
from tests import standins


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    names = tuple(name for name in standins.ALL if "alexnet" not in name and "vggface" not in name)
    return standins.write(tmp_path_factory.mktemp("weights"), standins.SMALL, names)


def test_the_full_generator_has_the_public_keys(golden: Path) -> None:
    entries = json.loads((golden / "stylegan2_rosinality.json").read_text())["state_dict"]
    with torch.device("meta"):
        state = standins.rosinality(standins.Generator(img_resolution=1024).state_dict())
    assert {key: list(value.shape) for key, value in state.items()} == {key: shape for key, shape, _ in entries}


def test_generators_survive_the_way_there_and_back(folder: Path) -> None:
    torch.manual_seed(0)
    made = standins.Generator(**standins.SMALL.generator)
    loaded = load_generator(folder / "stylegan2-ffhq-config-f.pt")
    inside = load_generator(folder / "e4e_ffhq_encode.pt")
    codes = torch.randn(1, made.num_ws, 16)
    assert torch.allclose(made(codes), loaded(codes), atol=1e-5)
    assert torch.equal(inside(codes), loaded(codes))


@pytest.mark.parametrize(("name", "kind"), [
    ("e4e_ffhq_encode.pt", "e4e"),
    ("psp_ffhq_encode.pt", "psp"),
    ("restyle_e4e_ffhq_encode.pt", "restyle_e4e"),
    ("faces_w_encoder.pt", "w_encoder"),
])  # fmt: skip
def test_encoders_load(folder: Path, name: str, kind: str) -> None:
    inverter = load_inverter(folder / name)
    assert inverter.kind == kind and inverter.num_ws == 8


def test_the_hypernetwork_loads(folder: Path) -> None:
    network = load_hypernetwork(folder / "hyperstyle_ffhq.pt")
    assert list(network.refinement_blocks) == ["2", "3", "9"] and network.input_size == 64
    offsets = network(torch.zeros(1, 6, 64, 64))
    weights = dict(load_generator(folder / "hyperstyle_ffhq.pt").named_parameters())
    assert {key: value.shape[1:] for key, value in offsets.items()} == {key: weights[key].shape for key in offsets}
