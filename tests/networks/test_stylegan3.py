"""StyleGAN3, T and R, against numbers from the reference implementation (SPEC 13)."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from stitch_exp.errors import ConfigError
from stitch_exp.networks.stylegan3 import Generator
from tests.golden.fill import fill_state_dict

GOLDEN = Path(__file__).parents[1] / "golden"
SMALL = {"z_dim": 64, "w_dim": 64, "img_resolution": 64}
KINDS = {
    "t": {"channel_base": 2048, "channel_max": 64},
    "r": {"channel_base": 4096, "channel_max": 128, "conv_kernel": 1, "use_radial_filters": True},
}
PUBLIC = {
    "t": {"img_resolution": 1024},
    "r": {
        "img_resolution": 1024,
        "channel_base": 65536,
        "channel_max": 1024,
        "conv_kernel": 1,
        "use_radial_filters": True,
    },
}


def assert_close(actual: torch.Tensor, expected: torch.Tensor, tolerance: float = 1e-4) -> None:
    assert actual.shape == expected.shape
    assert (actual - expected).abs().max() <= tolerance * max(1.0, float(expected.abs().max()))


@pytest.fixture(scope="module", params=["t", "r"])
def case(request: pytest.FixtureRequest) -> tuple[Generator, dict[str, torch.Tensor]]:
    generator = Generator(**SMALL, **KINDS[request.param])
    generator.load_state_dict(fill_state_dict(generator, "sg3"))
    with np.load(GOLDEN / f"stylegan3_{request.param}_small.npz") as file:
        golden = {key: torch.from_numpy(file[key]) for key in file.files if key != "meta"}
    return generator.eval(), golden


@pytest.mark.parametrize("kind", ["t", "r"])
@pytest.mark.parametrize("size", ["", "_smallcfg"])
def test_state_dict_is_the_public_one(kind: str, size: str) -> None:
    manifest = json.loads((GOLDEN / f"stylegan3_{kind}{size}.json").read_text())["state_dict"]
    arguments = SMALL | KINDS[kind] if size else PUBLIC[kind]
    state = Generator(**arguments).state_dict()
    assert [[key, list(value.shape)] for key, value in state.items()] == [[key, shape] for key, shape, _ in manifest]
    assert {str(value.dtype) for value in state.values()} == {"torch.float32"}


@torch.no_grad()
def test_mapping_and_truncation(case) -> None:
    generator, golden = case
    assert_close(generator.map(golden["z"])[:, 0], golden["w"])
    assert_close(generator.map(golden["z"], 0.7)[:, 0], golden["w_trunc07"])


@torch.no_grad()
def test_images(case) -> None:
    generator, golden = case
    assert_close(generator(generator.map(golden["z"])), golden["img_w"])
    assert_close(generator(golden["wplus"], noise_mode="random"), golden["img_wplus"])
    assert_close(generator.from_styles(generator.style_space(golden["wplus"])), golden["img_wplus"])


@torch.no_grad()
def test_user_transform(case) -> None:
    generator, golden = case
    ws = golden["wplus"]
    assert_close(generator(ws, transform=golden["transform"]), golden["img_transformed"])
    assert_close(generator(ws, transform=golden["transform"][None]), golden["img_transformed"])


@torch.no_grad()
def test_fourier_features_and_layers(case) -> None:
    generator, golden = case
    styles = generator.style_space(golden["wplus"])
    source = generator.synthesis.input
    x = source(styles[0])
    assert_close(x.mean(dim=(2, 3)), golden["fourier_mean"])
    assert_close(x[0, :8], golden["fourier_slice"])
    assert_close(source(styles[0], golden["transform"])[0, :8], golden["fourier_tf_slice"])
    for index, layer in enumerate(generator.synthesis.layers()):
        x = layer(x, styles[index + 1])
        key = f"feat_L{index}"
        if key in golden:
            step = x.shape[-1] // golden[key].shape[-1]
            assert_close(x[0, :4, ::step, ::step], golden[key])


@torch.no_grad()
def test_an_image_does_not_depend_on_its_batch(case) -> None:
    generator, golden = case
    pair = torch.cat([golden["wplus"], 3 * golden["wplus"].flip(1)])
    assert_close(generator(pair)[:1], generator(golden["wplus"]))


def test_gradients_reach_codes_and_weights(case) -> None:
    generator, golden = case
    ws = golden["wplus"].clone().requires_grad_()
    generator(ws).square().mean().backward()
    assert (ws.grad[0].abs().sum(dim=1) > 0).all()
    assert generator.synthesis.input.weight.grad.abs().sum() > 0


def test_coarse_layers_and_no_smaller_image(case) -> None:
    generator, _ = case
    rates = generator.synthesis.sampling_rates
    assert generator.layers_below(rates[0]) == []
    assert len(generator.layers_below(rates[-1] + 1)) == len(generator.synthesis.layers()) + 1
    with pytest.raises(ConfigError, match=r"model\.resolution is 8"):
        generator.stop_at(8)


def test_bad_arguments_are_explained(case) -> None:
    with pytest.raises(ConfigError, match="img_resolution is 100"):
        Generator(img_resolution=100)
    with pytest.raises(ConfigError, match="codes have 3 rows; StyleGAN3 takes 16"):
        case[0](torch.zeros(1, 3, 64))
