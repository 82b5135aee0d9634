"""HyperStyle against numbers from the reference implementation (SPEC 13)."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from stitch_exp.errors import ConfigError
from stitch_exp.inverters.hyperstyle import (
    HyperNetwork,
    generator_layers,
    offset_state,
    offset_weights,
    render_offset,
)
from stitch_exp.inverters.hyperstyle_blocks import ChannelBlock, SharedWeightNet
from stitch_exp.networks.stylegan2 import Generator
from stitch_exp.weights.layouts import stylegan2_from_rosinality
from tests.golden.fill import fill_state_dict, rand, smooth_image

GOLDEN = Path(__file__).parents[1] / "golden"
FEATURES = (1, 512, 16, 16)


def golden(name: str) -> dict[str, torch.Tensor]:
    with np.load(GOLDEN / name) as file:
        return {key: torch.from_numpy(file[key]) for key in file.files if key != "meta"}


def filled(make: Callable[[], nn.Module]) -> nn.Module:
    with torch.device("meta"):
        network = make()
    state: dict[str, torch.Tensor] = {}
    for key, value in network.state_dict().items():
        # Ten names share the tensors of one network; the recipe fills them under the first.
        if ".hypernet." not in key:
            state |= fill_one(key, value, network)
    network.load_state_dict(state, strict=False, assign=True)
    for block in getattr(network, "refinement_blocks", {}).values():
        if hasattr(block, "hypernet"):
            block.hypernet = network.shared_weight_hypernet
    return network.eval()


def fill_one(key: str, value: torch.Tensor, network: nn.Module) -> dict[str, torch.Tensor]:
    siblings = {name: torch.empty(0) for name in network.state_dict() if name.endswith("running_mean")}
    empty = {**siblings, key: torch.zeros_like(value, device="cpu")}
    return {key: fill_state_dict(empty, "plain")[key]}


def assert_close(actual: torch.Tensor, expected: torch.Tensor) -> None:
    assert actual.shape == expected.shape
    assert (actual - expected).abs().max() <= 1e-4 * expected.abs().max()


def test_state_dict_is_the_public_one() -> None:
    expected = json.loads((GOLDEN / "hyperstyle_hypernet.json").read_text())["state_dict"]
    with torch.device("meta"):
        state = HyperNetwork().state_dict()
    found = [[key, list(value.shape), str(value.dtype).removeprefix("torch.")] for key, value in state.items()]
    assert found == expected


def test_fewer_layers_have_fewer_blocks() -> None:
    with torch.device("meta"):
        keys = HyperNetwork(layers_to_tune=(5, 6, 24)).refinement_blocks.keys()
    assert list(keys) == ["5", "6", "24"]
    with pytest.raises(ConfigError, match=r"layers_to_tune has \[26\]; a 1024 px generator has 0 to 25"):
        HyperNetwork(layers_to_tune=(3, 26))


def test_layers_are_those_of_the_generator() -> None:
    with torch.device("meta"):
        weights = dict(Generator(img_resolution=256, channel_base=4096, channel_max=256).named_parameters())
    layers = generator_layers(256, 4096, 256)
    assert len(layers) == 20
    for layer in layers:
        assert weights[layer.key].shape == (layer.out_channels, layer.in_channels, layer.kernel, layer.kernel)


@torch.no_grad()
def test_parts() -> None:
    expected = golden("hyperstyle_parts_small.npz")
    shared = filled(lambda: SharedWeightNet(code_dim=32, in_channels=24, out_channels=16))
    assert_close(shared(rand("hz", (2, 32))), expected["shared_delta"])
    features = rand("hfeat", FEATURES)
    refined = filled(lambda: ChannelBlock(128, 64, kernel=3))(features)
    assert_close(refined[..., 1, 2], expected["refine20"])
    assert_close(filled(lambda: ChannelBlock(32, 3, kernel=1))(features), expected["torgb25"])


@pytest.fixture(scope="module")
def generator() -> Generator:
    manifest = json.loads((GOLDEN / "stylegan2_rosinality_smallcfg.json").read_text())["state_dict"]
    empty = {key: torch.zeros(shape) for key, shape, _ in manifest}
    state = stylegan2_from_rosinality(fill_state_dict(empty, "rosinality"), None)
    generator = Generator(img_resolution=64, channel_base=16384, channel_max=512)
    generator.load_state_dict(state)
    return generator.eval()


@torch.no_grad()
def test_offsets_change_the_image_as_in_the_reference(generator: Generator) -> None:
    expected = golden("hyperstyle_decoder_small.npz")
    offsets = {
        layer.key: rand(f"wdelta{index}", (layer.out_channels, layer.in_channels, layer.kernel, layer.kernel), 0.2)
        for index, layer in enumerate(generator_layers(64, 16384, 512))
        if layer.kernel == 3
    }
    assert_close(generator(expected["wplus"]), expected["img_plain"])
    assert_close(render_offset(generator, offsets, expected["wplus"]), expected["img"])
    assert_close(offset_weights(generator, offsets)(expected["wplus"]), expected["img"])
    assert_close(generator(expected["wplus"]), expected["img_plain"])


def test_offsets_of_another_generator_are_refused(generator: Generator) -> None:
    with pytest.raises(ConfigError, match=r"'synthesis.b512.conv0.weight' is \(3,\), the generator's weight is absent"):
        offset_state(generator, {"synthesis.b512.conv0.weight": torch.zeros(3)})
    with pytest.raises(ConfigError, match=r"is \(3,\), the generator's weight is \(512, 512, 3, 3\)"):
        offset_state(generator, {"synthesis.b8.conv0.weight": torch.zeros(3)})


@pytest.mark.slow
@torch.no_grad()
def test_whole_hypernetwork() -> None:
    """Needs 1.5 GB and about a minute."""
    expected = golden("hyperstyle_hypernet_small.npz")
    network = filled(HyperNetwork)
    images = torch.cat([smooth_image("face256", 256, 256), smooth_image("face256_b", 256, 256)], dim=1)
    features = network.features(images)
    assert_close(features[0, :8], expected["feature_slice"])
    for index, block in network.refinement_blocks.items():
        offset = block(features)[0]
        assert_close(offset[:6, :6], expected[f"delta{index}_slice"])
        stats = torch.stack([offset.mean(), offset.std(), offset.abs().max()]).double()
        assert torch.allclose(stats, expected[f"delta{index}_stats"], rtol=1e-3, atol=1e-5)
