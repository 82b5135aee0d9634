"""ReStyle and W encoders against numbers from the reference implementation (SPEC 13)."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from stitch_exp.inverters.restyle import BackboneEncoder, ProgressiveBackboneEncoder, _Backbone
from stitch_exp.inverters.w_encoder import WEncoder
from tests.golden.fill import fill_state_dict, smooth_image
from tests.inverters.once import once_a_picture

GOLDEN = Path(__file__).parents[1] / "golden"


def golden(name: str) -> dict[str, torch.Tensor]:
    with np.load(GOLDEN / name) as file:
        return {key: torch.from_numpy(file[key]) for key in file.files if key != "meta"}


def filled(kind: type[nn.Module], **arguments: int) -> nn.Module:
    with torch.device("meta"):
        network = kind(**arguments)
    empty = {key: torch.zeros_like(value, device="cpu") for key, value in network.state_dict().items()}
    network.load_state_dict(fill_state_dict(empty, "plain"), assign=True)
    return network.eval()


def assert_close(actual: torch.Tensor, expected: torch.Tensor) -> None:
    assert actual.shape == expected.shape
    assert (actual - expected).abs().max() <= 1e-4 * expected.abs().max()


@pytest.fixture(scope="module")
def pair() -> torch.Tensor:
    return torch.cat([smooth_image("face256", 256, 256), smooth_image("face256_b", 256, 256)], dim=1)


@pytest.mark.parametrize(
    ("manifest", "kind", "arguments"),
    [
        ("restyle_e4e_encoder", ProgressiveBackboneEncoder, {"num_styles": 18}),
        ("restyle_psp_encoder", BackboneEncoder, {"num_styles": 18}),
        ("restyle_sg3_encoder", ProgressiveBackboneEncoder, {"num_styles": 16}),
        ("w_encoder", WEncoder, {}),
    ],
)
def test_state_dict_is_the_public_one(manifest: str, kind: type[nn.Module], arguments: dict[str, int]) -> None:
    expected = json.loads((GOLDEN / f"{manifest}.json").read_text())["state_dict"]
    with torch.device("meta"):
        state = kind(**arguments).state_dict()
    found = [[key, list(value.shape), str(value.dtype).removeprefix("torch.")] for key, value in state.items()]
    assert found == expected


@torch.no_grad()
def test_restyle_codes(pair: torch.Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    # Both encoders have the same trunk and heads, and differ in what they make of the rows.
    monkeypatch.setattr(_Backbone, "rows", once_a_picture(_Backbone.rows))
    expected = golden("restyle_encoder_small.npz")
    progressive = filled(ProgressiveBackboneEncoder, num_styles=4)
    assert_close(progressive(pair), expected["w"])
    same = torch.cat([pair[:, :3], pair[:, :3]], dim=1)
    assert_close(progressive(same), expected["w_same"])
    with torch.device("meta"):
        backbone = BackboneEncoder(num_styles=4).eval()
    backbone.load_state_dict(progressive.state_dict(), assign=True)
    assert_close(backbone(pair), expected["w_backbone"])


@torch.no_grad()
def test_w_row(pair: torch.Tensor) -> None:
    assert_close(filled(WEncoder)(pair[:, :3]), golden("w_encoder_small.npz")["w"])


def test_a_small_configuration_follows_its_input_size() -> None:
    encoder = BackboneEncoder(
        num_styles=3, style_dim=8, input_size=64, widths=(8, 8, 8, 16, 16), num_units=(1, 1, 1, 1), head_width=8
    )
    assert encoder(torch.zeros(2, 6, 64, 64)).shape == (2, 3, 8)
