"""The encoders against numbers from the reference implementation (SPEC 13)."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from stitch_exp.errors import ConfigError
from stitch_exp.inverters.e4e import Encoder4Editing, GradualStyleEncoder, _PyramidEncoder
from tests.golden.fill import fill_state_dict, smooth_image
from tests.inverters.once import once_a_picture

GOLDEN = Path(__file__).parents[1] / "golden"
TINY = {
    "num_styles": 8,
    "style_dim": 16,
    "input_size": 64,
    "widths": (4, 4, 8, 8, 16),
    "num_units": (1, 1, 1, 1),
    "pyramid_width": 16,
    "head_width": 8,
}


def assert_close(actual: torch.Tensor, expected: np.ndarray) -> None:
    reference = torch.from_numpy(expected)
    assert (actual - reference).abs().max() <= 1e-4 * reference.std()


@pytest.mark.parametrize(("cls", "manifest"), [(Encoder4Editing, "e4e_encoder"), (GradualStyleEncoder, "psp_encoder")])
def test_state_dict_is_the_public_one(cls: type, manifest: str) -> None:
    expected = json.loads((GOLDEN / f"{manifest}.json").read_text())["state_dict"]
    with torch.device("meta"):
        state = cls(num_styles=18).state_dict()
    assert {key: list(value.shape) for key, value in state.items()} == {key: shape for key, shape, _ in expected}


@pytest.mark.parametrize(("side", "num_styles"), [(32, 8), pytest.param(256, 14, marks=pytest.mark.slow)])
@torch.no_grad()
def test_codes_equal_the_reference(side: int, num_styles: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sides are those of the generator the encoder belongs to; 256 px takes 0.8 GB."""
    # Both encoders have one trunk, and most of the time goes there: it sees each picture once.
    monkeypatch.setattr(_PyramidEncoder, "pyramid", once_a_picture(_PyramidEncoder.pyramid))
    with torch.device("meta"):
        encoder, gradual = Encoder4Editing(num_styles=num_styles), GradualStyleEncoder(num_styles=num_styles)
    manifest = {key: torch.zeros_like(value, device="cpu") for key, value in encoder.state_dict().items()}
    state = fill_state_dict(manifest, "plain")
    encoder.load_state_dict(state, assign=True)
    gradual.load_state_dict(state, assign=True)
    image = smooth_image("face256", 256, 256)
    with np.load(GOLDEN / f"e4e_encoder_{side}_small.npz") as golden:
        assert_close(encoder.eval()(image), golden["w"])
        assert_close(encoder(image, stage=0), golden["w_stage0"])
        assert_close(encoder(image, stage=3), golden["w_stage3"])
        assert_close(gradual.eval()(image), golden["w_gradual"])
        assert_close(encoder(image.flip(-1)), golden["w_flipped"])


@torch.no_grad()
def test_small_configuration_and_stages() -> None:
    encoder = Encoder4Editing(**TINY).eval()
    images = torch.randn(2, 3, 64, 64)
    full, base = encoder(images), encoder(images, stage=0)
    assert full.shape == (2, 8, 16)
    torch.testing.assert_close(base, base[:, :1].expand_as(base))
    torch.testing.assert_close(encoder(images, stage=2)[:, :3], full[:, :3])
    torch.testing.assert_close(encoder(images, stage=99), full)


def test_bad_sizes_are_explained() -> None:
    with pytest.raises(ConfigError, match="input_size is 100"):
        Encoder4Editing(**{**TINY, "input_size": 100})
    with pytest.raises(ConfigError, match="widths end in 16"):
        Encoder4Editing(**{**TINY, "pyramid_width": 32})
