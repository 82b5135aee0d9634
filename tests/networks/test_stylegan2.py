"""The generator against numbers from the reference implementation (SPEC 13)."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from stitch_exp.errors import ConfigError
from stitch_exp.networks.stylegan2 import Generator
from tests.golden.fill import fill_state_dict, rand

GOLDEN = Path(__file__).parents[1] / "golden"
SMALL = {"z_dim": 64, "w_dim": 64, "img_resolution": 64, "channel_base": 2048, "channel_max": 64}


def load(name: str) -> dict[str, torch.Tensor]:
    with np.load(GOLDEN / name) as file:
        return {key: torch.from_numpy(file[key]) for key in file.files if file[key].dtype.kind == "f"}


def assert_close(actual: torch.Tensor, expected: torch.Tensor, fraction: float = 1e-4) -> None:
    scale = expected.std() if expected.numel() > 1 else expected.abs()
    assert (actual - expected).abs().max() <= fraction * scale


@pytest.fixture(scope="module")
def generator() -> Generator:
    generator = Generator(**SMALL)
    generator.load_state_dict(fill_state_dict(generator, "sg2ada"))
    return generator.eval()


@pytest.fixture(scope="module")
def golden() -> dict[str, torch.Tensor]:
    return load("stylegan2_ada_small.npz")


def test_state_dict_is_the_public_one() -> None:
    manifest = json.loads((GOLDEN / "stylegan2_ada.json").read_text())["state_dict"]
    with torch.device("meta"):
        state = Generator(img_resolution=1024).state_dict()
    assert {key: list(value.shape) for key, value in state.items()} == {key: shape for key, shape, _ in manifest}


@torch.no_grad()
def test_mapping_and_truncation(generator: Generator, golden: dict[str, torch.Tensor]) -> None:
    assert_close(generator.map(golden["z"])[:, 0], golden["w"])
    assert_close(generator.map(golden["z"], 0.7)[:, 3], golden["w_trunc07"])
    assert_close(generator.map(golden["z"], 0.5, 4), golden["w_trunc05_cut4"])


@torch.no_grad()
def test_images(generator: Generator, golden: dict[str, torch.Tensor]) -> None:
    ws = generator.map(golden["z"])
    assert_close(generator(ws), golden["img_const"])
    assert_close(generator(ws, noise_mode="none"), golden["img_none"])
    assert_close(generator(golden["wplus"]), golden["img_wplus_const"])


def test_gradients(generator: Generator) -> None:
    golden = load("stylegan2_ada_grad_small.npz")
    generator.zero_grad()
    loss = (generator(golden["wplus"]) * golden["r"]).mean()
    loss.backward()
    assert_close(loss.detach(), golden["loss"], 1e-3)
    parameters = dict(generator.named_parameters())
    for key in (key for key in golden if key.startswith("g:")):
        assert_close(parameters[key[2:]].grad, golden[key], 1e-3)


@torch.no_grad()
def test_style_space(generator: Generator) -> None:
    golden = load("stylespace_small.npz")
    styles = generator.style_space(golden["wplus"])
    assert_close(torch.cat(styles, dim=1), golden["styles"])
    assert_close(generator.from_styles(styles), golden["img"])
    is_rgb = [index == 1 or (index > 1 and index % 3 == 1) for index in range(len(styles))]
    edited = [
        style if rgb else style + rand(f"ds{index}", style.shape[1:], 0.5)
        for index, (style, rgb) in enumerate(zip(styles, is_rgb, strict=True))
    ]
    assert_close(generator.from_styles(edited), golden["img_edited"])


@torch.no_grad()
def test_early_stop_is_the_running_image(generator: Generator, golden: dict[str, torch.Tensor]) -> None:
    assert generator(golden["wplus"], resolution=32).shape == (2, 3, 32, 32)


@torch.no_grad()
def test_a_generator_cut_short_makes_the_running_image(generator: Generator, golden: dict[str, torch.Tensor]) -> None:
    whole = Generator(**SMALL).eval()
    whole.load_state_dict(generator.state_dict())
    whole.stop_at(32)
    assert whole.resolution == 32 and not any(key.startswith("synthesis.b64") for key in whole.state_dict())
    assert torch.equal(whole(golden["wplus"]), generator(golden["wplus"], resolution=32))
    with pytest.raises(ConfigError, match="resolution is 48"):
        whole.stop_at(48)


def synthesis_gradients(generator: Generator, ws: torch.Tensor) -> list[torch.Tensor]:
    generator.zero_grad()
    generator(ws).square().sum().div(len(ws)).backward()
    return [parameter.grad.clone() for parameter in generator.synthesis.parameters()]


def test_a_single_image_has_the_gradients_of_a_batch(generator: Generator, golden: dict[str, torch.Tensor]) -> None:
    """One image is modulated through the weights, two are not."""
    ws = golden["wplus"][:1]
    pairs = zip(synthesis_gradients(generator, ws), synthesis_gradients(generator, ws.repeat(2, 1, 1)), strict=True)
    for single, batch in pairs:
        assert_close(batch, single, 1e-3)


def test_coarse_blocks(generator: Generator) -> None:
    assert generator.layers_below(16) == generator.synthesis.blocks()[:2]


@torch.no_grad()
def test_batch_does_not_change_an_image(generator: Generator, golden: dict[str, torch.Tensor]) -> None:
    assert_close(generator(golden["wplus"][1:]), golden["img_wplus_const"][1:])


def test_half_precision_channels_last_stays_close(generator: Generator, golden: dict[str, torch.Tensor]) -> None:
    copy = Generator(**SMALL).eval().to(memory_format=torch.channels_last)
    copy.load_state_dict(generator.state_dict())
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        image = copy(golden["wplus"])
    assert image.dtype == torch.float32
    assert (image - golden["img_wplus_const"]).std() < 0.03 * golden["img_wplus_const"].std()


def test_bad_arguments_are_explained(generator: Generator, golden: dict[str, torch.Tensor]) -> None:
    with pytest.raises(ConfigError, match="noise_mode is 'loud'"):
        generator(golden["wplus"], noise_mode="loud")
    with pytest.raises(ConfigError, match="resolution is 48"):
        generator(golden["wplus"], resolution=48)
    with pytest.raises(ConfigError, match="codes have 9 rows"):
        generator(golden["wplus"][:, :9])
    with pytest.raises(ConfigError, match="img_resolution is 100"):
        Generator(img_resolution=100)


def test_a_limit_of_activations_holds_in_every_layer() -> None:
    torch.manual_seed(0)
    settings = SMALL | {"img_resolution": 16}
    free, limited = Generator(**settings).eval(), Generator(**settings, conv_clamp=0.3).eval()
    limited.load_state_dict(free.state_dict())
    ws = free.map(torch.randn(1, free.z_dim))
    seen: list[float] = []
    for block in limited.synthesis.blocks():
        for layer in block.layers:
            layer.register_forward_hook(lambda layer, inputs, output: seen.append(float(output.detach().abs().max())))
    with torch.no_grad():
        image = limited(ws)
        assert max(seen) == pytest.approx(0.3) and len(seen) == 8
        assert not torch.allclose(image, free(ws), atol=0.01)
        limited.synthesis.apply(lambda layer: setattr(layer, "clamp", 1e6))
        assert torch.equal(limited(ws), free(ws))
